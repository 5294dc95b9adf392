"""How a widget sees the world: points as pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.voxel_questions import Place
from dvox_core.model.scene import Scene


@dataclass(frozen=True, eq=False)
class Lens:
    """How the widget sees the world.

    Attributes:
        camera: from where.
        focal: in the widget's pixels.
        center: the optical axis, in the widget's pixels.
    """

    camera: Camera
    focal: float
    center: QPointF

    def points(self, world: NDArray[np.float64]) -> NDArray[np.float64]:
        """World points [N, 3] → pixels and depth [N, 3]; NaN where not before the camera."""
        seen = (np.atleast_2d(world) - self.camera.position) @ self.camera.rotation
        depth = np.where(seen[:, 2] > 1e-6, seen[:, 2], np.nan)
        return np.stack(
            [
                self.center.x() + self.focal * seen[:, 0] / depth,
                self.center.y() + self.focal * seen[:, 1] / depth,
                depth,
            ],
            axis=1,
        )


def horizontal_axes(
    scene: Scene,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Two horizontal axes and up."""
    up = scene.up_axis
    first = np.roll(np.abs(up), 1)
    return first, np.cross(up, first), up


def voxel_corners(scene: Scene, place: Place) -> NDArray[np.float64]:
    """[8, 3]: the corners of a voxel in world units."""
    to_world = scene.placement.grid_to_world(scene.config.grid_size)
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij")).reshape(3, 8).T
    return (np.array(place) + signs / 2) @ to_world[:3, :3].T + to_world[:3, 3]
