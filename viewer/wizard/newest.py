"""Runs one thing at a time in the background; of those that wait only the newest is done."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from viewer.workers.background.operation import Operation


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
