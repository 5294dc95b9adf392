"""Views along the world's axes: front, right and top, and what is opposite."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dvox_core.geometry.cameras import look_at
from viewer.viewport.navigation.camera_motion import OrbitPose

Array = NDArray[np.float64]


def named_directions(up: ArrayLike) -> dict[str, Array]:
    """Unit vectors from the scene to where front, right and top are seen from, and the opposites.

    Right is the x axis and top is `up`; with z upwards the front is seen from −y, as Blender has
    it. Where x is upwards, y is at the right.
    """
    top = np.asarray(up, dtype=np.float64)
    top = top / np.linalg.norm(top)
    side = np.eye(3)[0 if abs(top[0]) < 0.9 else 1]
    right = side - (side @ top) * top
    right = right / np.linalg.norm(right)
    front = np.cross(right, top)
    return {
        "front": front,
        "back": -front,
        "right": right,
        "left": -right,
        "top": top,
        "bottom": -top,
    }


def view_from(view: OrbitPose, direction: Array, up: ArrayLike) -> OrbitPose:
    """Look at the pivot from a direction, from as far away; from the poles the front is below."""
    named = named_directions(up)
    upright = named["top"]
    along = float(direction @ upright)
    if abs(along) > 0.999:
        upright = -np.sign(along) * named["front"]
    position = view.pivot + view.distance * direction
    return OrbitPose(look_at(position, view.pivot, upright), view.pivot)


def nearest_direction(view: OrbitPose, up: ArrayLike) -> Array:
    """Of the named directions, the one that the view is nearest to."""
    return max(named_directions(up).values(), key=lambda way: float(-view.camera.forward @ way))
