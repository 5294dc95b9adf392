"""One operation of a kind at a time: a newer one takes the place of the one that runs."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from viewer.workers.background.operation import Operation, Progress


class OneAtATime:
    """Starts operations; what comes of one that was replaced or dropped is told to nobody.

    Nothing here waits but `stop`: a dropped operation ends at its next report of progress.
    """

    def __init__(self) -> None:
        self._current: Operation | None = None
        self._alive: list[Operation] = []

    @property
    def running(self) -> bool:
        """Whether an operation that is still wanted is on its way."""
        return self._current is not None

    def start(
        self,
        function: Callable[[Progress], Any],
        name: str,  # as a sentence's beginning: "Opening the scene"
        on_done: Callable[[Any], None],
        on_failed: Callable[[str], None],
    ) -> None:
        """Run `function` in a thread; one that still runs is dropped."""
        self.drop()
        operation = Operation(function, name)

        def only_if_wanted(slot: Callable[[Any], None]) -> Callable[[Any], None]:
            def deliver(outcome: Any) -> None:
                if self._current is operation:
                    self._current = None
                    slot(outcome)

            return deliver

        operation.succeeded.connect(only_if_wanted(on_done))
        operation.failed.connect(only_if_wanted(on_failed))
        operation.finished.connect(lambda: self._alive.remove(operation))
        self._current = operation
        self._alive.append(operation)
        operation.start()

    def drop(self) -> None:
        """Want nothing of the operation that runs any more."""
        if self._current is not None:
            self._current.cancel()
            self._current = None

    def stop(self) -> None:
        """Wait until every thread has ended; nothing is told any more."""
        self.drop()
        for operation in self._alive:
            operation.stop()
        self._alive.clear()


class Newest(QObject):
    """A mailbox with one slot before one operation at a time."""

    ended = Signal()  # an operation has ended, in whatever way; `is_busy` tells of the next

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._running: Operation | None = None
        self._waiting: Callable[[], Operation] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return self._running is not None

    def run(self, start: Callable[[], Operation]) -> None:
        """Do this next; `start` makes and starts the operation."""
        self._waiting = start
        if self._running is None:
            self._next()

    def cancel(self) -> None:
        """Ask what runs to end, and forget what waits."""
        self._waiting = None
        if self._running is not None:
            self._running.cancel()

    def stop(self) -> None:
        """Cancel, and wait until the thread has ended."""
        self._waiting = None
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _next(self) -> None:
        start, self._waiting = self._waiting, None
        self._running = start() if start else None
        if self._running is not None:
            self._running.finished.connect(self._end)

    def _end(self) -> None:
        self._next()
        self.ended.emit()
