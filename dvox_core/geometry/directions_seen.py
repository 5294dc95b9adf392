"""From which sides a scene was photographed, in numbers and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera

REACH_DEGREES = 20.0
"""A picture shows its scene well from so far to either side."""

GAP_DEGREES = 60.0
"""A wider stretch without a picture is told of."""

FULL_DEGREES = 340.0

STEP = 1.0  # degrees of the circle that is counted


@dataclass(frozen=True)
class DirectionsSeen:
    """Where around a scene pictures were taken.

    Attributes:
        degrees: of the 360 around the scene's upright axis that a picture looks from.
        gaps: (middle, width) of each wide stretch without a picture, in degrees; 0 is the side
            from which most pictures look, positive to the right of somebody who stands there.
        highest: the largest height of a camera above the scene's middle, as an angle in degrees.
    """

    degrees: float
    gaps: tuple[tuple[float, float], ...]
    highest: float

    @property
    def words(self) -> str:
        """E.g. "seen from 150° of 360°, nothing from behind"."""
        missing = list(dict.fromkeys(_side(middle) for middle, _ in self.gaps))
        if self.degrees >= FULL_DEGREES:
            text = "seen from all around"
        else:
            text = f"seen from {self.degrees:.0f}° of 360°"
            if missing:
                text += f", nothing from {' or '.join(missing)}"
        return text


def directions_seen(
    cameras: Sequence[Camera], center: NDArray[np.float64], up: NDArray[np.float64]
) -> DirectionsSeen:
    """Where around a point cameras stand.

    Args:
        cameras: at least one.
        center: [3], world units.
        up: [3], a unit vector.
    """
    offsets = np.array([camera.position for camera in cameras]) - center
    heights = offsets @ up
    flat = offsets - heights[:, None] * up
    first = flat[int(np.argmax(np.linalg.norm(flat, axis=1)))]
    length = float(np.linalg.norm(first))
    elevations = np.degrees(np.arctan2(heights, np.linalg.norm(flat, axis=1)))
    if length < 1e-9:
        return DirectionsSeen(0.0, (), float(elevations.max()))
    ahead = first / length
    right = np.cross(up, ahead)
    angles = np.degrees(np.arctan2(flat @ right, flat @ ahead))
    circle = np.arange(0.0, 360.0, STEP)
    away = np.abs((circle[:, None] - angles + 180) % 360 - 180).min(axis=1)
    seen = away <= REACH_DEGREES
    front = np.degrees(
        np.angle(np.exp(1j * np.radians(angles)).sum())
    )  # where cameras are most, or anywhere if they are all around
    gaps = tuple(
        ((middle - front + 180) % 360 - 180, width)
        for middle, width in _gaps(circle, seen)
        if width >= GAP_DEGREES - 2 * REACH_DEGREES
    )
    return DirectionsSeen(float(seen.sum() * STEP), gaps, float(elevations.max()))


def _gaps(circle: NDArray[np.float64], seen: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """(middle, width) of the stretches of the circle that are not seen."""
    if seen.all() or not seen.any():
        return []
    start = int(np.argmax(seen))
    turned, angles = np.roll(seen, -start), circle + circle[start]
    gaps, begin = list[tuple[float, float]](), -1
    for index, value in enumerate([*turned, True]):
        if not value and begin < 0:
            begin = index
        elif value and begin >= 0:
            width = (index - begin) * STEP
            gaps.append((float(angles[begin]) + width / 2, width))
            begin = -1
    return gaps


def _side(middle: float) -> str:
    if abs(middle) > 135:
        return "behind"
    if abs(middle) < 45:
        return "the front"
    return "the right" if middle > 0 else "the left"
