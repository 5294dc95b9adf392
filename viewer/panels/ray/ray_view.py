"""Rays in space: through the grid, with samples as large as their weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.model.scene import Scene
from viewer.panels.pixel_rays import ShownRay
from viewer.state.selection import Voxel
from viewer.theme import DARK, Theme

HEIGHT = 220
ASIDE = np.radians(62)  # how far the first view stands from the camera's
RAISED = np.radians(24)
DISTANCE = 3.2  # in sides of the grid
ROOM = 1.9  # sides of the grid that the widget's height shows
LARGEST = 9.0  # radius of a sample with all weight, pixels
FAINT_WEIGHT = 0.002
HIT = 7.0
TURN = 0.01  # radians a pixel
EDGES = [(0, 1), (0, 2), (0, 4), (1, 3), (1, 5), (2, 3), (2, 6), (3, 7), (4, 5), (4, 6), (5, 7)] + [
    (6, 7)
]


@dataclass(frozen=True, eq=False)
class SpaceView:
    """A view of the grid from outside, by a camera of its own.

    Attributes:
        camera: looks at the grid's middle.
        unit: pixels of a world unit at distance 1.
        center: where the middle is, pixels.
    """

    camera: Camera
    unit: float
    center: QPointF

    def points(self, world: NDArray[np.float64]) -> NDArray[np.float64]:
        """World points [N, 3] → pixels and depth [N, 3]."""
        seen = (world - self.camera.position) @ self.camera.rotation
        depth = np.maximum(seen[:, 2], 1e-6)
        return np.stack(
            [
                self.center.x() + self.unit * seen[:, 0] / depth,
                self.center.y() + self.unit * seen[:, 1] / depth,
                seen[:, 2],
            ],
            axis=1,
        )


class RayView(QWidget):
    """The grid's box with rays through it; a drag turns it, a click chooses a sample."""

    sample_chosen = Signal(int, int)  # number of the ray, plane

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Rays through the grid")
        self.setToolTip(
            "The rays through the voxel grid, samples sized by their weight, pale outside it.\n"
            "Drag or arrow keys turn, double-click looks from beside the camera, "
            "a click on a sample selects its voxel."
        )
        self.theme = DARK
        self.rays: Sequence[ShownRay] = ()
        self._scene: Scene | None = None
        self._camera: Camera | None = None
        self._voxel: Voxel | None = None
        self._yaw: float | None = None  # about the scene's up, from its first horizontal axis
        self._pitch = RAISED
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._moved = False

    def show_rays(
        self,
        scene: Scene,
        camera: Camera,
        rays: Sequence[ShownRay],
        voxel: Voxel | None,
        theme: Theme,
    ) -> None:
        """Show these, seen from where the user turned it to."""
        if self._scene is None or scene.placement != self._scene.placement:
            self._yaw = None  # another scene, and not the same one with newer weights
        self._scene, self._camera, self.rays = scene, camera, rays
        self._voxel, self.theme = voxel, theme
        if self._yaw is None:
            self.look_from_beside()
        self.update()

    def look_from_beside(self) -> None:
        """Look across the camera's rays."""
        if self._scene is None or self._camera is None:
            return
        first, second, _ = self._axes()
        offset = self._camera.position - self._scene.pivot
        self._yaw = float(np.arctan2(offset @ second, offset @ first)) + ASIDE
        self._pitch = RAISED
        self.update()

    def view(self) -> SpaceView:
        """How the widget sees the grid."""
        first, second, up = self._axes()
        yaw, pitch = self._yaw or 0.0, self._pitch
        side = self._scene.placement.scale
        flat = np.cos(yaw) * first + np.sin(yaw) * second
        direction = np.cos(pitch) * flat + np.sin(pitch) * up
        camera = look_at(self._scene.pivot + DISTANCE * side * direction, self._scene.pivot, up)
        unit = self.height() / ROOM * DISTANCE
        return SpaceView(camera, unit, QPointF(self.width() / 2, self.height() / 2))

    def sample_at(self, place: QPointF) -> tuple[int, int] | None:
        """The ray and plane of the sample under a place: of several, the heaviest."""
        if self._scene is None:
            return None
        view, best = self.view(), None
        for number, ray in enumerate(self.rays):
            points = view.points(ray.table.world)
            away = np.hypot(points[:, 0] - place.x(), points[:, 1] - place.y())
            reach = np.maximum(_radii(ray.table.weights), HIT)
            for plane in np.flatnonzero(away <= reach):
                weight = float(ray.table.weights[plane])
                if best is None or weight > best[0]:
                    best = (weight, number, int(plane))
        return None if best is None else best[1:]

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, HEIGHT)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint box, camera, rays and the selected voxel."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self.theme.viewport))
            if self._scene is None:
                return
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            view = self.view()
            self._paint_box(painter, view, self._scene.placement.corners, self.theme.faint)
            self._paint_camera(painter, view)
            for ray in reversed(self.rays):
                self._paint_ray(painter, view, ray)
            if self._voxel is not None:
                self._paint_box(painter, view, self._voxel_corners(), self.theme.text)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.accent), 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_box(
        self, painter: QPainter, view: SpaceView, corners: NDArray[np.float64], color: str
    ) -> None:
        points = [QPointF(x, y) for x, y, _ in view.points(corners)]
        painter.setPen(QPen(QColor(color), 1))
        for start, end in EDGES:
            painter.drawLine(points[start], points[end])

    def _paint_camera(self, painter: QPainter, view: SpaceView) -> None:
        camera = self._camera
        size = 0.16 * self._scene.placement.scale
        ends = [
            camera.position + size * (camera.forward + 0.5 * (x * camera.right + y * camera.down))
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        points = view.points(np.array([camera.position, *ends]))
        if (points[:, 2] <= 0).any():
            return
        tip, *rim = (QPointF(x, y) for x, y, _ in points)
        painter.setPen(QPen(QColor(self.theme.amber), 1.2))
        for start, end in pairwise([*rim, rim[0]]):
            painter.drawLine(start, end)
            painter.drawLine(tip, start)

    def _paint_ray(self, painter: QPainter, view: SpaceView, ray: ShownRay) -> None:
        table = ray.table
        points = view.points(np.vstack([self._camera.position, table.world]))
        color = QColor(ray.color(self.theme))
        thin, pale = QColor(color), QColor(color)
        thin.setAlpha(130)
        pale.setAlpha(90)
        start = QPointF(*points[0, :2])
        if points[0, 2] <= 0:
            start = QPointF(*points[1, :2])
        painter.setPen(QPen(thin, 1))
        painter.drawLine(start, QPointF(*points[-1, :2]))
        painter.setPen(Qt.PenStyle.NoPen)
        radii = _radii(table.weights)
        for plane in np.flatnonzero(table.weights >= FAINT_WEIGHT):
            place = QPointF(*points[plane + 1, :2])
            painter.setBrush(color if table.inside[plane] else pale)
            painter.drawEllipse(place, radii[plane], radii[plane])
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _voxel_corners(self) -> NDArray[np.float64]:
        side = self._scene.config.grid_size
        to_world = self._scene.placement.grid_to_world(side)
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij")).reshape(3, 8).T
        return (np.array(self._voxel) + signs / 2) @ to_world[:3, :3].T + to_world[:3, 3]

    def _axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Two horizontal axes and up."""
        up = self._scene.up_axis
        first = np.roll(np.abs(up), 1)
        return first, np.cross(up, first), up

    # Qt's overrides

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to turn, or a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._last = event.position()
            self._moved = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn."""
        if self._pressed is None:
            self._show_tip(event)
            return
        way = event.position() - self._last
        if not self._moved and (event.position() - self._pressed).manhattanLength() < 4:
            return
        self._moved = True
        self._last = event.position()
        self.turn(-way.x() * TURN, way.y() * TURN)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a sample, if it was a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            hit = None if self._moved else self.sample_at(event.position())
            self._pressed = None
            if hit is not None:
                self.sample_chosen.emit(*hit)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Look from beside the camera again."""
        self.look_from_beside()

    def keyPressEvent(self, event) -> None:
        """Turn by the arrow keys."""
        turns = {
            Qt.Key.Key_Left: (-0.1, 0.0),
            Qt.Key.Key_Right: (0.1, 0.0),
            Qt.Key.Key_Up: (0.0, 0.1),
            Qt.Key.Key_Down: (0.0, -0.1),
        }
        turn = turns.get(Qt.Key(event.key()))
        if turn is None or self._scene is None:
            super().keyPressEvent(event)
        else:
            self.turn(*turn)

    def turn(self, yaw: float, pitch: float) -> None:
        """Turn around the grid by angles in radians."""
        self._yaw = (self._yaw or 0.0) + yaw
        self._pitch = float(np.clip(self._pitch + pitch, -1.5, 1.5))
        self.update()

    def _show_tip(self, event: QMouseEvent) -> None:
        hit = self.sample_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if hit else Qt.CursorShape.ArrowCursor)
        if hit is None:
            return
        number, plane = hit
        table = self.rays[number].table
        QToolTip.showText(
            event.globalPosition().toPoint(),
            f"Ray {self.rays[number].place}, plane {plane}: weight {table.weights[plane]:.3g} "
            f"at depth {table.depths[plane]:.3f} units",
            self,
        )


def _radii(weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of samples in pixels: areas are in proportion to weights, with a floor to be seen."""
    return np.asarray(np.maximum(LARGEST * np.sqrt(weights.astype(np.float64)), 1.2))
