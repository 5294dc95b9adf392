"""Picks keyframes of the camera path in the picture."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from viewer.viewport.overlays.camera_path import PathOverlay
from viewer.viewport.viewport import Viewport
from viewer.workers.paths.path_player import PathPlayer


class PathPicking(QObject):
    """Lets clicks in the viewport pick keyframes of the path, and Space play it.

    Args:
        pick: called with the keyframe that was clicked, and whether it was a double click.
    """

    def __init__(
        self,
        viewport: Viewport,
        overlay: PathOverlay,
        player: PathPlayer,
        pick: Callable[[int, bool], object],
    ) -> None:
        super().__init__(viewport)
        self._viewport, self._overlay, self._player, self._pick = viewport, overlay, player, pick
        self._pressed = False
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle clicks on keyframes; leave all else to whoever comes after."""
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
            was_pressed, self._pressed = self._pressed, False
            return was_pressed
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if kind not in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick) or not plain:
            return False
        index = self._overlay.keyframe_at(event.position())
        self._pressed = index is not None
        if index is not None:
            self._pick(index, kind == QEvent.Type.MouseButtonDblClick)
        return self._pressed
