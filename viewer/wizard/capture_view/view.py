"""The 3D view of cameras, points and the grid's box; also what one camera sees of it."""

import enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dvox_core.geometry.grid import GridPlacement
from viewer.theme import CORNER_RADIUS, ThemeManager, interface_font
from viewer.view3d.orbit_camera import Orbit, cameras_orbit
from viewer.view3d.projection import NEAR_SHARE, Projection
from viewer.wizard.capture_view.box_dragging import HANDLES, Handle, moved_box, pulled_face
from viewer.wizard.capture_view.painting import (
    CaptureDrawing,
    paint_axes,
    paint_box,
    paint_cameras,
    paint_picture,
    paint_planes,
    paint_points,
)
from viewer.wizard.import_preview import ImportPreview

Array = NDArray[np.float64]

DRAG_PX = 4
REACH_PX = 10  # of handles and cameras, from the cursor
HANDLE_PX = 4.5
TURN_PER_PX = 0.008
KEY_TURN = 0.12
WHEEL_FACTOR = 0.9
MARGIN = 16
HINT = "Drag turns, wheel zooms, double-click a camera to look through it"


class Drag(enum.Enum):
    """What the mouse moves."""

    NONE = enum.auto()
    VIEW = enum.auto()
    PAN = enum.auto()
    BOX = enum.auto()
    FACE = enum.auto()


class CaptureView(QWidget):
    """Painted by QPainter, so that it is there without OpenGL too."""

    box_changed = Signal(object, float)  # centre (x, y, z), side; world units
    camera_chosen = Signal(int)
    through_changed = Signal(bool)

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._look: ImportPreview | None = None
        self._placement: GridPlacement | None = None
        self._near_plane = 0.0
        self._orbit: Orbit | None = None
        self._chosen = 0
        self._through = False
        self._picture: tuple[int, QImage] | None = None
        self._caption = ""
        self._drag = Drag.NONE
        self._handle: Handle | None = None
        self._hovered: Handle | None = None
        self._pressed_at = self._last = QPointF()
        self._moved = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(280, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Cameras, points and the grid's box")
        themes.theme_changed.connect(lambda: self.update())

    # What is shown

    @property
    def chosen(self) -> int:
        """Number of the chosen camera."""
        return self._chosen

    @property
    def looks_through(self) -> bool:
        """Whether the chosen camera's own view is shown."""
        return self._through

    def show_look(self, look: ImportPreview | None) -> None:
        """Show cameras and points; the view stays where it is, unless the world was another."""
        former, self._look = self._look, look
        if look is None:
            self._orbit = None
            self._set_through(False)
        elif self._orbit is None or former is None or former.options.up != look.options.up:
            self.reset_view()
        if look is not None:
            self._chosen = min(self._chosen, len(look.views) - 1)
        self.update()

    def show_box(self, placement: GridPlacement, near_plane: float) -> None:
        """Show the grid here."""
        self._placement, self._near_plane = placement, near_plane
        self.update()

    def show_caption(self, text: str) -> None:
        """Write a line at the lower edge."""
        self._caption = text
        self.update()

    def show_picture(self, index: int, picture: QImage) -> None:
        """The picture of a camera, for looking through it."""
        self._picture = (index, picture)
        self.update()

    def choose(self, index: int) -> None:
        """Choose a camera."""
        if self._look is not None and 0 <= index < len(self._look.views):
            self._chosen = index
            self.camera_chosen.emit(index)
            self.update()

    def step_camera(self, step: int) -> None:
        """Choose the next camera, or the one before; around at the ends."""
        if self._look is not None:
            self.choose((self._chosen + step) % len(self._look.views))

    def look_through(self, wanted: bool) -> None:
        """Show what the chosen camera sees, or the whole space again."""
        self._set_through(wanted and self._look is not None)

    def reset_view(self) -> None:
        """Show all cameras."""
        if self._look is None:
            return
        positions = np.array([view.camera.position for view in self._look.views])
        center = np.asarray(self._look.placed.placement.center)
        up = np.mean([-view.camera.down for view in self._look.views], axis=0)
        if self._look.plan is not None:
            up = np.asarray(self._look.plan.up)
        length = float(np.linalg.norm(up))
        up = up / length if length > 1e-6 else np.array([0.0, 0.0, 1.0])
        self._orbit = cameras_orbit(positions, center, up)
        self.update()

    def _set_through(self, wanted: bool) -> None:
        if wanted != self._through:
            self._through = wanted
            self.through_changed.emit(wanted)
            self.update()

    # The projection

    def projection(self) -> Projection | None:
        """The present way from world to widget; None while there is nothing to see."""
        if self._look is None or self._orbit is None:
            return None
        if self._through:
            view = self._look.views[self._chosen]
            place = self._picture_place()
            scale = place.width() / view.lens.width
            nearest = NEAR_SHARE * self._orbit.distance
            return Projection(view.camera, scale, (place.left(), place.top()), nearest, view.lens)
        focal = 1.1 * min(self.width(), self.height())
        middle = (self.width() / 2, self.height() / 2)
        return Projection(self._orbit.camera, focal, middle, NEAR_SHARE * self._orbit.distance)

    def handle_place(self, handle: Handle) -> QPointF | None:
        """Where a handle is shown."""
        projection, box = self.projection(), self._placement
        if projection is None or box is None:
            return None
        (place,), _ = projection.points(handle.point(box)[None])
        return QPointF(*place) if np.isfinite(place).all() else None

    def camera_place(self, index: int) -> QPointF | None:
        """Where a camera is shown."""
        projection = self.projection()
        if projection is None or self._look is None:
            return None
        (place,), _ = projection.points(self._look.views[index].camera.position[None])
        return QPointF(*place) if np.isfinite(place).all() else None

    def _picture_place(self) -> QRectF:
        assert self._look is not None
        lens = self._look.views[self._chosen].lens
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -40)
        scale = min(room.width() / lens.width, room.height() / lens.height)
        place = QRectF(0, 0, lens.width * scale, lens.height * scale)
        place.moveCenter(room.center())
        return place

    # The hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a handle, or of the view."""
        self._pressed_at = self._last = event.position()
        self._moved = False
        self._handle = self._handle_at(event.position())
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() != Qt.MouseButton.LeftButton or (shifted and self._handle is None):
            self._drag = Drag.PAN
        elif self._handle is not None:
            self._drag = Drag.FACE if self._handle.is_face else Drag.BOX
        else:
            self._drag = Drag.VIEW

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held."""
        if self._drag is Drag.NONE:
            hovered = self._handle_at(event.position())
            if hovered != self._hovered:
                self._hovered = hovered
                shape = Qt.CursorShape.SizeAllCursor if hovered else Qt.CursorShape.ArrowCursor
                self.setCursor(shape)
                self.update()
            return
        if not self._moved:
            away = event.position() - self._pressed_at
            if away.manhattanLength() < DRAG_PX:
                return
            self._moved = True
        step = event.position() - self._last
        self._last = event.position()
        if self._drag in (Drag.FACE, Drag.BOX):
            self._move_box(step)
        elif not self._through and self._orbit is not None:
            if self._drag is Drag.VIEW:
                self._orbit = self._orbit.turned(TURN_PER_PX * step.x(), TURN_PER_PX * step.y())
            else:
                focal = 1.1 * min(self.width(), self.height())
                self._orbit = self._orbit.moved(-step.x() / focal, -step.y() / focal)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a click chooses the camera under the cursor."""
        if not self._moved and self._drag is Drag.VIEW and not self._through:
            index = self._camera_at(event.position())
            if index is not None:
                self.choose(index)
        self._drag, self._handle = Drag.NONE, None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Look through the camera under the cursor; elsewhere show all again."""
        if self._through:
            self.look_through(False)
            return
        index = self._camera_at(event.position())
        if index is None:
            self.reset_view()
        else:
            self.choose(index)
            self.look_through(True)

    def event(self, event: QEvent) -> bool:
        """Name the camera under the cursor, or what a handle does."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Come nearer, or go away."""
        if self._orbit is not None and not self._through:
            self._orbit = self._orbit.nearer(WHEEL_FACTOR ** (event.angleDelta().y() / 120))
            self.update()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn the view, or step through the cameras while looking through one."""
        step = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0)}
        step |= {Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        key = Qt.Key(event.key())
        if key is Qt.Key.Key_Escape and self._through:
            self.look_through(False)
        elif key in step and self._through:
            self.step_camera(sum(step[key]))
        elif key in step and self._orbit is not None:
            right, down = step[key]
            self._orbit = self._orbit.turned(KEY_TURN * right, KEY_TURN * down)
            self.update()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and self._orbit is not None:
            self._orbit = self._orbit.nearer(WHEEL_FACTOR)
            self.update()
        elif key is Qt.Key.Key_Minus and self._orbit is not None:
            self._orbit = self._orbit.nearer(1 / WHEEL_FACTOR)
            self.update()
        elif key in (Qt.Key.Key_R, Qt.Key.Key_Home):
            self.reset_view()
        else:
            super().keyPressEvent(event)

    def _move_box(self, step: QPointF) -> None:
        projection, box, handle = self.projection(), self._placement, self._handle
        if projection is None or box is None or handle is None:
            return
        move = np.array([step.x(), step.y()])
        if handle.is_face:
            changed = pulled_face(projection, box, handle, move)
        else:
            changed = moved_box(projection, box, move)
        if changed is not None:
            self._placement = changed
            self.box_changed.emit(changed.center, changed.scale)
            self.update()

    def _handle_at(self, position: QPointF) -> Handle | None:
        best, nearest = None, float(REACH_PX)
        for handle in HANDLES:
            place = self.handle_place(handle)
            if place is None:
                continue
            away = QLineF(place, position).length()
            if away < nearest:
                best, nearest = handle, away
        return best

    def _words_at(self, position: QPointF) -> str:
        handle = self._handle_at(position)
        if handle is not None:
            return "Drag to resize the box" if handle.is_face else "Drag to move the box"
        index = None if self._through else self._camera_at(position)
        if index is None or self._look is None:
            return ""
        share = self._look.shares[index]
        return f"{self._look.views[index].name} sees {share:.0%} of the box"

    def _camera_at(self, position: QPointF) -> int | None:
        projection = self.projection()
        if projection is None or self._look is None:
            return None
        positions = np.array([view.camera.position for view in self._look.views])
        places, _ = projection.points(positions)
        away = np.linalg.norm(places - (position.x(), position.y()), axis=1)
        away = np.where(np.isfinite(away), away, np.inf)
        index = int(np.argmin(away))
        return index if away[index] < REACH_PX else None

    # Painting

    def sizeHint(self) -> QSize:
        """Most of the page."""
        return QSize(560, 520)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint everything."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.setPen(QColor(theme.accent if self.hasFocus() else theme.line))
            painter.setBrush(QColor(theme.viewport))
            painter.drawRoundedRect(frame, CORNER_RADIUS, CORNER_RADIUS)
            painter.setClipRect(self.rect().adjusted(1, 1, -1, -1))
            projection = self.projection()
            if projection is None or self._look is None:
                painter.setPen(QColor(theme.muted))
                words = self._caption or "Cameras and points are shown here once pictures are read"
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
                return
            if self._through:
                index, picture = self._picture or (-1, QImage())
                shown = picture if index == self._chosen else QImage()
                place = self._picture_place()
                paint_picture(painter, self._look, self._chosen, shown, place, theme)
                painter.setClipRect(place)
            else:
                ink = QColor(theme.text)
                paint_points(painter, self, projection, self._look.points, ink)
                space = CaptureDrawing(self._look, self._placement, self._near_plane, self._chosen)
                paint_planes(painter, projection, space, theme)
                paint_cameras(painter, projection, space, theme)
            if self._placement is not None:
                paint_box(painter, projection, self._placement, theme)
                self._paint_handles(painter)
            painter.setClipRect(self.rect())
            if not self._through and self._orbit is not None:
                self._paint_hint(painter)
                paint_axes(painter, self._orbit.camera, self.width() - 44.0, 44.0, theme)
            self._paint_caption(painter)

    def _paint_handles(self, painter: QPainter) -> None:
        theme = self._themes.theme
        painter.setPen(QPen(QColor(theme.viewport), 1))
        for handle in HANDLES:
            place = self.handle_place(handle)
            if place is None:
                continue
            held = handle in (self._hovered, self._handle)
            painter.setBrush(QColor(theme.text if held else theme.amber))
            radius = HANDLE_PX + (1.5 if held else 0)
            if handle.is_face:
                painter.drawEllipse(place, radius, radius)
            else:
                square = QRectF(0, 0, 2 * radius, 2 * radius)
                square.moveCenter(place)
                painter.drawRect(square)

    def _paint_hint(self, painter: QPainter) -> None:
        painter.setFont(interface_font(11))
        room = QRectF(12, 8, self.width() - 120, 20)  # the axes are at the right
        self._paint_words(painter, room, HINT, self._themes.theme.muted)

    def _paint_caption(self, painter: QPainter) -> None:
        text = self._caption
        if self._through and self._look is not None:
            view = self._look.views[self._chosen]
            text = f"Through {view.name} · outside the dashed square is cut away · Esc shows all"
        painter.setFont(interface_font(12))
        room = QRectF(12, self.height() - 34, self.width() - 24, 24)
        self._paint_words(painter, room, text, self._themes.theme.text)

    def _paint_words(self, painter: QPainter, room: QRectF, text: str, color: str) -> None:
        """A line on a plate, so that it can be read over cameras."""
        metrics = painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        width = metrics.horizontalAdvance(text) + 12
        ground = QColor(self._themes.theme.viewport)
        ground.setAlphaF(0.8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        plate = QRectF(room.left() - 6, room.top(), width, room.height())
        painter.drawRoundedRect(plate, CORNER_RADIUS, CORNER_RADIUS)
        painter.setPen(QColor(color))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
