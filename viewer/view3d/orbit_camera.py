"""A camera that orbits a point, as the 3D widgets use it."""

from dataclasses import dataclass, replace

import numpy as np

from dvox_core.geometry.cameras import Camera, look_at
from viewer.view3d.projection import Array

Triple = tuple[float, float, float]

STEEPEST = np.radians(89.0)


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
