"""Rays in space: through the grid, with samples as large as their weight."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from viewer.panels.pixel_rays import ShownRay
from viewer.state.selection import Voxel
from viewer.theme import DARK, Theme
from viewer.view3d.orbit_camera import (
    GRID_DISTANCE,
    HIT_RADIUS_PX,
    TURN_PER_PX,
    VISIBLE_SIDES,
    Orbit,
    grid_orbit,
)
from viewer.view3d.projection import BOX_EDGES, NEAR_SHARE, Projection, voxel_corners

HEIGHT = 220
LARGEST = 9.0  # radius of a sample with all weight, pixels
FAINT_WEIGHT = 0.002
SIDE_YAW = np.radians(62)  # of the first view, from the camera's
KEY_TURN = 0.1  # radians


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
        self._orbit: Orbit | None = None
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
            self._orbit = None  # another scene, and not the same one with newer weights
        self._scene, self._camera, self.rays = scene, camera, rays
        self._voxel, self.theme = voxel, theme
        if self._orbit is None:
            self.look_from_beside()
        self.update()

    def look_from_beside(self) -> None:
        """Look across the camera's rays."""
        if self._scene is None or self._camera is None:
            return
        self._orbit = grid_orbit(self._scene, self._camera, SIDE_YAW)
        self.update()

    def projection(self) -> Projection | None:
        """How the widget sees the grid; None while it shows none."""
        if self._orbit is None:
            return None
        scale = self.height() / VISIBLE_SIDES * GRID_DISTANCE
        center = (self.width() / 2, self.height() / 2)
        return Projection(self._orbit.camera, scale, center, near=NEAR_SHARE * self._orbit.distance)

    def sample_at(self, place: QPointF) -> tuple[int, int] | None:
        """The ray and plane of the sample under a place: of several, the heaviest."""
        view, best = self.projection(), None
        for number, ray in enumerate(self.rays if view else ()):
            points, _ = view.points(ray.table.world)
            away = np.hypot(points[:, 0] - place.x(), points[:, 1] - place.y())
            reach = np.maximum(_radii(ray.table.weights), HIT_RADIUS_PX)
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
            view = self.projection()
            if view is None or self._scene is None:
                return
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_box(painter, view, self._scene.placement.corners, self.theme.faint)
            self._paint_camera(painter, view)
            for ray in reversed(self.rays):
                self._paint_ray(painter, view, ray)
            if self._voxel is not None:
                corners = voxel_corners(self._scene, self._voxel)
                self._paint_box(painter, view, corners, self.theme.text)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.accent), 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_box(
        self, painter: QPainter, view: Projection, corners: NDArray[np.float64], color: str
    ) -> None:
        first, last = np.array(BOX_EDGES).T
        painter.setPen(QPen(QColor(color), 1))
        lines = view.lines(corners[first], corners[last]).tolist()
        painter.drawLines([QLineF(*line) for line in lines])

    def _paint_camera(self, painter: QPainter, view: Projection) -> None:
        camera = self._camera
        size = 0.16 * self._scene.placement.scale
        ends = [
            camera.position + size * (camera.forward + 0.5 * (x * camera.right + y * camera.down))
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        points, _ = view.points(np.array([camera.position, *ends]))
        if not np.isfinite(points).all():
            return
        tip, *rim = (QPointF(x, y) for x, y in points)
        painter.setPen(QPen(QColor(self.theme.amber), 1.2))
        for start, end in pairwise([*rim, rim[0]]):
            painter.drawLine(start, end)
            painter.drawLine(tip, start)

    def _paint_ray(self, painter: QPainter, view: Projection, ray: ShownRay) -> None:
        table = ray.table
        line = view.lines(self._camera.position, table.world[-1:])
        points, _ = view.points(table.world)
        color = QColor(ray.color(self.theme))
        thin, pale = QColor(color), QColor(color)
        thin.setAlpha(130)
        pale.setAlpha(90)
        painter.setPen(QPen(thin, 1))
        painter.drawLines([QLineF(*ends) for ends in line.tolist()])
        painter.setPen(Qt.PenStyle.NoPen)
        radii = _radii(table.weights)
        for plane in np.flatnonzero((table.weights >= FAINT_WEIGHT) & np.isfinite(points[:, 0])):
            place = QPointF(*points[plane])
            painter.setBrush(color if table.inside[plane] else pale)
            painter.drawEllipse(place, radii[plane], radii[plane])
        painter.setBrush(Qt.BrushStyle.NoBrush)

    @property
    def orbit(self) -> Orbit | None:
        """From where the grid is seen; None while none is shown."""
        return self._orbit

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
        self.turn(TURN_PER_PX * way.x(), TURN_PER_PX * way.y())

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
            Qt.Key.Key_Left: (KEY_TURN, 0.0),
            Qt.Key.Key_Right: (-KEY_TURN, 0.0),
            Qt.Key.Key_Up: (0.0, KEY_TURN),
            Qt.Key.Key_Down: (0.0, -KEY_TURN),
        }
        turn = turns.get(Qt.Key(event.key()))
        if turn is None:
            super().keyPressEvent(event)
        else:
            self.turn(*turn)

    def turn(self, right: float, down: float) -> None:
        """Turn around the grid by angles in radians."""
        if self._orbit is not None:
            self._orbit = self._orbit.turned(right, down)
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
