"""The voxel grid from outside: a cloud of its voxels, cameras, rays and the selected voxel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.voxel_questions import VoxelIndex
from dvox_core.model.scene import Scene, SceneCamera
from viewer.state.capture_views import view_label
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
from viewer.workers.background.latest_answer import LatestAnswer

MIN_DISTANCE, MAX_DISTANCE = 1.2, 16.0  # in sides of the grid
SIDE_YAW = 0.5  # radians, of the first view from the camera's
KEY_TURN = 0.1  # radians
CLICK = 4
CAMERA_SIZE = 0.12  # of a frustum, in sides of the grid
MOVING = 0.5  # size of the cloud's picture while it turns
REST_MS = 120


@dataclass(frozen=True, eq=False)
class SpaceLook:
    """What is seen of the grid.

    Attributes:
        scene: whose grid.
        cloud: [G, G, G, 4] (z, y, x), colour and opacity of each voxel, 0…1.
        camera: the picture's, drawn as a frustum.
        rays: lines in the world [2, 3] with their colours.
        voxel: the selected one.
        shows_cameras: whether the capture's cameras are drawn.
    """

    scene: Scene
    cloud: NDArray[np.float32]
    camera: Camera
    rays: Sequence[tuple[NDArray[np.float64], str]]
    voxel: VoxelIndex | None
    shows_cameras: bool


@dataclass(frozen=True, eq=False)
class _Order:
    look: SpaceLook
    projection: Projection
    width: int
    height: int
    scale: float


class VoxelCloudView(QWidget):
    """Turned by a drag, or looks as the picture's camera does."""

    place_chosen = Signal(object)  # VoxelIndex
    camera_chosen = Signal(object)  # SceneCamera
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(64, 64)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("The voxels from outside")
        self.setToolTip(
            "The voxels from outside.\nDrag or arrow keys turn, + and − or Ctrl and wheel zoom, "
            "double-click returns to the first view, a click selects a voxel."
        )
        self.theme = DARK
        self.follows = False
        self.cast_count = 0
        self._stopped = True
        self._look: SpaceLook | None = None
        self._orbit: Orbit | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._turned = False
        self._image = QImage()
        self._worker: LatestAnswer[_Order] = LatestAnswer(_cast, "Casting the voxels", self)
        self._worker.answered.connect(self._take_image)
        self._worker.failed.connect(self.failed)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(lambda: self._ask(1.0))

    def show_look(self, look: SpaceLook | None, theme: Theme) -> None:
        """Show this, or nothing."""
        began, self._stopped = self._stopped, False
        former, self._look, self.theme = self._look, look, theme
        if look is None:
            self._image = QImage()
            self.update()
            return
        if former is None or former.scene is not look.scene:
            self.reset()
        moved = self.follows and former is not None and former.camera != look.camera
        if began or former is None or former.cloud is not look.cloud:
            self._ask(1.0)
        elif moved:
            self._ask_moving()
        self.update()

    def set_follows(self, follows: bool) -> None:
        """Look as the picture's camera does, or from where it was turned to."""
        self.follows = follows
        self._ask(1.0)
        self.update()

    def stop(self) -> None:
        """Compute nothing more until something is to be shown again."""
        self._stopped = True
        self._rest.stop()
        self._worker.stop()

    def reset(self) -> None:
        """Back to the first view."""
        look = self._look
        if look is not None:
            self._orbit = grid_orbit(look.scene, look.camera, SIDE_YAW)
        self._ask_moving()

    def projection(self) -> Projection | None:
        """How it sees the grid now; None while it shows none."""
        if self._look is None or self._orbit is None:
            return None
        scene, near = self._look.scene, NEAR_SHARE * self._look.scene.placement.scale
        x, y = self.width() / 2, self.height() / 2
        if self.follows:
            intrinsics = scene.intrinsics.scaled_to(scene.config.image_size)
            factor = min(self.width(), self.height()) / intrinsics.height
            x += factor * (intrinsics.principal_x - intrinsics.width / 2)
            y += factor * (intrinsics.principal_y - intrinsics.height / 2)
            return Projection(self._look.camera, intrinsics.focal * factor, (x, y), near)
        focal = min(self.width(), self.height()) / VISIBLE_SIDES * GRID_DISTANCE
        return Projection(self._orbit.camera, focal, (x, y), near)

    def turn(self, right: float, down: float) -> None:
        """Turn around the grid by angles in radians, unless it follows the picture."""
        if not self.follows and self._orbit is not None:
            self._orbit = self._orbit.turned(right, down)
            self._ask_moving()
            self.update()

    def zoom(self, factor: float) -> None:
        """Go so many times as near, unless it follows the picture."""
        if not self.follows and self._look is not None and self._orbit is not None:
            side = self._look.scene.placement.scale
            distance = np.clip(
                self._orbit.distance / factor, MIN_DISTANCE * side, MAX_DISTANCE * side
            )
            self._orbit = self._orbit.at_distance(float(distance))
            self._ask_moving()
            self.update()

    def place_at(self, point: QPointF) -> VoxelIndex | None:
        """The voxel that one sees under a point: where a ray first meets something."""
        view = self.projection()
        if self._look is None or view is None:
            return None
        side = self._look.scene.config.grid_size
        to_grid = self._look.scene.placement.world_to_grid(side)
        start = to_grid[:3, :3] @ view.camera.position + to_grid[:3, 3]
        direction = to_grid[:3, :3] @ view.ray_direction(point.x(), point.y())
        direction /= np.linalg.norm(direction)
        middle = (side - 1) / 2
        reach = float((np.full(3, middle) - start) @ direction)
        steps = np.arange(max(reach - side, 0.0), reach + side, 0.5)
        places = np.rint(start + steps[:, None] * direction).astype(int)
        places = places[((places >= 0) & (places < side)).all(axis=1)]
        opacity = self._look.cloud[places[:, 2], places[:, 1], places[:, 0], 3]
        left = np.cumprod(np.concatenate([[1.0], 1 - np.minimum(opacity, 0.999)]))[:-1]
        if not len(places) or (opacity * left).max(initial=0) < 0.01:
            return None
        x_, y_, z_ = (int(value) for value in places[(opacity * left).argmax()])
        return (x_, y_, z_)

    def camera_at(self, point: QPointF) -> SceneCamera | None:
        """The camera of the capture under a point."""
        look, view = self._look, self.projection()
        if look is None or view is None or not look.shows_cameras or not look.scene.cameras:
            return None
        points, _ = view.points([known.camera.position for known in look.scene.cameras])
        away = np.hypot(points[:, 0] - point.x(), points[:, 1] - point.y())
        away = np.where(np.isfinite(away), away, np.inf)
        nearest = int(away.argmin())
        return look.scene.cameras[nearest] if away[nearest] < HIT_RADIUS_PX else None

    # The cloud's picture

    def _ask_moving(self) -> None:
        self._ask(MOVING)
        if not self._stopped:
            self._rest.start()

    def _ask(self, scale: float) -> None:
        view = self.projection()
        if self._look is not None and view is not None and self.width() > 1 and not self._stopped:
            self._worker.ask(_Order(self._look, view, self.width(), self.height(), scale))

    def _take_image(self, pixels: NDArray[np.uint8]) -> None:
        self.cast_count += 1
        height, width = pixels.shape[:2]
        image = QImage(
            pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied
        )
        self._image = image.copy()
        self.update()

    # Painting

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint box, cameras, cloud, rays and the selected voxel."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self.theme.viewport))
            view = self.projection()
            if self._look is None or view is None:
                return
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_box(painter, view, self._look.scene.placement.corners, self.theme.faint)
            if self._look.shows_cameras:
                self._paint_cameras(painter, view)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._image)
            for ends, color in self._look.rays:
                self._paint_line(painter, view, ends, color)
            if self._look.voxel is not None:
                corners = voxel_corners(self._look.scene, self._look.voxel)
                self._paint_box(painter, view, corners, self.theme.text)
            if not self.follows:
                self._paint_frustum(painter, view, [self._look.camera], self.theme.amber, 2.0)
            self._paint_axes(painter, view)
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

    def _paint_cameras(self, painter: QPainter, view: Projection) -> None:
        scene = self._look.scene
        trained = [view.camera for view in scene.cameras if view.split == "train"]
        others = [view.camera for view in scene.cameras if view.split != "train"]
        self._paint_frustum(painter, view, others, self.theme.faint, 1.0)
        self._paint_frustum(painter, view, trained, self.theme.muted, 1.0)

    def _paint_frustum(
        self,
        painter: QPainter,
        view: Projection,
        cameras: Sequence[Camera],
        color: str,
        size: float,
    ) -> None:
        if not cameras:
            return
        size *= CAMERA_SIZE * self._look.scene.placement.scale
        rim = np.array([(-0.5, -0.5, 1), (0.5, -0.5, 1), (0.5, 0.5, 1), (-0.5, 0.5, 1), (0, 0, 0)])
        world = np.concatenate(
            [size * rim @ camera.rotation.T + camera.position for camera in cameras]
        )
        points = view.points(world)[0].reshape(-1, 5, 2)
        points = points[np.isfinite(points).all(axis=(1, 2))]
        pairs = ((0, 1), (1, 2), (2, 3), (3, 0), (4, 0), (4, 1), (4, 2), (4, 3))
        lines = [QLineF(*shape[start], *shape[end]) for shape in points for start, end in pairs]
        painter.setPen(QPen(QColor(color), 1))
        painter.drawLines(lines)

    def _paint_line(
        self, painter: QPainter, view: Projection, ends: NDArray[np.float64], color: str
    ) -> None:
        painter.setPen(QPen(QColor(color), 1.2))
        lines = view.lines(ends[0], ends[1]).tolist()
        painter.drawLines([QLineF(*line) for line in lines])

    def _paint_axes(self, painter: QPainter, view: Projection) -> None:
        """Name the axes at the grid's first corner."""
        placement = self._look.scene.placement
        corner = np.asarray(placement.center) - placement.scale / 2
        ends = corner + np.eye(3) * placement.scale * 1.07
        painter.setPen(QColor(self.theme.muted))
        for name, point in zip("xyz", view.points(ends)[0], strict=True):
            if np.isfinite(point).all():
                box = QRectF(point[0] - 8, point[1] - 8, 16, 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    # Qt's overrides

    def hasHeightForWidth(self) -> bool:
        """It is square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """It is square."""
        return width

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(160, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cast the cloud anew."""
        super().resizeEvent(event)
        if self.isVisible():
            self._ask(1.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to turn, or a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._last = event.position()
            self._turned = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn."""
        if self._pressed is None:
            self._show_tip(event)
            return
        if not self._turned and (event.position() - self._pressed).manhattanLength() < CLICK:
            return
        way = event.position() - self._last
        self._turned, self._last = True, event.position()
        self.turn(TURN_PER_PX * way.x(), TURN_PER_PX * way.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose a camera or a voxel, if it was a click."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        self._pressed = None
        if self._turned:
            return
        view = self.camera_at(event.position())
        place = None if view else self.place_at(event.position())
        if view is not None:
            self.camera_chosen.emit(view)
        elif place is not None:
            self.place_chosen.emit(place)

    def mouseDoubleClickEvent(self, _: QMouseEvent) -> None:
        """Return to the first view."""
        self._pressed = None
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl; without, the wheel scrolls the panel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and not self.follows:
            self.zoom(1.1 ** (event.angleDelta().y() / 120))
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn and zoom by keys."""
        turns = {
            Qt.Key.Key_Left: (KEY_TURN, 0.0),
            Qt.Key.Key_Right: (-KEY_TURN, 0.0),
            Qt.Key.Key_Up: (0.0, KEY_TURN),
            Qt.Key.Key_Down: (0.0, -KEY_TURN),
        }
        key = Qt.Key(event.key())
        if self._look is not None and key in turns:
            self.turn(*turns[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.15)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / 1.15)
        else:
            super().keyPressEvent(event)

    def _show_tip(self, event: QMouseEvent) -> None:
        view = self.camera_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if view else Qt.CursorShape.ArrowCursor)
        if view is not None:
            text = f"{view_label(view)}: a click looks from it"
            QToolTip.showText(event.globalPosition().toPoint(), text, self)


def _cast(order: _Order) -> Any:
    """The cloud's picture, on the worker's thread."""
    from dvox_core.inspection.volume_casting import VolumeView, cast_volume

    seen = order.projection
    x, y = seen.origin
    view = VolumeView(seen.camera, seen.scale, x - 0.5, y - 0.5, order.width, order.height)
    return cast_volume(order.look.cloud, order.look.scene.placement, view.scaled(order.scale))
