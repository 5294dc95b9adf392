"""Runs a module in a process of its own: a request goes in, messages come out as lines of JSON.

For work that must not take this process along when it crashes, runs out of memory, or cannot be
interrupted in any other way than by killing it.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from dvox_core.errors import UserError
from dvox_core.program import module_call

Message = Mapping[str, Any]
POLL_SECONDS = 0.1
GRACE_SECONDS = 2.0


class ProcessEndedError(Exception):
    """The process ended by itself without having said why: killed, crashed, or a fault of ours.

    Attributes:
        code: its exit code; negative for a signal.
        output: the end of what it printed.
    """

    def __init__(self, module: str, code: int, output: str) -> None:
        super().__init__(f"{module} ended with {code}: {output}")
        self.code = code
        self.output = output


def run_in_child_process(
    module: str,
    request: Message,
    received: Callable[[Message], None],
    poll: Callable[[], None] = lambda: None,
    niceness: int = 0,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run `python -m module` until it ends.

    Args:
        module: whose `__main__` part calls `serve_parent`.
        request: given to it.
        received: called with each of its messages.
        poll: called ten times a second; what it or `received` raises ends the process.
        niceness: how much it yields to other processes.
        environment: variables beside this process's own.

    Raises:
        UserError: what the work raised, with its text.
        ProcessEndedError: it died.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            module_call(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "DVOX_NICENESS": str(niceness),
                **(environment or {}),
            },
        )
        assert process.stdin is not None
        assert process.stdout is not None
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
        reader.start()
        error = ""
        try:
            with suppress(BrokenPipeError):  # it died at once; its exit code tells more
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
            while True:
                poll()
                try:
                    line = lines.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    continue
                if not line:
                    break
                message = json.loads(line)
                error = message.get("error", error)
                received(message)
            process.wait()
        finally:
            _end(process)
            reader.join()
            process.stdout.close()
        if error:
            raise UserError(error)
        if process.returncode:
            output.seek(0, os.SEEK_END)
            output.seek(max(0, output.tell() - 2000))
            tail = output.read().decode(errors="replace").strip()
            raise ProcessEndedError(module, process.returncode, tail)


def serve_parent(work: Callable[[Message, Callable[[Message], None]], None]) -> int:
    """The other end: take the request, do the work, and tell; returns the exit code.

    `work(request, tell)` sends messages by `tell`. The process ends with the one that started it.
    """
    with suppress(OSError, AttributeError, ValueError):  # Windows has no niceness
        os.nice(int(os.environ.get("DVOX_NICENESS", "0")))
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libraries' chatter is no message

    def tell(message: Message) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    with os.fdopen(os.dup(0), "rb", buffering=0) as stream:
        request = json.loads(stream.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        work(request, tell)
    except UserError as error:
        tell({"error": " ".join(str(error).split())})
        return 2
    return 0


def _read(stream: IO[bytes], lines: "queue.SimpleQueue[bytes]") -> None:
    with suppress(ValueError, OSError):
        for line in stream:
            lines.put(line)
    lines.put(b"")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()  # the process ends with it
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    while os.read(0, 1):  # unbuffered: a buffer's lock would be held while the process ends
        pass
    os._exit(3)
