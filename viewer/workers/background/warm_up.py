"""Loads what rendering needs when a scene is expected, and not before: it takes 400 MiB."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from viewer.workers.background.operation import Operation, Progress
from viewer.workers.background.torch_import import prepare_warp, read_libraries_ahead

READ_AHEAD_DELAY_MS = 1500
"""When the libraries begin to be read: after the window has been painted."""


class WarmUp(QObject):
    """Imports torch and prepares the warp, once, in the background. Lives on the window's thread.

    Until a scene is expected only the system's cache of files is filled, which takes memory that
    nobody else wants: the import then finds the libraries there.

    Args:
        load: what is done when a scene is expected; None does nothing at any time.
    """

    read_ahead = Signal()  # the cache is filled; not sent where a scene came first
    ready = Signal()
    failed = Signal(str)  # one line

    def __init__(
        self, load: Callable[[Progress], Any] | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._begun = self._loaded = self._warp_wanted = self._warp_begun = False
        self._operations: list[Operation] = []
        self._timer = QTimer(self, singleShot=True, interval=READ_AHEAD_DELAY_MS)
        if load is None:
            return
        reading = Operation(read_libraries_ahead, "Reading torch's libraries")
        reading.succeeded.connect(lambda _: self.read_ahead.emit())
        self._loading = Operation(load, "Loading torch")
        self._warp = Operation(prepare_warp, "Preparing the warp")
        self._loading.succeeded.connect(lambda _: self._on_loaded())
        self._loading.failed.connect(self.failed)
        self._operations = [reading, self._loading, self._warp]
        self._timer.timeout.connect(reading.start)
        # From the first turn of the event loop on: the window is made before that.
        QTimer.singleShot(0, self, self._await_idle)

    def begin(self) -> None:
        """A scene will be opened soon."""
        if self._operations and not self._begun:
            self._begun = True
            self._timer.stop()  # the import reads them now
            self._loading.start()

    def prepare_warp(self) -> None:
        """There is a picture to be warped: the first one did not wait for this."""
        self._warp_wanted = True
        if self._loaded and not self._warp_begun:
            self._warp_begun = True
            self._warp.start()

    def _on_loaded(self) -> None:
        self._loaded = True
        self.ready.emit()
        if self._warp_wanted:
            self.prepare_warp()

    def _await_idle(self) -> None:
        if not self._begun:
            self._timer.start()

    def stop(self) -> None:
        """Send nothing more, and wait until everything has ended."""
        self._begun = self._warp_begun = True  # nothing begins any more
        self._timer.stop()
        for operation in self._operations:
            operation.cancel()  # all of them first, so that they end side by side
        for operation in self._operations:
            operation.stop()
