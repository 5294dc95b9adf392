"""The direction from a camera through every pixel of its picture, in the world."""

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera, Intrinsics


def direction_map(
    camera: Camera,
    intrinsics: Intrinsics,  # of the stored picture, in its pixels
    side: int,  # S, pixels of the map
) -> NDArray[np.float32]:
    """[3, S, S]: unit vectors in world axes, at integer pixels."""
    scaled = intrinsics.scaled_to(side)
    pixels = np.arange(side, dtype=np.float64)
    u, v = np.meshgrid(pixels, pixels)
    rays = np.stack(
        [
            (u - scaled.principal_x) / scaled.focal,
            (v - scaled.principal_y) / scaled.focal,
            np.ones_like(u),
        ]
    )
    rays /= np.linalg.norm(rays, axis=0)
    return np.asarray(np.einsum("ij,jvu->ivu", camera.rotation, rays), dtype=np.float32)
