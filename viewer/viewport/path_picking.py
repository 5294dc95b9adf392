"""Picks keyframes of the camera path in the picture."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from viewer.viewport.overlays.camera_path import PathOverlay
from viewer.viewport.viewport import Viewport
from viewer.workers.paths.path_player import PathPlayer


class PathPicking(QObject):
    """Lets the viewport's mouse take the path's keys, and Space play.

    Args:
        take: told the key that was clicked, and whether to look from it (a double click).
    """

    def __init__(
        self,
        viewport: Viewport,
        overlay: PathOverlay,
        player: PathPlayer,
        take: Callable[[int, bool], object],
    ) -> None:
        super().__init__(viewport)
        self._viewport, self._overlay, self._player, self._take = viewport, overlay, player, take
        self._pressed = False
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take clicks on keys; leave all else to whoever comes after."""
        kind = event.type()
        if isinstance(event, QKeyEvent):
            space = event.key() == Qt.Key.Key_Space and not event.modifiers()
            if kind == QEvent.Type.KeyPress and space and not event.isAutoRepeat():
                self._player.toggle()
                return True
            return False
        if not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton:
            return False
        if kind == QEvent.Type.MouseButtonRelease:
            taken, self._pressed = self._pressed, False
            return taken
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if kind not in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick) or not plain:
            return False
        index = self._overlay.key_at(event.position())
        self._pressed = index is not None
        if index is not None:
            self._take(index, kind == QEvent.Type.MouseButtonDblClick)
        return self._pressed
