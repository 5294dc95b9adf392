"""Orders in which a grid may observe its views."""

import enum
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera

Array = NDArray[np.float64]


class Order(enum.Enum):
    """How the views of a capture follow one another, by its name on the command line."""

    CAPTURED = "captured"
    SPREAD = "spread"
    RING = "ring"

    @property
    def title(self) -> str:
        """For people."""
        titles = {
            Order.CAPTURED: "As captured",
            Order.SPREAD: "Far apart first",
            Order.RING: "Along a ring",
        }
        return titles[self]


def ordered(order: Order, cameras: Sequence[Camera], center: Array, up: Array) -> list[int]:
    """The numbers of the cameras in an order.

    Args:
        center: [3], what they look at, world units.
        up: [3], the upright axis, for the ring.
    """
    if not cameras or order is Order.CAPTURED:
        return list(range(len(cameras)))
    offsets = np.array([camera.position for camera in cameras]) - center
    if order is Order.RING:
        return _along_a_ring(offsets, up / np.linalg.norm(up))
    return _far_apart_first(offsets)


def _far_apart_first(offsets: Array) -> list[int]:
    """Each next one is that which is farthest in angle from all that came before."""
    lengths = np.maximum(np.linalg.norm(offsets, axis=1, keepdims=True), 1e-12)
    directions = offsets / lengths
    cosines = directions @ directions.T
    chosen, nearest = [0], cosines[0].copy()
    nearest[0] = np.inf
    while len(chosen) < len(directions):
        following = int(np.argmin(nearest))
        chosen.append(following)
        nearest = np.maximum(nearest, cosines[following])
        nearest[chosen] = np.inf
    return chosen


def _along_a_ring(offsets: Array, up: Array) -> list[int]:
    """By the angle around the upright axis, from the first camera on."""
    side = np.eye(3)[int(np.argmin(np.abs(up)))]
    east = np.cross(up, side)
    east /= np.linalg.norm(east)
    north = np.cross(up, east)
    angles = np.arctan2(offsets @ north, offsets @ east)
    turned = (angles - angles[0]) % (2 * np.pi)
    turned[turned > 2 * np.pi - 1e-9] = 0.0  # rounding must not send the first one to the end
    return [int(number) for number in np.argsort(turned, kind="stable")]
