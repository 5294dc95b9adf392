"""Looks at a scene's space: an orbiting view, the way from world to widget, and lines clipped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.lens import Lens
from dvox_core.data.source import SourceView
from dvox_core.geometry.cameras import Camera, Intrinsics, look_at

Array = NDArray[np.float64]
Triple = tuple[float, float, float]

NEAREST = 1e-3
"""Depth before which nothing is shown, as a share of the view's distance."""

WIDEST = 3.0
"""Through a lens nothing is shown farther out than so many half pictures: it folds there."""

PYRAMID_SHARE = 0.09
"""Size of the cameras' pyramids against their distance to the grid."""

STEEPEST = np.radians(89.0)
PIECES = 12  # of a line seen through a lens, which bends it

BOX_EDGES = tuple((i, i | bit) for i in range(8) for bit in (1, 2, 4) if not i & bit)
"""Pairs of `GridPlacement.corners`."""


@dataclass(frozen=True)
class Orbit:
    """A view from around a point.

    Attributes:
        target: world units.
        distance: to the target, world units.
        azimuth, elevation: radians, against `up`.
        up: unit vector.
    """

    target: Triple
    distance: float
    azimuth: float
    elevation: float
    up: Triple

    @property
    def camera(self) -> Camera:
        """Where it is seen from."""
        up = np.asarray(self.up)
        first = np.cross(up, np.eye(3)[int(np.argmin(np.abs(up)))])
        first /= np.linalg.norm(first)
        second = np.cross(up, first)
        flat = np.cos(self.azimuth) * first + np.sin(self.azimuth) * second
        outward = np.cos(self.elevation) * flat + np.sin(self.elevation) * up
        position = np.asarray(self.target) + self.distance * outward
        return look_at(position, self.target, self.up)

    def turned(self, right: float, down: float) -> "Orbit":
        """Turned by angles in radians."""
        elevation = float(np.clip(self.elevation + down, -STEEPEST, STEEPEST))
        return replace(self, azimuth=self.azimuth - right, elevation=elevation)

    def nearer(self, factor: float) -> "Orbit":
        """At another distance."""
        return replace(self, distance=self.distance * factor)

    def moved(self, right: float, down: float) -> "Orbit":
        """Moved sideways by shares of the distance."""
        camera = self.camera
        shift = self.distance * (right * camera.right + down * camera.down)
        x, y, z = np.asarray(self.target) + shift
        return replace(self, target=(float(x), float(y), float(z)))


def first_orbit(positions: Array, center: Array, up: Array) -> Orbit:
    """A view of all cameras [N, 3] and what they look at, from above and aside."""
    extent = float(np.linalg.norm(positions - center, axis=1).max(initial=1e-6))
    x, y, z = center
    a, b, c = up
    target, upwards = (float(x), float(y), float(z)), (float(a), float(b), float(c))
    return Orbit(target, 2.5 * extent, 0.6, 0.45, upwards)


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


def frustum_corners(camera: Camera, lens: Lens, depth: float) -> Array:
    """[4, 3]: the corners of what a camera sees at a depth, in the world, around the picture."""
    x = (np.array([0, 1, 1, 0]) * lens.width - lens.principal_x) / lens.focal_x
    y = (np.array([0, 0, 1, 1]) * lens.height - lens.principal_y) / lens.focal_y
    rays = np.stack([x, y, np.ones(4)], axis=1)
    return np.asarray(camera.position + depth * rays @ camera.rotation.T)


def camera_pyramids(views: Sequence[SourceView], center: Array) -> Array:
    """[V, 8, 2, 3]: the edges of a small pyramid for each view's camera, in the world."""
    positions = np.array([view.camera.position for view in views])
    depth = PYRAMID_SHARE * float(np.median(np.linalg.norm(positions - center, axis=1)))
    pyramids = []
    for view, position in zip(views, positions, strict=True):
        corners = frustum_corners(view.camera, view.lens, depth)
        sides = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
        spokes = np.stack([np.broadcast_to(position, corners.shape), corners], axis=1)
        pyramids.append(np.concatenate([sides, spokes]))
    return np.array(pyramids)


def square_lens(intrinsics: Intrinsics) -> Lens:
    """The lens of the imported pictures."""
    camera = intrinsics
    return Lens(
        width=camera.width,
        height=camera.height,
        focal_x=camera.focal,
        focal_y=camera.focal,
        principal_x=camera.principal_x,
        principal_y=camera.principal_y,
    )


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
