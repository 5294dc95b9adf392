"""Gives freed memory back to the system a moment after a scene was closed."""

from PySide6.QtCore import QObject, QTimer

from dvox_core.allocator import give_freed_memory_back
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background

DELAY_MS = 200
"""By then panels, caches and threads have let go of what they showed of the scene."""


class FreedMemory(QObject):
    """Does so in a thread, as it takes some milliseconds. Lives on the window's thread.

    The renderer gives its own memory back when it is closed, but that of its frames, and of what
    was computed of them, is freed only afterwards: 50 to 100 MiB would stay until the next scene.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._operations = LatestOperation(self)
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._give_back)

    def give_back_soon(self) -> None:
        """Do it when everybody has let go."""
        self._timer.start()

    def stop(self) -> None:
        """End the timer, and wait for the thread."""
        self._timer.stop()
        self._operations.stop()

    def _give_back(self) -> None:
        self._operations.replace(
            lambda: run_in_background(lambda _: give_freed_memory_back(), "Giving memory back")
        )
