"""The voxel grid from outside: a cloud of its voxels, cameras, rays and the selected voxel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy

from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.voxel_questions import VoxelIndex
from dvox_core.model.scene import Scene, SceneCamera
from viewer.state.capture_views import view_label
from viewer.theme import Theme
from viewer.view3d.orbit_camera import (
    GRID_DISTANCE,
    HIT_RADIUS_PX,
    VISIBLE_SIDES,
    Orbit,
    grid_orbit,
)
from viewer.view3d.projection import NEAR_SHARE, Projection, nearest_point, voxel_corners
from viewer.view3d.shapes import Lines, Shape, Volume, axis_labels, box_lines, camera_lines
from viewer.view3d.space_view import SpaceView, VolumeOrder
from viewer.workers.background.latest_answer import LatestAnswer

MIN_DISTANCE, MAX_DISTANCE = 1.2, 16.0  # in sides of the grid
SIDE_YAW = 0.5  # radians, of the first view from the camera's
CAMERA_SHARE = 0.12  # depth of a frustum, in sides of the grid
MOVING_SCALE = 0.5  # size of the cloud's picture while it turns
REST_MS = 120
PATIENCE_MS = 1000
PREPARING = "Preparing the cloud…"


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


class VoxelCloudView(SpaceView):
    """Turned by a drag, or looks as the picture's camera does."""

    place_chosen = Signal(object)  # VoxelIndex
    camera_chosen = Signal(object)  # SceneCamera
    failed = Signal(str)

    wheel_needs_ctrl = False  # as over the slices beside it

    def __init__(self) -> None:
        super().__init__(
            "The voxels from outside",
            "The voxels from outside.\nDrag or arrow keys turn, + and − or the wheel zoom, "
            "double-click returns to the first view, a click selects a voxel.",
        )
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(64, 64)
        self.follows = False
        self.cast_count = 0
        self._stopped = True
        self._look: SpaceLook | None = None
        self._around: tuple[object, list[Shape]] = (None, [])  # box and cameras, and whose
        self._volume: Volume | None = None
        self._ordered: VolumeOrder | None = None
        self._worker: LatestAnswer[tuple[VolumeOrder, float]] = LatestAnswer(
            _cast, "Casting the voxels", self
        )
        self._worker.answered.connect(self._take_picture)
        self._worker.failed.connect(self.failed)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._cast_at_rest)
        self._first = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._first.timeout.connect(self.refresh)

    def show_look(self, look: SpaceLook | None, theme: Theme) -> None:
        """Show this, or nothing."""
        if self._stopped:
            self._stopped, self._ordered = False, None
        former, self._look, self.theme = self._look, look, theme
        if look is None:
            self.show_volume_picture(None)
            self.refresh()
            return
        if self._volume is None or self._volume.cloud is not look.cloud:
            self._volume = Volume(look.cloud, look.scene.placement)
        if former is None or former.scene is not look.scene:
            self.reset()
        self.refresh()

    def set_follows(self, follows: bool) -> None:
        """Look as the picture's camera does, or from where it was turned to."""
        self.follows, self.can_turn = follows, not follows
        self.refresh()

    def stop(self) -> None:
        """Compute nothing more until something is to be shown again."""
        self._stopped = True
        self._rest.stop()
        self._first.stop()
        self._worker.leave()  # the first cast on a machine compiles for seconds

    def reset(self) -> None:
        """Back to the first view."""
        if self._look is not None:
            self._set_orbit(grid_orbit(self._look.scene, self._look.camera, SIDE_YAW))

    def projection(self) -> Projection | None:
        """How it sees the grid now; None while it shows none."""
        if self._look is None or self.orbit is None:
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
        return Projection(self.orbit.camera, focal, (x, y), near)

    def limited(self, orbit: Orbit) -> Orbit:
        """Neither inside the grid nor too far to see it."""
        assert self._look is not None
        side = self._look.scene.placement.scale
        distance = float(np.clip(orbit.distance, MIN_DISTANCE * side, MAX_DISTANCE * side))
        return orbit.at_distance(distance)

    def shapes(self) -> Sequence[Shape]:
        """Box, cameras, cloud, rays, the selected voxel and the picture's camera."""
        look, theme = self._look, self.theme
        if look is None or self._volume is None:
            return []
        size = CAMERA_SHARE * look.scene.placement.scale
        around = (look.scene, look.shows_cameras, theme)
        if around != self._around[0]:
            self._around = (around, self._shapes_around(look, size))
        shapes = [*self._around[1], self._volume]
        shapes += [Lines(ends[:1], ends[1:], color) for ends, color in look.rays]
        if look.voxel is not None:
            shapes.append(box_lines(voxel_corners(look.scene, look.voxel), theme.text))
        if not self.follows:
            shapes.append(camera_lines([look.camera], 2 * size, theme.amber))
        return shapes

    def _shapes_around(self, look: SpaceLook, size: float) -> list[Shape]:
        theme, scene = self.theme, look.scene
        shapes: list[Shape] = [box_lines(scene.placement.corners, theme.faint)]
        for is_trained, color in ((False, theme.faint), (True, theme.muted)):
            cameras = [
                view.camera for view in scene.cameras if (view.split == "train") is is_trained
            ]
            if look.shows_cameras and cameras:
                shapes.append(camera_lines(cameras, size, color))
        return [*shapes, *axis_labels(scene.placement, theme.muted)]

    def place_at(self, point: QPointF) -> VoxelIndex | None:
        """The voxel that one sees under a point: where a ray first meets something."""
        view = self.projection()
        if self._look is None or view is None:
            return None
        side = self._look.scene.voxel_config.grid_size
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
        nearest = nearest_point(points, point, HIT_RADIUS_PX)
        return None if nearest is None else look.scene.cameras[nearest]

    def clicked_at(self, point: QPointF) -> None:
        """Choose a camera or a voxel."""
        view = self.camera_at(point)
        place = None if view else self.place_at(point)
        if view is not None:
            self.camera_chosen.emit(view)
        elif place is not None:
            self.place_chosen.emit(place)

    def hovered_at(self, point: QPointF) -> None:
        """Point at cameras."""
        hit = self.camera_at(point) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hit else Qt.CursorShape.ArrowCursor)

    def tip_at(self, point: QPointF) -> str:
        """The camera under the mouse."""
        view = self.camera_at(point)
        return self.toolTip() if view is None else f"{view_label(view)}: a click looks from it"

    # The cloud's picture, where OpenGL does not paint it

    @property
    def is_preparing(self) -> bool:
        """Whether the first picture takes long: casting is compiled once on each machine."""
        waits = self._ordered is not None and not self.cast_count and not self._stopped
        return waits and not self.paints_by_opengl and not self._first.isActive()

    def paint_over(self, painter: QPainter, view: Projection | None) -> None:
        """Say why there is no cloud yet."""
        if self.is_preparing:
            painter.setPen(QColor(self.theme.muted))
            low = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
            painter.drawText(self.rect().adjusted(4, 4, -4, -4), low, PREPARING)

    def order_volume(self, order: VolumeOrder) -> None:
        """Have it cast: a smaller one while the view moves."""
        former, self._ordered = self._ordered, order
        if self._stopped or order.width < 2:
            return
        if former is None and not self.cast_count:
            self._first.start()
        if former is None or former.volume is not order.volume or _size(former) != _size(order):
            self._worker.ask((order, 1.0))
        elif not _is_same_view(former.view, order.view):
            self._worker.ask((order, MOVING_SCALE))
            self._rest.start()

    def _cast_at_rest(self) -> None:
        if self._ordered is not None and not self._stopped:
            self._worker.ask((self._ordered, 1.0))

    def _take_picture(self, rgba: NDArray[np.uint8]) -> None:
        self.cast_count += 1
        self.show_volume_picture(rgba)
        if self.cast_count == 1:
            self.refresh()

    # Qt's overrides

    def heightForWidth(self, width: int) -> int:
        """It is square."""
        return width

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(160, 160)


def _size(order: VolumeOrder) -> tuple[int, int]:
    return order.width, order.height


def _is_same_view(one: Projection, other: Projection) -> bool:
    return one.camera == other.camera and one.scale == other.scale and one.origin == other.origin


def _cast(question: tuple[VolumeOrder, float]) -> NDArray[np.uint8]:
    """The cloud's picture [H, W, 4], on the worker's thread."""
    from dvox_core.inspection.volume_casting import cast_volume
    from dvox_core.inspection.volume_view import VolumeView

    order, scale = question
    view, (x, y) = order.view, order.view.origin
    image = VolumeView(view.camera, view.scale, x - 0.5, y - 0.5, order.width, order.height)
    rgba = cast_volume(order.volume.cloud, order.volume.placement, image.scaled(scale))
    # Items paint colours that are not multiplied by their opacity.
    opacity = np.maximum(rgba[..., 3:], 1).astype(np.float32) / 255
    rgba[..., :3] = np.minimum(rgba[..., :3] / opacity, 255).astype(np.uint8)
    return rgba
