"""The 3D view of cameras, points and the grid's box; also what one camera sees of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from dvox_core.data.lens import pinhole_lens
from dvox_core.geometry.grid import GridPlacement
from viewer.theme import CORNER_RADIUS, ThemeManager, interface_font
from viewer.view3d.orbit_camera import cameras_orbit
from viewer.view3d.projection import NEAR_SHARE, Projection, nearest_point
from viewer.view3d.shapes import Dots, Label, Lines, Shape, Sheets, axis_labels, box_lines
from viewer.view3d.space_view import SpaceView
from viewer.wizard.camera_pyramids import frustum_corners
from viewer.wizard.capture_view.box_dragging import HANDLES, Handle, moved_box, pulled_face
from viewer.wizard.capture_view.painting import paint_handle, paint_picture, paint_words
from viewer.wizard.import_preview import ImportPreview

REACH_PX = 10  # of handles and cameras, from the cursor
FOCAL = 1.1  # of the free view, in the widget's smaller sides
MARGIN = 16
HINT = "Drag turns, wheel zooms, double-click a camera to look through it"
POINT_PX, POINT_ALPHA, CAMERA_ALPHA, SHEET_ALPHA, SPOKE_ALPHA = 2.0, 150, 215, 20, 115


class CaptureView(SpaceView):
    """Cameras as pyramids, points, the box with handles, and the chosen camera's planes."""

    box_changed = Signal(object, float)  # centre (x, y, z), side; world units
    camera_chosen = Signal(int)
    through_changed = Signal(bool)
    wheel_needs_ctrl = False
    can_pan = True

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("Cameras, points and the grid's box", HINT)
        self._look: ImportPreview | None = None
        self._placement: GridPlacement | None = None
        self._near_plane = 0.0
        self._chosen = 0
        self._through = False
        self._picture: tuple[int, QImage] | None = None
        self._caption = ""
        self._handle: Handle | None = None
        self._hovered: Handle | None = None
        self._points: Dots | None = None
        self.setMinimumSize(280, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.theme_changed.connect(self.show_theme)
        self.show_theme(themes.theme)

    # What is shown

    @property
    def chosen(self) -> int:
        """Number of the chosen camera."""
        return self._chosen

    @property
    def looks_through(self) -> bool:
        """Whether the chosen camera's own view is shown."""
        return self._through

    def show_preview(self, look: ImportPreview | None) -> None:
        """Show cameras and points; the view stays where it is, unless the world was another."""
        former, self._look = self._look, look
        self._points = None
        if look is None:
            self.orbit = None
            self.look_through(False)
        elif self.orbit is None or former is None or former.options.up != look.options.up:
            self.reset()
        if look is not None:
            self._chosen = min(self._chosen, len(look.views) - 1)
        self.refresh()

    def show_box(self, placement: GridPlacement, near_plane: float) -> None:
        """Show the grid here."""
        self._placement, self._near_plane = placement, near_plane
        self.refresh()

    def show_caption(self, text: str) -> None:
        """Write a line at the lower edge."""
        self._caption = text
        self.refresh()

    def show_picture(self, index: int, picture: QImage) -> None:
        """The picture of a camera, for looking through it."""
        self._picture = (index, picture)
        self.refresh()

    def choose(self, index: int) -> None:
        """Choose a camera."""
        if self._look is not None and 0 <= index < len(self._look.views):
            self._chosen = index
            self.camera_chosen.emit(index)
            self.refresh()

    def step_camera(self, step: int) -> None:
        """Choose the next camera, or the one before; around at the ends."""
        if self._look is not None:
            self.choose((self._chosen + step) % len(self._look.views))

    def look_through(self, wanted: bool) -> None:
        """Show what the chosen camera sees, or the whole space again."""
        wanted = wanted and self._look is not None
        if wanted != self._through:
            self._through, self.can_turn = wanted, not wanted
            self.through_changed.emit(wanted)
            self.refresh()

    def reset(self) -> None:
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
        self._set_orbit(cameras_orbit(positions, center, up))

    # The projection

    def projection(self) -> Projection | None:
        """The present way from world to widget; None while there is nothing to see."""
        if self._look is None or self.orbit is None:
            return None
        near = NEAR_SHARE * self.orbit.distance
        if self._through:
            view = self._look.views[self._chosen]
            place = self._picture_place()
            scale = place.width() / view.lens.width
            return Projection(view.camera, scale, (place.left(), place.top()), near, view.lens)
        middle = (self.width() / 2, self.height() / 2)
        focal = FOCAL * min(self.width(), self.height())
        return Projection(self.orbit.camera, focal, middle, near)

    def handle_place(self, handle: Handle) -> QPointF | None:
        """Where a handle is shown."""
        box = self._placement
        return None if box is None else self._shown(handle.point(box))

    def camera_place(self, index: int) -> QPointF | None:
        """Where a camera is shown."""
        look = self._look
        return None if look is None else self._shown(look.views[index].camera.position)

    def _shown(self, point: NDArray[np.float64]) -> QPointF | None:
        view = self.projection()
        if view is None:
            return None
        (place,), _ = view.points(point)
        return QPointF(*place) if np.isfinite(place).all() else None

    def _picture_place(self) -> QRectF:
        assert self._look is not None
        lens = self._look.views[self._chosen].lens
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -40)
        scale = min(room.width() / lens.width, room.height() / lens.height)
        place = QRectF(0, 0, lens.width * scale, lens.height * scale)
        place.moveCenter(room.center())
        return place

    # Shapes

    def shapes(self) -> Sequence[Shape]:
        """Points, planes, cameras and box; through a camera nothing but the box, over a picture."""
        look, box = self._look, self._placement
        if look is None or self._through:
            return []  # the picture lies over the shapes, so the box is painted over it
        if self._points is None or self._points.color != self.theme.text:
            self._points = Dots(look.points, self.theme.text, POINT_PX, POINT_ALPHA)
        shapes: list[Shape] = [self._points] if len(look.points) else []
        if box is not None:
            shapes += self._planes(look, box)
        blind = look.shares == 0
        chosen = np.arange(len(look.views)) == self._chosen
        for color, members, width in (
            (self.theme.accent, ~blind & ~chosen, 1.0),
            (self.theme.red, blind, 1.8),
            (self.theme.amber, chosen & ~blind, 1.8),
        ):
            edges = look.pyramids[members].reshape(-1, 2, 3)
            shapes.append(Lines(edges[:, 0], edges[:, 1], color, CAMERA_ALPHA, width))
        if box is not None:
            shapes.append(box_lines(box.corners, self.theme.amber, 1.6))
            shapes += axis_labels(box, self.theme.muted)
        return shapes

    def _planes(self, look: ImportPreview, box: GridPlacement) -> list[Shape]:
        """The near and the far plane of the chosen camera, and the pyramid between them."""
        color, shapes = self.theme.accent, list[Shape]()
        lens, camera = pinhole_lens(look.intrinsics), look.cameras[self._chosen]
        depths = (self._near_plane, self._near_plane + 2 * box.scale)
        near, far = (frustum_corners(camera, lens, depth) for depth in depths)
        for plane, word in ((near, "near"), (far, "far")):
            shapes.append(Sheets(plane[None], color, SHEET_ALPHA))
            shapes.append(Lines(plane, np.roll(plane, -1, axis=0), color))
            shapes.append(Label(plane[1], word, color))
        return [*shapes, Lines(near, far, color, SPOKE_ALPHA)]

    def paint_over(self, painter: QPainter, view: Projection | None) -> None:
        """Paint picture, handles and words."""
        theme, look = self.theme, self._look
        if view is None or look is None:
            painter.setPen(QColor(theme.muted))
            words = self._caption or "Cameras and points are shown here once pictures are read"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
            return
        text = self._caption
        if self._through:
            name = look.views[self._chosen].name
            text = f"Through {name} · outside the dashed square is cut away · Esc shows all"
            index, picture = self._picture or (-1, QImage())
            shown = picture if index == self._chosen else QImage()
            place = self._picture_place()
            paint_picture(painter, look, self._chosen, shown, place, theme)
            painter.setClipRect(place)
            if self._placement is not None:
                painter.setPen(QPen(QColor(theme.amber), 1.6))
                edges = view.box(self._placement.corners)
                painter.drawLines([QLineF(*edge) for edge in edges.tolist()])
        for handle in HANDLES:
            place_ = self.handle_place(handle)
            if place_ is not None:
                paint_handle(
                    painter, place_, handle, handle in (self._hovered, self._handle), theme
                )
        painter.setClipping(False)
        if not self._through:
            room = QRectF(12, 8, self.width() - 24, 20)
            paint_words(painter, room, HINT, theme.muted, theme, interface_font(11))
        room = QRectF(12, self.height() - 34, self.width() - 24, 24)
        paint_words(painter, room, text, theme.text, theme, interface_font(12))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, CORNER_RADIUS, CORNER_RADIUS)

    # The user

    def takes_hold(self, point: QPointF) -> bool:
        """A handle under the mouse."""
        self._handle = self._handle_at(point)
        return self._handle is not None

    def held_moved(self, step: QPointF) -> None:
        """Resize or move the box."""
        view, box, handle = self.projection(), self._placement, self._handle
        if view is None or box is None or handle is None:
            return
        move = np.array([step.x(), step.y()])
        pulled = pulled_face(view, box, handle, move) if handle.is_face else None
        changed = pulled if handle.is_face else moved_box(view, box, move)
        if changed is not None:
            self._placement = changed
            self.box_changed.emit(changed.center, changed.scale)
            self.refresh()

    def clicked_at(self, point: QPointF) -> None:
        """Choose the camera under the mouse."""
        index = None if self._through else self._camera_at(point)
        if index is not None:
            self.choose(index)

    def hovered_at(self, point: QPointF) -> None:
        """Light the handle under the mouse."""
        hovered = self._handle_at(point)
        if hovered != self._hovered:
            self._hovered = hovered
            shape = Qt.CursorShape.SizeAllCursor if hovered else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.refresh()

    def tip_at(self, point: QPointF) -> str:
        """Name the camera under the cursor, or what a handle does."""
        handle = self._handle_at(point)
        if handle is not None:
            return "Drag to resize the box" if handle.is_face else "Drag to move the box"
        index = None if self._through else self._camera_at(point)
        if index is None or self._look is None:
            return ""
        return f"{self._look.views[index].name} sees {self._look.shares[index]:.0%} of the box"

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        super().mouseReleaseEvent(event)
        self._handle = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Look through the camera under the cursor; elsewhere show all again."""
        index = None if self._through else self._camera_at(event.position())
        if self._through:
            self.look_through(False)
        elif index is None:
            super().mouseDoubleClickEvent(event)
        else:
            self.choose(index)
            self.look_through(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step through the cameras while looking through one; Esc shows all."""
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if self._through and key in steps:
            self.step_camera(steps[key])
        elif self._through and key is Qt.Key.Key_Escape:
            self.look_through(False)
        else:
            super().keyPressEvent(event)

    def _handle_at(self, point: QPointF) -> Handle | None:
        view, box = self.projection(), self._placement
        if view is None or box is None:
            return None
        places, _ = view.points([handle.point(box) for handle in HANDLES])
        number = nearest_point(places, point, REACH_PX)
        return None if number is None else HANDLES[number]

    def _camera_at(self, point: QPointF) -> int | None:
        view = self.projection()
        if view is None or self._look is None:
            return None
        places, _ = view.points([known.camera.position for known in self._look.views])
        return nearest_point(places, point, REACH_PX)

    def sizeHint(self) -> QSize:
        """Most of the page."""
        return QSize(560, 520)
