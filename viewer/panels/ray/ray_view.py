"""Rays in space: through the grid, with samples as large as their weight."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from viewer.panels.pixel_rays import ShownRay
from viewer.state.selection import Voxel
from viewer.theme import Theme
from viewer.view3d.orbit_camera import GRID_DISTANCE, HIT_RADIUS_PX, VISIBLE_SIDES, grid_orbit
from viewer.view3d.projection import NEAR_SHARE, Projection, voxel_corners
from viewer.view3d.shapes import Dots, Lines, Shape, box_lines, camera_lines
from viewer.view3d.space_view import SpaceView

HEIGHT = 220
LARGEST = 9.0  # radius of a sample with all weight, pixels
FAINT_WEIGHT = 0.002
RAY_ALPHA, OUTSIDE_ALPHA = 130, 90
CAMERA_SHARE = 0.16  # depth of the camera's frustum, in sides of the grid
SIDE_YAW = np.radians(62)  # of the first view, from the camera's


class RayView(SpaceView):
    """The grid's box with rays through it; a drag turns it, a click chooses a sample."""

    sample_chosen = Signal(int, int)  # number of the ray, plane

    def __init__(self) -> None:
        super().__init__(
            "Rays through the grid",
            "The rays through the voxel grid, samples sized by their weight, pale outside it.\n"
            "Drag or arrow keys turn, Ctrl and wheel zoom, double-click looks from beside the "
            "camera, a click on a sample selects its voxel.",
        )
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.rays: Sequence[ShownRay] = ()
        self._scene: Scene | None = None
        self._camera: Camera | None = None
        self._voxel: Voxel | None = None
        self._shapes: Sequence[Shape] = ()

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
            self.orbit = None  # another scene, and not the same one with newer weights
        self._scene, self._camera, self.rays = scene, camera, rays
        self._voxel, self.theme = voxel, theme
        self._shapes = self._drawn(scene, camera)
        if self.orbit is None:
            self.orbit = grid_orbit(scene, camera, SIDE_YAW)
        self.refresh()

    def reset(self) -> None:
        """Look across the camera's rays."""
        if self._scene is not None and self._camera is not None:
            self._set_orbit(grid_orbit(self._scene, self._camera, SIDE_YAW))

    def projection(self) -> Projection | None:
        """How the widget sees the grid; None while it shows none."""
        if self.orbit is None:
            return None
        scale = self.height() / VISIBLE_SIDES * GRID_DISTANCE
        center = (self.width() / 2, self.height() / 2)
        return Projection(self.orbit.camera, scale, center, near=NEAR_SHARE * self.orbit.distance)

    def shapes(self) -> Sequence[Shape]:
        """Box, camera, rays with their samples, and the selected voxel."""
        return self._shapes

    def _drawn(self, scene: Scene, camera: Camera) -> list[Shape]:
        side, theme = scene.placement.scale, self.theme
        shapes: list[Shape] = [
            box_lines(scene.placement.corners, theme.faint),
            camera_lines([camera], CAMERA_SHARE * side, theme.amber),
        ]
        for ray in reversed(self.rays):
            table, color = ray.table, ray.color(theme)
            start, end = camera.position[None], table.world[-1:]
            shapes.append(Lines(start, end, color, alpha=RAY_ALPHA))
            seen = table.weights >= FAINT_WEIGHT
            for members, alpha in ((table.inside, 255), (~table.inside, OUTSIDE_ALPHA)):
                chosen = seen & members
                sizes = 2 * _radii(table.weights[chosen])
                shapes.append(Dots(table.world[chosen], color, sizes, alpha))
        if self._voxel is not None:
            shapes.append(box_lines(voxel_corners(scene, self._voxel), theme.text))
        return shapes

    def sample_at(self, place: QPointF) -> tuple[int, int] | None:
        """The ray and plane of the sample under a place: of several, the heaviest."""
        view, best = self.projection(), None
        if view is None:
            return None
        for number, ray in enumerate(self.rays):
            points, _ = view.points(ray.table.world)
            away = np.hypot(points[:, 0] - place.x(), points[:, 1] - place.y())
            reach = np.maximum(_radii(ray.table.weights), HIT_RADIUS_PX)
            for plane in np.flatnonzero(away <= reach):
                weight = float(ray.table.weights[plane])
                if best is None or weight > best[0]:
                    best = (weight, number, int(plane))
        return None if best is None else best[1:]

    def clicked_at(self, point: QPointF) -> None:
        """Choose the sample under the mouse."""
        hit = self.sample_at(point)
        if hit is not None:
            self.sample_chosen.emit(*hit)

    def hovered_at(self, point: QPointF) -> None:
        """Point at samples."""
        hit = self.sample_at(point)
        self.setCursor(Qt.CursorShape.PointingHandCursor if hit else Qt.CursorShape.ArrowCursor)

    def tip_at(self, point: QPointF) -> str:
        """The sample under the mouse."""
        hit = self.sample_at(point)
        if hit is None:
            return self.toolTip()
        number, plane = hit
        table = self.rays[number].table
        return (
            f"Ray {self.rays[number].place}, plane {plane}: weight {table.weights[plane]:.3g} "
            f"at depth {table.depths[plane]:.3f} units"
        )

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, HEIGHT)


def _radii(weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of samples in pixels: areas are in proportion to weights, with a floor to be seen."""
    return np.asarray(np.maximum(LARGEST * np.sqrt(weights.astype(np.float64)), 1.2))
