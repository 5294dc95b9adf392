"""Fills the screen with the picture, and brings everything back as it was."""

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow


class FullScreen:
    """The bars and the size of a window, before and after."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._before: QByteArray | None = None

    @property
    def geometry(self) -> QByteArray:
        """Of the window when it does not fill the screen, for QWidget.restoreGeometry."""
        return self._window.saveGeometry() if self._before is None else self._before

    def set(self, wanted: bool) -> None:
        """Show nothing but the picture, or everything again; panels are the caller's."""
        for bar in (self._window.menuBar(), self._window.statusBar()):
            bar.setVisible(not wanted)
        if wanted:
            self._before = self._window.saveGeometry()
            self._window.showFullScreen()
        else:
            self._window.showNormal()
            if self._before is not None:
                self._window.restoreGeometry(self._before)
            self._before = None
