"""A held key that puts the other side of a comparison over the picture."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

KEY = Qt.Key.Key_B


class BlinkKey(QObject):
    """Calls `blink(True)` while B is held over the picture, and `blink(False)` afterwards."""

    def __init__(self, viewport: QWidget, blink: Callable[[bool], object]) -> None:
        super().__init__(viewport)
        self._blink = blink
        self._held = False
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the key; whatever takes the focus away lets go of it."""
        if isinstance(event, QKeyEvent) and event.key() == KEY and not event.modifiers():
            if event.type() == QEvent.Type.KeyPress:
                if not event.isAutoRepeat():
                    self._set(True)
                return True
            if event.type() == QEvent.Type.KeyRelease:
                if not event.isAutoRepeat():
                    self._set(False)
                return True
        elif event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide):
            self._set(False)
        return False

    def _set(self, held: bool) -> None:
        if held != self._held:
            self._held = held
            self._blink(held)
