"""Projects world points into a widget: the only such projection in the window."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF

from dvox_core.data.lens import Lens
from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.voxel_questions import VoxelIndex
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import Box

Array = NDArray[np.float64]

BOX_EDGES = tuple((i, i | bit) for i in range(8) for bit in (1, 2, 4) if not i & bit)
"""Pairs of `GridPlacement.corners`."""

NEAR_SHARE = 1e-3
"""A near plane that disturbs nobody, as a share of the distance to what is looked at."""

MAX_SLOPE = 1e3
"""Points farther off the optical axis than so many times their depth are shown nowhere."""

MAX_LENS_WIDTHS = 3.0
"""A lens shows nothing beyond so many half pictures from its middle: its polynomials fold there."""

LENS_PIECES = 12
"""Straight pieces of a line that is seen through a lens, which bends it."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Where world points are shown in a widget.

    Attributes:
        camera: from where they are seen.
        scale: of a pinhole, its focal length in the widget's pixels; of a lens, the widget's pixels
            for each pixel of the lens's picture.
        origin: the widget's point of a pinhole's optical axis, or of a lens's pixel (0, 0).
        near: the depth up to which nothing is shown, world units.
        lens: None for a pinhole.
    """

    camera: Camera
    scale: float
    origin: tuple[float, float]
    near: float = 0.0
    lens: Lens | None = None

    def points(self, world: ArrayLike) -> tuple[Array, Array]:
        """World points [N, 3] → widget points [N, 2], NaN where not shown, and depths [N]."""
        seen = self._in_camera_space(world)
        depths = seen[:, 2]
        sideways = np.linalg.norm(seen[:, :2], axis=1)
        shown = (depths > self.near) & (sideways < MAX_SLOPE * depths)
        return np.where(shown[:, None], self._projected(seen), np.nan), depths

    def lines(self, starts: ArrayLike, ends: ArrayLike) -> Array:
        """Segments between world points [N, 3] → what is shown of them in the widget, [M, 4].

        Segments are cut at the near plane, which must not be zero; a lens makes many of one.
        """
        first, last = self._in_camera_space(starts), self._in_camera_space(ends)
        kept = np.maximum(first[:, 2], last[:, 2]) > self.near
        first, last = _clipped(first[kept], last[kept], self.near)
        pieces = 1 if self.lens is None else LENS_PIECES
        steps = np.linspace(0, 1, pieces + 1)[:, None, None]
        corners = first + steps * (last - first)
        shown = self._projected(corners.reshape(-1, 3)).reshape(pieces + 1, -1, 2)
        lines = np.concatenate([shown[:-1], shown[1:]], axis=-1).reshape(-1, 4)
        return np.asarray(lines[np.isfinite(lines).all(axis=1)])

    def box(self, corners: Array) -> Array:
        """What is shown of a box's edges, [M, 4]; its corners [8, 3] as `BOX_EDGES` orders them."""
        first, last = np.array(BOX_EDGES).T
        return self.lines(corners[first], corners[last])

    def shift_per_unit(
        self,
        point: Array,  # [3], world units
        axis: Array,  # [3]
        unit: float,
    ) -> Array:
        """[2]: how far a point moves in the widget for each world unit along an axis."""
        moved, _ = self.points(np.stack([point, point + unit * axis]))
        return np.asarray((moved[1] - moved[0]) / unit)

    def ray_direction(self, x: float, y: float) -> Array:
        """[3]: the direction in the world, of depth 1, of what is shown at a widget point."""
        pixel = (np.array([x, y]) - self.origin) / self.scale
        slopes = pixel if self.lens is None else self.lens.unproject(pixel)
        return np.asarray(self.camera.rotation @ (*slopes, 1.0))

    def _in_camera_space(self, world: ArrayLike) -> Array:
        offsets = np.atleast_2d(np.asarray(world, dtype=np.float64)) - self.camera.position
        return np.asarray(offsets @ self.camera.rotation)

    def _projected(self, seen: Array) -> Array:
        """Points in camera space [N, 3] → widget points [N, 2]; NaN before the near plane."""
        before = (seen[:, 2] > 0) & (seen[:, 2] >= 0.999 * self.near)
        slopes = seen[:, :2] / np.where(before, seen[:, 2], np.nan)[:, None]
        if self.lens is None:
            return np.asarray(self.scale * slopes + self.origin)
        half = MAX_LENS_WIDTHS / 2 * np.array([self.lens.width, self.lens.height])
        limit = half / (self.lens.focal_x, self.lens.focal_y)
        shown = np.asarray((np.abs(slopes) <= limit).all(axis=1))
        slopes = np.where(shown[:, None], slopes, np.nan)
        return np.asarray(self.scale * self.lens.project(slopes) + self.origin)


def nearest_point(
    points: ArrayLike,  # [N, 2], in the widget; NaN where not shown
    place: QPointF,
    reach: float,  # pixels
) -> int | None:
    """The number of the point nearest to a place, None if none is within reach."""
    ways = np.reshape(np.asarray(points, dtype=np.float64), (-1, 2)) - place.toTuple()
    away = np.nan_to_num(np.hypot(*ways.T), nan=np.inf)
    return int(away.argmin()) if away.min(initial=np.inf) <= reach else None


def box_corners(scene: Scene, box: Box) -> Array:
    """[8, 3]: the corners of a box of voxels in world units, as `BOX_EDGES` orders them."""
    to_world = scene.placement.grid_to_world(scene.voxel_config.grid_size)
    corners = np.array(list(itertools.product(*zip(box.lower, box.upper, strict=True)))) - 0.5
    return np.asarray(corners @ to_world[:3, :3].T + to_world[:3, 3])


def voxel_corners(scene: Scene, voxel: VoxelIndex) -> Array:
    """[8, 3]: the corners of a voxel in world units, as `BOX_EDGES` orders them."""
    x, y, z = voxel
    return box_corners(scene, Box((x, y, z), (x + 1, y + 1, z + 1)))


def _clipped(first: Array, last: Array, near: float) -> tuple[Array, Array]:
    """Segments in camera space without what lies before the near plane."""

    def clip(point: Array, other: Array) -> Array:
        span = other[:, 2] - point[:, 2]
        share = np.divide(
            near - point[:, 2], span, out=np.zeros_like(span), where=np.abs(span) > 1e-12
        )
        inside = point[:, 2] >= near
        return np.where(inside[:, None], point, point + share[:, None] * (other - point))

    return clip(first, last), clip(last, first)
