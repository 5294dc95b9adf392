"""Looks at a scene's space: an orbiting view, the way from world to widget, and lines clipped."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from dvox_core.data.lens import Lens
from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.voxel_questions import VoxelIndex
from dvox_core.model.scene import Scene

Array = NDArray[np.float64]

NEAREST = 1e-3
"""Depth before which nothing is shown, as a share of the view's distance."""

WIDEST = 3.0
"""Through a lens nothing is shown farther out than so many half pictures: it folds there."""


PIECES = 12  # of a line seen through a lens, which bends it

BOX_EDGES = tuple((i, i | bit) for i in range(8) for bit in (1, 2, 4) if not i & bit)
"""Pairs of `GridPlacement.corners`."""


@dataclass(frozen=True, eq=False)
class Sight:
    """The way from world to widget, through a pinhole or a picture's own lens.

    Attributes:
        lens: None for a pinhole of focal length `scale` around `origin`; else its pixels are
            scaled by `scale` and shifted by `origin`.
        nearest: depth before which nothing is shown, world units.
    """

    camera: Camera
    scale: float
    origin: tuple[float, float]
    nearest: float
    lens: Lens | None = None

    def points(self, world: Array) -> tuple[Array, Array]:
        """World points [N, 3] → widget points [N, 2] and depths [N]; NaN where not shown."""
        seen = (np.atleast_2d(world) - self.camera.position) @ self.camera.rotation
        return self._shown(seen), seen[:, 2]

    def lines(self, starts: Array, ends: Array) -> Array:
        """Segments between world points [N, 3] → what is shown of them, [M, 4] in the widget."""
        first = (np.atleast_2d(starts) - self.camera.position) @ self.camera.rotation
        last = (np.atleast_2d(ends) - self.camera.position) @ self.camera.rotation
        kept = np.maximum(first[:, 2], last[:, 2]) > self.nearest
        first, last = _clipped(first[kept], last[kept], self.nearest)
        pieces = 1 if self.lens is None else PIECES
        steps = np.linspace(0, 1, pieces + 1)[:, None, None]
        corners = first + steps * (last - first)
        shown = self._shown(corners.reshape(-1, 3)).reshape(pieces + 1, -1, 2)
        lines = np.concatenate([shown[:-1], shown[1:]], axis=-1).reshape(-1, 4)
        return np.asarray(lines[np.isfinite(lines).all(axis=1)])

    def shift_per_unit(self, point: Array, axis: Array, unit: float) -> Array:
        """[2]: how far a point moves in the widget for each world unit along an axis."""
        moved, _ = self.points(np.stack([point, point + unit * axis]))
        return np.asarray((moved[1] - moved[0]) / unit)

    def _shown(self, seen: Array) -> Array:
        depths = np.where(seen[:, 2] >= 0.999 * self.nearest, seen[:, 2], np.nan)
        flat = seen[:, :2] / depths[:, None]
        if self.lens is None:
            return np.asarray(self.scale * flat + self.origin)
        half = WIDEST / 2 * np.array([self.lens.width, self.lens.height])
        limit = half / (self.lens.focal_x, self.lens.focal_y)
        flat = np.where((np.abs(flat) <= limit).all(axis=1)[:, None], flat, np.nan)
        return np.asarray(self.scale * self.lens.project(flat) + self.origin)


def _clipped(first: Array, last: Array, nearest: float) -> tuple[Array, Array]:
    """Segments in camera space without what lies before the nearest depth."""

    def clip(point: Array, other: Array) -> Array:
        span = other[:, 2] - point[:, 2]
        share = np.divide(
            nearest - point[:, 2], span, out=np.zeros_like(span), where=np.abs(span) > 1e-12
        )
        inside = point[:, 2] >= nearest
        return np.where(inside[:, None], point, point + share[:, None] * (other - point))

    return clip(first, last), clip(last, first)


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


def voxel_corners(scene: Scene, place: VoxelIndex) -> NDArray[np.float64]:
    """[8, 3]: the corners of a voxel in world units."""
    to_world = scene.placement.grid_to_world(scene.config.grid_size)
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij")).reshape(3, 8).T
    return (np.array(place) + signs / 2) @ to_world[:3, :3].T + to_world[:3, 3]
