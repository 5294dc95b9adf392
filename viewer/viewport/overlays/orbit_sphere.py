"""The orbit sphere: all directions round the pivot, with the capture's views and the path."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF

from dvox_core.model.scene import Scene
from viewer.state.capture_views import view_label
from viewer.state.path_editor import PathEditor
from viewer.state.viewer_state import ViewerState
from viewer.text.units import degrees
from viewer.theme import Theme, faded, mixed
from viewer.theme.shapes import keyframe_diamond
from viewer.view3d.projection import Projection, nearest_point
from viewer.viewport.canvas.letterbox import PictureArea, Rectangle
from viewer.viewport.navigation.camera_motion import OrbitPose
from viewer.viewport.navigation.navigator import Navigator
from viewer.viewport.overlays.axis_gizmo import DIRECTIONS, NAMES, axis_at, paint_axes
from viewer.viewport.overlays.camera_path import line_of, runs
from viewer.viewport.overlays.overlay import Overlay
from viewer.widgets.kept_picture import KeptPicture

SIDE = 116
RADIUS = 50.0
EDGE = 10
HIT_RADIUS_PX = 7.0
DRAG_THRESHOLD = 4
SAMPLES = 80
DRAW_MS = 30
"""It is drawn at most so often, for 1 ms: it follows the picture, which is what is looked at."""
MIN_SIZE = QSize(420, 280)
"""A viewport smaller than this has no room for it."""


class OrbitSphere(Overlay):
    """Seen as the camera sees it: what faces the user is near the present view.

    A drag turns the scene, a click on a dot flies to that view, a click on a key to that key, a
    click on an axis to where it points. Shift and a click mark a view, for what works on some views
    only.
    """

    def __init__(
        self,
        state: ViewerState,
        navigator: Navigator,
        editor: PathEditor,
        curve: Callable[[], Any],
        jump: Callable[[int], object],
    ) -> None:
        super().__init__()
        self.setObjectName("orbitSphere")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("Orbit sphere")
        self._state, self._navigator, self._editor = state, navigator, editor
        self._curve, self._jump = curve, jump
        self._wanted = True
        self._fits = False
        self._views = np.zeros((0, 3))
        self._line = np.zeros((0, 3))
        self._up, self._circles = circles_around(np.array([0.0, 0.0, 1.0]))
        self._pressed: QPointF | None = None
        self._last: QPointF | None = None  # of a drag; None while it may be a click
        self._tip = ""
        self.kept = KeptPicture(self, self._draw)
        self._is_behind = False  # the camera has turned since it was drawn
        self._pause = QTimer(self, singleShot=True, interval=DRAW_MS)
        self._pause.timeout.connect(self._catch_up)
        state.scene_changed.connect(self._on_scene_changed)
        state.scene_refreshed.connect(self._on_scene_changed)  # with a capture's cameras, perhaps
        state.pivot_changed.connect(lambda _: self.kept.outdate())
        state.marked_views_changed.connect(lambda _: self.kept.outdate())
        editor.path_changed.connect(self.follow_path)
        editor.selection_changed.connect(lambda _: self.kept.outdate())
        self._on_scene_changed(state.scene)

    @property
    def wanted(self) -> bool:
        """Whether the user wants to see it."""
        return self._wanted

    def set_wanted(self, wanted: bool) -> None:
        """Show it, or not."""
        self._wanted = wanted
        self._show()

    def follow_path(self, *_: object) -> None:
        """Show the path as it is now."""
        self._line = line_of(self._editor, self._curve, SAMPLES) if self.isVisible() else self._line
        self.kept.outdate()

    def view_place(self, index: int) -> QPointF | None:
        """Where the dot of a view of the capture is; None on the far side."""
        points, front = self._on_sphere(self._views[index : index + 1])
        return QPointF(*points[0]) if front.all() else None

    def lay_out(self, size: QSize, place: Rectangle) -> None:
        """Stand in the upper right corner."""
        self.setGeometry(size.width() - SIDE - EDGE, EDGE, SIDE, SIDE)
        self._fits = size.width() >= MIN_SIZE.width() and size.height() >= MIN_SIZE.height()
        self._show()

    def show_projection(self, projection: Projection | None, area: PictureArea | None) -> None:
        """Turn with the camera, at half the rate of the picture."""
        super().show_projection(projection, area)
        if self._pause.isActive():
            self._is_behind = True
        else:
            self.kept.outdate()
            if self.isVisible():
                self._pause.start()
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while out of sight."""
        super().hideEvent(event)
        self._pause.stop()

    def _catch_up(self) -> None:
        if self._is_behind:
            self._is_behind = False
            self.kept.outdate()
            self._pause.start()

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().apply_theme(theme)
        self.kept.outdate()

    def _show(self) -> None:
        shown = self._wanted and self._fits and self._state.scene is not None
        if shown == self.isHidden():
            self.setVisible(shown)
            self.follow_path()

    def _on_scene_changed(self, scene: Scene | None) -> None:
        views = scene.cameras if scene else ()
        self._views = np.array([view.camera.position for view in views]).reshape(-1, 3)
        self.kept.outdate()
        if scene is not None:
            self._up, self._circles = circles_around(np.asarray(scene.up_axis, dtype=np.float64))
        self._show()

    def _on_sphere(
        self, positions: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Points of the widget [N, 2] for positions in the world, and which face the user."""
        assert self._state.pivot is not None
        offsets = positions - self._state.pivot
        lengths = np.linalg.norm(offsets, axis=1, keepdims=True)
        return self._turned(offsets / np.maximum(lengths, 1e-12))

    def _turned(
        self, directions: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        assert self._state.camera is not None
        seen = directions @ self._state.camera.rotation
        return SIDE / 2 + RADIUS * seen[:, :2], seen[:, 2] <= 0

    # Painting

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint ball, circles, views, path, camera."""
        if self._state.scene is None or self._state.camera is None:
            return
        self.kept.paint()

    def _draw(self, painter: QPainter) -> None:
        assert self._state.camera is not None
        theme = self.theme
        painter.setBrush(faded(theme.panel, 225))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawEllipse(QPointF(SIDE / 2, SIDE / 2), RADIUS, RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_circles(painter)
        self._paint_axes(painter, front=False)
        if len(self._views):
            points, front = self._on_sphere(self._views)
            far = mixed(theme.panel, theme.muted, 0.4)
            for which, color, size in ((~front, far, 2.0), (front, theme.muted, 3.0)):
                pen = QPen(QColor(color), size)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                painter.setPen(pen)
                painter.drawPoints(QPolygonF([QPointF(*p) for p in points[which].tolist()]))
            self._paint_marked(painter, points, front)
        self._paint_axes(painter, front=True)
        self._paint_path(painter)
        points, front = self._on_sphere(self._state.camera.position[None])
        painter.setPen(QPen(QColor(theme.panel), 1.5))
        painter.setBrush(QColor(theme.amber))
        painter.drawEllipse(QPointF(*points[0]), 5, 5)

    def _paint_marked(
        self, painter: QPainter, points: NDArray[np.float64], front: NDArray[np.bool_]
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number in self._state.marked_views:
            color = faded(self.theme.accent, 255 if front[number] else 110)
            painter.setPen(QPen(color, 1.5))
            painter.drawEllipse(QPointF(*points[number]), 3.5, 3.5)

    def _paint_axes(self, painter: QPainter, *, front: bool) -> None:
        if self._state.camera is not None:
            paint_axes(painter, self._state.camera, SIDE / 2, RADIUS, self.theme, front=front)

    def _paint_circles(self, painter: QPainter) -> None:
        """The equator and two meridians, and a tick at the upper pole."""
        near, far = QColor(self.theme.line), faded(self.theme.line, 90)
        for circle in self._circles:
            points, front = self._turned(circle)
            for which, color in ((front, near), (~front, far)):
                painter.setPen(QPen(color, 1))
                for line in runs(points, which):
                    painter.drawPolyline(line)
        points, front = self._turned(np.stack([self._up, 1.14 * self._up]))
        painter.setPen(QPen(QColor(self.theme.muted if front[0] else self.theme.line), 2))
        painter.drawLine(QPointF(*points[0]), QPointF(*points[1]))

    def _paint_path(self, painter: QPainter) -> None:
        accent, far = QColor(self.theme.accent), faded(self.theme.accent, 90)
        if len(self._line):
            points, front = self._on_sphere(self._line)
            for which, color in ((~front, far), (front, accent)):
                painter.setPen(QPen(color, 1.5))
                for line in runs(points, which):
                    painter.drawPolyline(line)
        painter.setPen(QPen(QColor(self.theme.panel), 1))
        for index, place in self._keys():
            selected = index in self._editor.selected
            painter.setBrush(QColor(self.theme.amber) if selected else accent)
            painter.drawPolygon(keyframe_diamond(place, 4.0))

    def _keys(self) -> list[tuple[int, QPointF]]:
        """The keys that face the user."""
        keys = self._editor.path.keyframes
        if not keys or len(keys) > 200:
            return []
        points, front = self._on_sphere(np.array([key.camera.position for key in keys]))
        return [(index, QPointF(*points[index])) for index in np.flatnonzero(front).tolist()]

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            self._navigator.stop()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn the scene, or name what is under the mouse."""
        place = event.position()
        if self._pressed is None:
            self._point_at(place)
            return
        if self._last is None:
            if (place - self._pressed).manhattanLength() < DRAG_THRESHOLD:
                return
            self._last = self._pressed
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        way = place - self._last
        self._last = place
        self._navigator.turn(way.x() / RADIUS, way.y() / RADIUS)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a mere click goes to what is there."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        clicked = self._last is None
        self._pressed = self._last = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if clicked and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._toggle_marked(event.position())
        elif clicked:
            self._go_to(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Its first click has done it."""

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point_at(QPointF(-100, -100))
        super().leaveEvent(event)

    def _go_to(self, place: QPointF) -> None:
        key, view, axis = self._key_under(place), self._view_under(place), self._axis_under(place)
        scene, pivot = self._state.scene, self._state.pivot
        if key is not None:
            self._jump(key)
        elif axis is not None:
            self._navigator.look_from_direction(DIRECTIONS[axis])
        elif view is not None and scene is not None and pivot is not None:
            self._navigator.fly_to(OrbitPose(scene.cameras[view].camera, pivot))

    def _toggle_marked(self, place: QPointF) -> None:
        view = self._view_under(place)
        if view is not None:
            self._state.mark_views(self._state.marked_views ^ {view})

    def _axis_under(self, place: QPointF) -> int | None:
        camera = self._state.camera
        return None if camera is None else axis_at(camera, SIDE / 2, RADIUS, place)

    def _key_under(self, place: QPointF) -> int | None:
        keys = self._keys()
        number = nearest_point([spot.toTuple() for _, spot in keys], place, HIT_RADIUS_PX)
        return None if number is None else keys[number][0]

    def _view_under(self, place: QPointF) -> int | None:
        if not len(self._views) or self._state.camera is None:
            return None
        points, front = self._on_sphere(self._views)
        return nearest_point(np.where(front[:, None], points, np.nan), place, HIT_RADIUS_PX)

    def _point_at(self, place: QPointF) -> None:
        scene, camera = self._state.scene, self._state.camera
        if scene is None or camera is None:
            return
        key, view, axis = self._key_under(place), self._view_under(place), self._axis_under(place)
        tip = "Drag turns the scene; a dot is a view of the capture: a click flies there"
        if key is not None:
            tip = f"Key {key + 1} of the path: click to look from it"
        elif axis is not None:
            tip = f"Look from {NAMES[axis]} towards the pivot"
        elif view is not None:
            known = scene.cameras[view]
            away = degrees(camera.angle_to(known.camera))
            tip = f"View {view_label(known)}, {away} from here; Shift and a click mark it"
        if tip != self._tip:
            self._tip = tip
            self.setToolTip(tip)


def circles_around(
    axis: NDArray[np.float64],  # [3]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The axis as a unit vector, and [3, N, 3] directions: the equator and two meridians."""
    up = axis / np.linalg.norm(axis)
    side = np.eye(3)[int(np.argmin(np.abs(up)))]
    east = np.cross(up, side) / np.linalg.norm(np.cross(up, side))
    north = np.cross(east, up)
    angles = np.linspace(0, 2 * np.pi, 33)[:, None]
    pairs = ((east, north), (east, up), (north, up))
    return up, np.stack([np.cos(angles) * one + np.sin(angles) * other for one, other in pairs])
