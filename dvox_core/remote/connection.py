"""One conversation with another machine, over the pipes of a process that was started for it."""

import itertools
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from dvox_core import __version__
from dvox_core.interruption import check_wanted
from dvox_core.remote import failures
from dvox_core.remote.address import Host
from dvox_core.remote.failures import ConnectionLostError, Ending
from dvox_core.remote.messages import (
    Array,
    Message,
    ProtocolError,
    encode_message,
    read_message,
    write_all,
)

START = b"\0dvox serves\n"
"""Says that messages begin; a login shell may have written something else before."""

MAX_CHATTER = 2**16
"""Bytes before `START`."""

GREETING_S = 120.0
"""How long the other side may take to begin: Python starts, jump hosts are passed."""

PING_S, SILENT_S = 1.0, 60.0
"""How often the other side is asked for a sign of life, and how long it may leave that out."""

POLL_S = 0.005
"""How often a caller that waits is asked whether it still wants to."""

GRACE_S = 2.0
RATE_S = 2.0
MAX_SAID = 4000  # characters
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

ProcessExit = Callable[["Connection"], None]


class Answer:
    """What the other side will say to a request."""

    def __init__(self, connection: "Connection", number: int) -> None:
        self._connection, self.number = connection, number
        self._messages: deque[Message] = deque()
        self.is_over = False

    def add(self, message: Message) -> None:
        """On the thread that reads."""
        self._messages.append(message)

    def take(self) -> Message | None:
        """The next message that came, if any; never waits.

        Raises:
            ConnectionLostError: none will come.
        """
        with self._connection.changed:
            if self._messages:
                return self._messages.popleft()
        self._connection.require_alive()
        return None

    def wait(self, between: Callable[[], None]) -> Message:
        """The next message; `between` is called while there is none, and may raise.

        Raises:
            ConnectionLostError: none will come.
        """
        connection = self._connection
        while True:
            message = self.take()
            if message is not None:
                return message
            between()
            with connection.changed:
                if not self._messages and connection.is_alive:
                    connection.changed.wait(POLL_S)


class Connection:
    """A process and the conversation with it. Any thread may ask; one of its own reads.

    Attributes:
        changed: notified with every message, and when the conversation ends.
        delay_ms: time to the other side and back, as last measured; None before.
    """

    def __init__(self, host: Host, ended: ProcessExit = lambda _: None) -> None:
        """Start the process and wait for its greeting.

        Args:
            ended: called once, on another thread, when the conversation is over.

        Raises:
            UnreachableError: it cannot be started, or does not greet.
        """
        self.host, self._ended = host, ended
        self.changed = threading.Condition()
        self.delay_ms: float | None = None
        self._writing = threading.Lock()
        self._answers: dict[int, Answer] = {}
        self._numbers = itertools.count(1)
        self._received: deque[tuple[float, int]] = deque()  # when, bytes
        self._heard = time.monotonic()
        self._error: ConnectionLostError | None = None
        self._closing = threading.Event()
        self._said = b""
        self._process = _start(host)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._stdout: IO[bytes] = self._process.stdout
        self._listener = threading.Thread(
            target=self._listen, args=(self._process.stderr,), name="remote words", daemon=True
        )
        self._listener.start()
        self.greeting: Message | None = None
        self._reader = threading.Thread(target=self._read, name="remote reading", daemon=True)
        self._pulse = threading.Thread(target=self._ping, name="remote pulse", daemon=True)
        self._reader.start()
        try:
            self._wait_for_greeting()
        except BaseException:
            self._fail(ConnectionLostError(f"{host.name}: given up"))
            self._end_process()
            raise
        self._pulse.start()

    @property
    def is_alive(self) -> bool:
        """Whether the conversation goes on."""
        return self._error is None

    def require_alive(self) -> None:
        """Raise the ConnectionLostError that ended the conversation, if one did."""
        error = self._error
        if error is not None:
            raise ConnectionLostError(str(error))

    @property
    def rate_bits(self) -> float:
        """Bits a second that came lately."""
        now = time.monotonic()
        with self.changed:
            while self._received and now - self._received[0][0] > RATE_S:
                self._received.popleft()
            return 8 * sum(size for _, size in self._received) / RATE_S

    def ask(self, head: dict[str, object], arrays: dict[str, Array] | None = None) -> Answer:
        """Send a request.

        Raises:
            ConnectionLostError: nobody is there.
            ProtocolError: it is too large.
        """
        number = next(self._numbers)
        answer = Answer(self, number)
        with self.changed:
            self._answers[number] = answer
        self.tell({**head, "id": number}, arrays)
        return answer

    def tell(self, head: dict[str, object], arrays: dict[str, Array] | None = None) -> None:
        """Send what needs no answer; raises as `ask` does."""
        self.require_alive()
        data = encode_message(Message(head, arrays or {}))
        assert self._process.stdin is not None
        try:
            with self._writing:
                write_all(self._process.stdin, data)
        except (OSError, ValueError):
            # The thread that reads finds out why.
            with self.changed:
                self.changed.wait_for(lambda: not self.is_alive, GRACE_S)
            self.require_alive()
            raise ConnectionLostError(f"{self.host.name}: the connection broke off") from None

    def forget(self, answer: Answer) -> None:
        """Nobody waits for this answer any more."""
        with self.changed:
            self._answers.pop(answer.number, None)

    def close(self) -> None:
        """End the conversation and the process; whoever waits for an answer is told."""
        self._fail(ConnectionLostError(f"{self.host.name}: the connection is closed"))
        self._end_process()
        if self._pulse is not threading.current_thread():
            self._pulse.join()

    # On other threads

    def _wait_for_greeting(self) -> None:
        """Raise an UnreachableError where none comes; Cancelled where nobody wants it any more."""
        end = time.monotonic() + GREETING_S
        with self.changed:
            while self.greeting is None:
                error = self._error
                if error is not None:
                    raise failures.UnreachableError(str(error))
                check_wanted()
                if time.monotonic() > end:
                    raise failures.unreachable(self.host, self._ending())
                self.changed.wait(0.02)
            greeting = self.greeting
        failures.check_greeting(self.host, greeting)
        self._write_greeting()

    def _greet(self) -> None:
        """Pass over what a login shell writes, and read the greeting.

        Raises:
            UnreachableError: none comes.
        """
        before = b""
        try:
            while not before.endswith(START):
                byte = self._stdout.read(1)
                if not byte or len(before) > MAX_CHATTER:
                    raise ProtocolError("no start")
                before += byte
            greeting = read_message(self._stdout)
            if greeting is None:
                raise ProtocolError("no greeting")
        except (ProtocolError, OSError, ValueError) as error:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
            self._listener.join(GRACE_S)
            self._said += before[-MAX_SAID:]
            raise failures.unreachable(self.host, self._ending()) from error
        with self.changed:
            self.greeting = greeting
            self.changed.notify_all()

    def _write_greeting(self) -> None:
        assert self._process.stdin is not None
        hello = {"type": "hello", "protocol": failures.PROTOCOL, "version": __version__}
        try:
            write_all(self._process.stdin, encode_message(Message(hello)))
        except OSError as error:
            raise failures.unreachable(self.host, self._ending()) from error

    def _read(self) -> None:
        error: ConnectionLostError | None = None
        try:
            self._greet()
        except failures.UnreachableError as problem:
            self._fail(problem)
            return
        try:
            while True:
                message = read_message(self._stdout)
                if message is None:
                    break
                self._take(message)
        except ProtocolError as problem:
            error = ConnectionLostError(f"{self.host.name}: {problem}; the connection was ended")
        except (OSError, ValueError):
            pass
        if error is None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
            self._listener.join(GRACE_S)
            error = failures.lost(self.host, self._ending())
        if self._fail(error):
            self._ended(self)

    def _take(self, message: Message) -> None:
        now = time.monotonic()
        with self.changed:
            self._heard = now
            self._received.append((now, message.size))
            while now - self._received[0][0] > RATE_S:
                self._received.popleft()
            answer = self._answers.get(message.id)
            if answer is None:
                return
            if message.type != "progress":
                answer.is_over = True
                del self._answers[message.id]
            answer.add(message)
            self.changed.notify_all()

    def _ping(self) -> None:
        while not self._closing.wait(PING_S) and self.is_alive:
            try:
                sent = time.monotonic()
                self.ask({"type": "ping"}).wait(self._check_silence)
                self.delay_ms = (time.monotonic() - sent) * 1000
            except (ConnectionLostError, ProtocolError):
                return

    def _check_silence(self) -> None:
        if time.monotonic() - self._heard > SILENT_S:
            self._signal(_KILL)  # the thread that reads finds its end
            raise ConnectionLostError(f"{self.host.name}: has been silent for {SILENT_S:g} s")

    def _listen(self, stream: IO[bytes]) -> None:
        with suppress(OSError, ValueError):
            while part := os.read(stream.fileno(), 4096):
                self._said = (self._said + part)[-MAX_SAID:]

    def _ending(self) -> Ending:
        return Ending(self._process.poll(), self._said.decode(errors="replace"))

    def _fail(self, error: ConnectionLostError) -> bool:
        """Whether this is how the conversation ended."""
        with self.changed:
            is_first = self._error is None
            if is_first:
                self._error = error
            self._answers.clear()
            self.changed.notify_all()
        self._closing.set()
        return is_first

    def _end_process(self) -> None:
        """Let the other side end by itself, else end it, and all that it has started here."""
        self._close_stdin()
        process = self._process
        for sign, patience in ((0, GRACE_S / 2), (signal.SIGTERM, GRACE_S), (_KILL, GRACE_S)):
            if sign:
                self._signal(sign)
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        self._signal(_KILL)  # what it has started may hold the pipes
        process.wait()
        self._listener.join()
        if self._reader is not threading.current_thread():
            self._reader.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def _signal(self, sign: int) -> None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, sign)
            else:
                self._process.kill()

    def _close_stdin(self) -> None:
        """The other side ends by that. Not while somebody writes: then killing frees them."""
        if self._writing.acquire(timeout=GRACE_S / 4):
            try:
                with suppress(OSError, ValueError):
                    assert self._process.stdin is not None
                    self._process.stdin.close()
            finally:
                self._writing.release()
        else:
            self._signal(_KILL)


def _start(host: Host) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            host.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl+C in the terminal is for the window; no prompts there
        )
    except FileNotFoundError as error:
        raise failures.UnreachableError(
            f"{host.command[0]}: not found on this machine; "
            + ("install OpenSSH's client" if host.is_ssh else "check the command after pipe:")
        ) from error
    except OSError as error:
        raise failures.UnreachableError(
            f"{host.command[0]}: cannot be started ({error.strerror or error})"
        ) from error
