"""A camera that orbits a point, as all 3D widgets use it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.model.scene import Scene
from viewer.view3d.projection import Array

Triple = tuple[float, float, float]

MAX_ELEVATION = np.radians(89.0)

GRID_DISTANCE = 3.2
"""Of the first view of a grid, in sides of the grid."""

GRID_ELEVATION = np.radians(24)
"""Of the first view of a grid."""

VISIBLE_SIDES = 1.9
"""Sides of the grid that a widget shows at `GRID_DISTANCE`."""

TURN_PER_PX = 0.01
"""Radians that a drag turns for each pixel."""

HIT_RADIUS_PX = 7.0
"""How near to a mark a click means it."""


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

    @cached_property
    def camera(self) -> Camera:
        """Where it is seen from."""
        first, second = _horizontal_axes(np.asarray(self.up))
        flat = np.cos(self.azimuth) * first + np.sin(self.azimuth) * second
        outward = np.cos(self.elevation) * flat + np.sin(self.elevation) * np.asarray(self.up)
        position = np.asarray(self.target) + self.distance * outward
        return look_at(position, self.target, self.up)

    def turned(self, right: float, down: float) -> "Orbit":
        """Turned by angles in radians."""
        elevation = float(np.clip(self.elevation + down, -MAX_ELEVATION, MAX_ELEVATION))
        return replace(self, azimuth=self.azimuth - right, elevation=elevation)

    def nearer(self, factor: float) -> "Orbit":
        """At so many times the distance."""
        return self.at_distance(self.distance * factor)

    def at_distance(self, distance: float) -> "Orbit":
        """At another distance, world units."""
        return replace(self, distance=distance)

    def moved(self, right: float, down: float) -> "Orbit":
        """Moved sideways by shares of the distance."""
        camera = self.camera
        shift = self.distance * (right * camera.right + down * camera.down)
        return replace(self, target=_triple(np.asarray(self.target) + shift))


def grid_orbit(scene: Scene, camera: Camera, side_yaw: float) -> Orbit:
    """The first view of a scene's grid: from beside a camera, by an angle in radians."""
    first, second = _horizontal_axes(scene.up_axis)
    offset = camera.position - scene.pivot
    azimuth = float(np.arctan2(offset @ second, offset @ first)) + side_yaw
    distance = GRID_DISTANCE * scene.placement.scale
    return Orbit(
        _triple(scene.pivot), distance, azimuth, float(GRID_ELEVATION), _triple(scene.up_axis)
    )


def cameras_orbit(positions: Array, center: Array, up: Array) -> Orbit:
    """A view of all cameras [N, 3] and what they look at, from above and aside."""
    extent = float(np.linalg.norm(positions - center, axis=1).max(initial=1e-6))
    return Orbit(_triple(center), 2.5 * extent, 0.6, 0.45, _triple(up))


def _horizontal_axes(up: Array) -> tuple[Array, Array]:
    first = np.cross(up, np.eye(3)[int(np.argmin(np.abs(up)))])
    first /= np.linalg.norm(first)
    return first, np.cross(up, first)


def _triple(vector: Array) -> Triple:
    x, y, z = vector
    return float(x), float(y), float(z)
