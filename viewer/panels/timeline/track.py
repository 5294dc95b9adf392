"""The timeline's track: edits the path by mouse and keyboard."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QImage, QKeyEvent, QMouseEvent, QWheelEvent

from dvox_core.camera_paths.path import CameraPath
from dvox_core.geometry.cameras import Camera
from viewer.panels.timeline.time_scale import TimeScale
from viewer.panels.timeline.track_painter import RULER, TrackPainter
from viewer.state.path_editor import PathEditor
from viewer.text.units import path_time
from viewer.theme import ThemeManager

DRAG_THRESHOLD = 4
NOTCH = 120


class TimelineTrack(TrackPainter):
    """Shows the path of an editor and edits it by mouse and keyboard.

    A click on a keyframe selects it, with Ctrl one more, with Shift all up to it; a drag moves the
    selected ones in time; a drag elsewhere selects all within; the ruler scrubs; Ctrl and wheel
    zoom, the wheel alone scrolls.
    """

    seeked = Signal(float)  # seconds: look from there
    stepped = Signal(int)  # frames to go on
    play_toggled = Signal()
    jumped = Signal(int)  # index of the keyframe to look from
    menu_requested = Signal(object)  # QPoint on the screen
    duplicate_requested = Signal()
    delete_requested = Signal()

    def __init__(
        self,
        editor: PathEditor,
        themes: ThemeManager,
        picture_of: Callable[[Camera], QImage | None],
    ) -> None:
        super().__init__(editor, themes, picture_of)
        self._zoomed = False
        self._pressed: QPointF | None = None
        self._pressed_keyframe: int | None = None
        self._narrows = False  # a click on one of several selected keyframes leaves only that
        self._scrubs = False
        self._before_drag: tuple[CameraPath, tuple[int, ...]] | None = None
        self._gesture: object = None
        self.setObjectName("timelineTrack")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Timeline")
        self.setAccessibleDescription(
            "Keys of the camera path over time. Left and right arrow step a frame, with Shift from "
            "key to key, with Alt they move the selected keys. Space plays, Delete deletes."
        )
        editor.path_changed.connect(lambda _: self._fit())
        editor.playhead_changed.connect(self._follow_playhead)

    # Time

    def _fit(self) -> None:
        """Show the whole path, unless the user has zoomed in."""
        if self._before_drag is None:
            whole = self._whole
            if self._zoomed and self._scale.span < whole:
                self._scale = self._scale.panned(0.0, whole)
            else:
                self._zoomed = False
                self._scale = TimeScale(0.0, whole, self.width())
        self.update()

    def _follow_playhead(self, seconds: float) -> None:
        scale = self._scale
        if self._zoomed and not self._scrubs and not 0 <= seconds - scale.start <= scale.span:
            self._scale = scale.panned(seconds - scale.start - 0.1 * scale.span, self._whole)
        self.update()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a keyframe, or begin to scrub or to select by a rectangle."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        self._pressed, self._pressed_keyframe = place, self._keyframe_at(place)
        if self._pressed_keyframe is not None:
            self._press_keyframe(self._pressed_keyframe, event.modifiers())
        elif place.y() < RULER:
            self._scrubs = True
            self._scrub(place)

    def _press_keyframe(self, index: int, modifiers: Qt.KeyboardModifier) -> None:
        selected = self._editor.selected
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            chosen = set(selected) ^ {index}
            self._editor.select(chosen)
            if index not in chosen:
                self._pressed_keyframe = None  # nothing is left to drag
        elif modifiers & Qt.KeyboardModifier.ShiftModifier and selected:
            low, high = min(*selected, index), max(*selected, index)
            self._editor.select(range(low, high + 1))
        elif index in selected:
            self._narrows = len(selected) > 1
        else:
            self._editor.select((index,))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move keyframes, scrub, resize the rectangle, or highlight what is under the mouse."""
        place = event.position()
        if self._pressed is None:
            self._hover(self._keyframe_at(place))
        elif self._scrubs:
            self._scrub(place)
        elif self._pressed_keyframe is not None:
            self._drag_keyframes(place, bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
        elif self._band is not None or (place - self._pressed).manhattanLength() > DRAG_THRESHOLD:
            self._band = QRectF(self._pressed, place).normalized()
            inside = [
                index
                for index, seconds in enumerate(self._editor.path.times)
                if self._band.left() <= self._scale.x(seconds) <= self._band.right()
            ]
            self._editor.select(inside)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        if self._narrows and self._before_drag is None and self._pressed_keyframe is not None:
            self._editor.select((self._pressed_keyframe,))
        elif self._pressed_keyframe is None and not self._scrubs and self._band is None:
            if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._editor.select(())
            self._scrub(event.position())
        self._let_go()

    def _let_go(self) -> None:
        self._pressed = self._pressed_keyframe = self._band = self._before_drag = None
        self._scrubs = self._narrows = False
        self._fit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Look from a keyframe; on the ruler, show the whole path again."""
        index = self._keyframe_at(event.position())
        if index is not None:
            self.jumped.emit(index)
        elif event.position().y() < RULER:
            self._zoomed = False
            self._fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Highlight nothing."""
        self._hover(None)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, else scroll."""
        notches = (event.angleDelta().y() or event.angleDelta().x()) / NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._scale = self._scale.zoomed(1.25**notches, event.position().x(), self._whole)
            self._zoomed = self._scale.span < self._whole
        elif self._zoomed:
            self._scale = self._scale.panned(-notches * self._scale.span / 10, self._whole)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the keyframes."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = self._keyframe_at(QPointF(event.pos()))
            if index is not None and index not in self._editor.selected:
                self._editor.select((index,))
        self.menu_requested.emit(event.globalPos())

    def _hover(self, index: int | None) -> None:
        if index != self._hovered:
            self._hovered = index
            self.setCursor(
                Qt.CursorShape.ArrowCursor if index is None else Qt.CursorShape.PointingHandCursor
            )
            self.setToolTip("" if index is None else self._keyframe_tip(index))
            self.update()

    def _keyframe_tip(self, index: int) -> str:
        seconds = self._editor.path.times[index]
        return (
            f"Key {index + 1} at {path_time(seconds)}: drag to move it in time "
            "(Alt: between frames), double-click to look from it"
        )

    def _scrub(self, place: QPointF) -> None:
        if self._editor.path.keyframes:
            self.seeked.emit(min(max(self._scale.seconds(place.x()), 0.0), self._whole))

    def _drag_keyframes(self, place: QPointF, freely: bool) -> None:
        assert self._pressed is not None
        if self._before_drag is None:
            if abs(place.x() - self._pressed.x()) < DRAG_THRESHOLD:
                return
            self._before_drag = self._editor.path, self._editor.selected
            self._gesture = object()
        path, selected = self._before_drag
        grabbed = path.times[self._pressed_keyframe or 0]
        by = (place.x() - self._pressed.x()) / self._scale.pixels_a_second
        if not freely:
            by = round((grabbed + by) * path.fps) / path.fps - grabbed
        moved, chosen = path.moved(selected, by)
        what = "Move a key" if len(selected) == 1 else f"Move {len(selected)} keys"
        self._editor.change(what, moved, chosen, self._gesture)
        # A first keyframe that moves is at 0 s again and shifts all others: so does the scale.
        first = min(t + by * (i in selected) for i, t in enumerate(path.times))
        start = self._scale.start if self._zoomed else 0.0
        self._scale = TimeScale(start - first, self._scale.span, self.width())
        self.update()

    # Keyboard

    def event(self, event: QEvent) -> bool:
        """Take the keys that edit here before the window's shortcuts."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and Qt.Key(event.key()) in _KEYS
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, jump, move, play, select, delete."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        path, editor = self._editor.path, self._editor
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if key == Qt.Key.Key_Right else -1
            if modifiers & Qt.KeyboardModifier.AltModifier:
                editor.move_selected(step / path.fps, ("keys", editor.selected))
            elif modifiers & Qt.KeyboardModifier.ShiftModifier:
                self.jump_from_playhead(step)
            else:
                self.stepped.emit(step)
        elif key == Qt.Key.Key_Home:
            self.seeked.emit(0.0)
        elif key == Qt.Key.Key_End:
            self.seeked.emit(path.seconds)
        elif key == Qt.Key.Key_Space:
            self.play_toggled.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_requested.emit()
        elif key == Qt.Key.Key_A and modifiers & Qt.KeyboardModifier.ControlModifier:
            editor.select(range(len(path.keyframes)))
        elif key == Qt.Key.Key_D and modifiers & Qt.KeyboardModifier.ControlModifier:
            self.duplicate_requested.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and editor.selected:
            self.jumped.emit(editor.selected[0])
        elif key == Qt.Key.Key_Escape and editor.selected:
            editor.select(())
        else:
            super().keyPressEvent(event)

    def jump_from_playhead(self, step: int) -> None:
        """Look from the next keyframe after the playhead, or from the one before it."""
        times, now = self._editor.path.times, self._editor.playhead
        least = 0.5 / self._editor.path.fps
        later = [index for index, seconds in enumerate(times) if seconds > now + least]
        before = [index for index, seconds in enumerate(times) if seconds < now - least]
        if step > 0 and later:
            self.jumped.emit(later[0])
        elif step < 0 and before:
            self.jumped.emit(before[-1])


_KEYS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Space,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_A,
    Qt.Key.Key_D,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
}
