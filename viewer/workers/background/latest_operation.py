"""One operation of a kind at a time: the latest that was asked for counts."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from viewer.workers.background.operation import Operation

Start = Callable[[], Operation]
"""Makes an operation, connects its signals and starts it, as `run_in_background` does."""


class LatestOperation(QObject):
    """Runs one operation, then the next. Lives on the window's thread.

    `replace` is for what is computed to be looked at: a newer question makes the older answer
    useless. `queue` is for what must be done to its end, such as writing a file.
    """

    ended = Signal()  # an operation has ended, in whatever way; `is_busy` tells of the next

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: Operation | None = None
        self._waiting: Start | None = None
        self._abandoned: list[Operation] = []  # their threads have not ended yet

    @property
    def is_busy(self) -> bool:
        """Whether an outcome that is still wanted is on its way."""
        running = self._running is not None and not self._running.is_over
        return running or self._waiting is not None

    def replace(self, start: Start) -> None:
        """Start this now; what runs is abandoned: its outcome is reported to nobody."""
        self.abandon()
        self._begin(start)

    def queue(self, start: Start) -> None:
        """Start this when what runs has ended, in place of one that still waits."""
        self._waiting = start
        if self._running is None:
            self._begin_waiting()

    def cancel(self) -> None:
        """Ask what runs to end, which it reports, and forget what waits."""
        self._waiting = None
        if self._running is not None:
            self._running.cancel()

    def abandon(self) -> None:
        """Ask what runs to end, which it reports to nobody, and forget what waits."""
        self._waiting = None
        if self._running is not None:
            self._running.abandon()
            self._abandoned.append(self._running)
            self._running = None

    def stop(self) -> None:
        """Abandon everything, and wait until every thread has ended."""
        self.abandon()
        for operation in self._abandoned:
            operation.stop()
        self._abandoned.clear()

    def _begin(self, start: Start) -> None:
        operation = start()
        operation.finished.connect(self._end)
        self._running = operation

    def _begin_waiting(self) -> None:
        start, self._waiting = self._waiting, None
        if start is not None:
            self._begin(start)

    def _end(self, operation: Operation) -> None:
        if operation in self._abandoned:
            self._abandoned.remove(operation)
        elif operation is self._running:
            self._running = None
            self._begin_waiting()
            self.ended.emit()
