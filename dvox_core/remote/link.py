"""Keeps a conversation with another machine going: reconnects when it breaks off, and says so."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from dvox_core.errors import Cancelled, UserError
from dvox_core.interruption import check_wanted, wanted_while
from dvox_core.remote.address import Host
from dvox_core.remote.connection import Answer, Connection
from dvox_core.remote.error_kinds import error_of
from dvox_core.remote.failures import ConnectionLostError
from dvox_core.remote.messages import Array, Message

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Between attempts to reconnect; the last one again and again."""


@dataclass(frozen=True)
class LinkState:
    """How a link stands.

    Attributes:
        line: what is wrong, as one line; '' while it is connected.
        next_try_s: when it tries again; None while connected, or trying.
    """

    host: str
    is_connected: bool
    line: str = ""
    next_try_s: float | None = None


@dataclass(frozen=True)
class LinkFigures:
    """What a link measures.

    Attributes:
        delay_ms: to the other side and back; None where not known.
        rate_bits: a second, that came lately.
        frames_under_way: asked for, and not here yet.
        frame_bytes: of the last frame; 0 before the first.
        quality: of the last frame's picture, "JPEG 90" or "lossless".
    """

    host: str
    delay_ms: float | None
    rate_bits: float
    frames_under_way: int
    frame_bytes: int
    quality: str


Listener = Callable[["Link", LinkState], None]
"""Told, on any thread, whenever a link's state changes."""


class Link:
    """A conversation with a host that outlives its connections. Any thread may use it.

    Attributes:
        epoch: counts the connections; numbers that the other side gave belong to one of them.
        frames_under_way, frame_bytes, quality: told by those who ask for frames.
    """

    def __init__(self, host: Host, listener: Listener = lambda _, __: None) -> None:
        """Connect.

        Raises:
            UnreachableError: it cannot be reached; the message says why, and what to do.
        """
        self.host, self._listener = host, listener
        self.frames_under_way = self.frame_bytes = 0
        self.quality = ""
        self.epoch = 1
        self._discarded: deque[tuple[int, dict[str, object]]] = deque()
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._lost = threading.Event()
        self.state = LinkState(host.name, is_connected=True)
        self._connection: Connection | None = Connection(host, self._on_ended)
        self._keeper = threading.Thread(target=self._keep, name="remote link", daemon=True)
        self._keeper.start()

    @property
    def is_closed(self) -> bool:
        """Whether it is over for good."""
        return self._closed.is_set()

    @property
    def figures(self) -> LinkFigures:
        """What it measures now."""
        connection = self._connection
        return LinkFigures(
            self.host.name,
            connection.delay_ms if connection else None,
            connection.rate_bits if connection else 0.0,
            self.frames_under_way,
            self.frame_bytes,
            self.quality,
        )

    def connection(self) -> Connection:
        """The present connection.

        Raises:
            ConnectionLostError: there is none now.
        """
        with self._changed:
            if self._connection is None or not self._connection.is_alive:
                raise ConnectionLostError(self.state.line or f"{self.host.name}: not connected")
            return self._connection

    def wait_connected(self, between: Callable[[], None]) -> Connection:
        """The present connection, or the next one; `between` is called meanwhile and may raise.

        Raises:
            ConnectionLostError: the link was closed.
        """
        while True:
            if self.is_closed:
                raise ConnectionLostError(f"{self.host.name}: the connection is closed")
            with suppress(ConnectionLostError):
                return self.connection()
            between()
            with self._changed:
                self._changed.wait(0.02)

    def request(
        self,
        head: dict[str, object],
        arrays: dict[str, Array] | None = None,
        between: Callable[[], None] = check_wanted,
        progress: Callable[[float, str], None] | None = None,
    ) -> Message:
        """Ask, and wait for the answer.

        Raises:
            ConnectionLostError: there is no connection, or it broke off.
            UserError: the other side could not do it, and says why.
            Cancelled: `between` or `progress` said so; the other side is told.
        """
        connection = self.connection()
        self._tell_discarded(connection)
        answer = connection.ask(head, arrays)
        try:
            while True:
                message = answer.wait(between)
                if message.type != "progress":
                    return checked_answer(message)
                if progress is not None:
                    progress(*_progress(message))
        except BaseException:
            give_up(connection, answer)
            raise

    def discard(self, head: dict[str, object], epoch: int) -> None:
        """Have the other side told with the next request that something is not needed any more.

        Never waits, so it may be called from anywhere.
        """
        self._discarded.append((epoch, head))

    def _tell_discarded(self, connection: Connection) -> None:
        while self._discarded:
            with suppress(IndexError):
                epoch, head = self._discarded.popleft()
                if epoch == self.epoch:
                    connection.tell(head)

    def close(self) -> None:
        """End it for good; whoever waits for an answer is told."""
        self._closed.set()
        self._lost.set()
        with self._changed:
            connection = self._connection
            self._changed.notify_all()
        if connection is not None:
            connection.close()
        if self._keeper is not threading.current_thread():
            self._keeper.join()

    # On other threads

    def _on_ended(self, _: Connection) -> None:
        self._lost.set()

    def _keep(self) -> None:
        while True:
            self._lost.wait()
            if self.is_closed:
                return
            self._lost.clear()
            self._reconnect()

    def _reconnect(self) -> None:
        with self._changed:
            connection, self._connection = self._connection, None
        line = f"{self.host.name}: the connection broke off"
        if connection is not None:
            try:
                connection.require_alive()
            except ConnectionLostError as error:
                line = str(error)
            connection.close()
        attempt = 0
        while True:
            pause = PAUSES_S[min(attempt, len(PAUSES_S) - 1)]
            self._set_state(LinkState(self.host.name, False, line, pause))
            if self._closed.wait(pause):
                return
            self._set_state(LinkState(self.host.name, False, line))
            try:
                with wanted_while(lambda: not self.is_closed):
                    made = Connection(self.host, self._on_ended)
            except Cancelled:
                return
            except UserError as error:
                line, attempt = str(error), attempt + 1
                continue
            with self._changed:
                self._connection = made
                self.epoch += 1
            if self.is_closed:
                made.close()
            else:
                self._set_state(LinkState(self.host.name, True))
            return

    def _set_state(self, state: LinkState) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
        if not self.is_closed:
            self._listener(self, state)


class Lease:
    """Keeps a link open until it is released."""

    def __init__(self, link: Link, release: Callable[[Link], None]) -> None:
        self.link, self._release = link, release
        self._released = threading.Lock()

    def release(self) -> None:
        """Need the link no more; it may be called again, on any thread, and never waits."""
        if self._released.acquire(blocking=False):
            self._release(self.link)


class LinkPool:
    """One link a host, shared by its scenes, and closed when none of them is there any more.

    Attributes:
        listener: told of every link's changes.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._links: dict[Host, Link] = {}
        self._users: dict[Link, int] = {}
        self._opening: dict[Host, threading.Lock] = {}
        self._closing: list[threading.Thread] = []
        self.listener: Listener = lambda _, __: None

    @property
    def links(self) -> tuple[Link, ...]:
        """All that are open."""
        with self._lock:
            return tuple(self._links.values())

    def lease(self, host: Host) -> Lease:
        """The host's link; connects where there is none yet, which takes its time.

        Raises:
            UnreachableError: it cannot be reached.
        """
        with self._lock:
            opening = self._opening.setdefault(host, threading.Lock())
        while not opening.acquire(timeout=0.05):
            check_wanted()
        try:
            return self._lease(host)
        finally:
            opening.release()

    def close(self) -> None:
        """Close all links and wait for their processes' ends; more may be opened later."""
        with self._lock:
            links, self._links = list(self._links.values()), {}
            self._users.clear()
            closing, self._closing = self._closing, []
        for link in links:
            link.close()
        for thread in closing:
            thread.join()

    def _lease(self, host: Host) -> Lease:
        with self._lock:
            link = self._links.get(host)
            if link is not None and not link.is_closed:
                self._users[link] += 1
                return Lease(link, self._release)
        link = Link(host, lambda link, state: self.listener(link, state))
        with self._lock:
            self._links[host] = link
            self._users[link] = 1
        return Lease(link, self._release)

    def _release(self, link: Link) -> None:
        with self._lock:
            if link not in self._users:
                return
            self._users[link] -= 1
            if self._users[link]:
                return
            del self._users[link]
            del self._links[link.host]
            thread = threading.Thread(target=link.close, name="remote closing", daemon=True)
            self._closing = [one for one in self._closing if one.is_alive()] + [thread]
            thread.start()


LINKS = LinkPool()
"""The program's own."""


def checked_answer(message: Message) -> Message:
    """An answer that is no failure.

    Raises:
        UserError, or one of its kinds: what the other side could not do, as it says.
    """
    if message.type == "error":
        raise error_of(message)
    return message


def give_up(connection: Connection, answer: Answer) -> None:
    """Tell the other side that nobody waits for an answer any more."""
    if not answer.is_over:
        connection.forget(answer)
        with suppress(UserError):
            connection.tell({"type": "cancel", "of": answer.number})


def _progress(message: Message) -> tuple[float, str]:
    share = message.head.get("share")
    text = str(message.head.get("text", ""))[:200]
    if isinstance(share, int | float) and 0 <= share <= 1:
        return float(share), text
    return 0.0, text
