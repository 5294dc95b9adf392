"""Casts rays through a coloured volume, on one core: a picture of the voxels from outside.

Importing this module loads numba and, the first time on a machine, compiles for some seconds:
only off the window's thread. What was compiled is kept on disk. (On the CPU for all: 32³ voxels
take some 10 ms, it is the same picture with OpenGL and without, and no second context is needed.)
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dvox_core.geometry.grid import GridPlacement
from dvox_core.inspection.volume_view import VolumeView

STEP = 0.7
"""Distance of two samples of a ray, in voxels."""

OPAQUE = 0.985
"""A ray ends when so much of its light is taken."""


def cast_volume(
    volume: NDArray[np.float32],  # [G, G, G, 4] (z, y, x): colour and opacity of a voxel, 0…1
    placement: GridPlacement,
    view: VolumeView,
) -> NDArray[np.uint8]:
    """The picture [height, width, 4] of a volume: RGBA with its colours times its opacity.

    A voxel's opacity is that of light that goes through all of it; between voxels colour and
    opacity are interpolated, and a volume ends half a voxel beyond its outermost ones.
    """
    side = volume.shape[0]
    to_grid = placement.world_to_grid(side) @ view.camera.camera_to_world
    premultiplied = volume.copy()
    premultiplied[..., :3] *= volume[..., 3:]
    picture = np.empty((view.height, view.width, 4), dtype=np.uint8)
    _cast(
        premultiplied,
        _reaches(volume[..., 3] > 0),
        np.ascontiguousarray(to_grid[:3, :3], dtype=np.float32),
        np.ascontiguousarray(to_grid[:3, 3], dtype=np.float32),
        (float(view.focal), float(view.center_x), float(view.center_y)),
        picture,
    )
    return picture


def _reaches(filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[G + 1, G + 1, G + 1]: cells between voxels with a filled one at a corner."""
    padded = np.pad(filled, 1)
    cells = np.zeros(tuple(side + 1 for side in filled.shape), dtype=np.bool_)
    for z in (0, 1):
        for y in (0, 1):
            for x in (0, 1):
                cells |= padded[
                    z : z + cells.shape[0], y : y + cells.shape[1], x : x + cells.shape[2]
                ]
    return cells


@njit(cache=True, nogil=True, fastmath=True)
def _cast(volume, filled, rotation, origin, lens, picture):  # type: ignore[no-untyped-def]  # pragma: no cover
    side = volume.shape[0]
    height, width = picture.shape[:2]
    focal, center_x, center_y = lens
    low, high = np.float32(-0.5), np.float32(side - 0.5)
    for row in range(height):
        for column in range(width):
            picture[row, column, :] = 0
            x = np.float32((column - center_x) / focal)
            y = np.float32((row - center_y) / focal)
            dx = rotation[0, 0] * x + rotation[0, 1] * y + rotation[0, 2]
            dy = rotation[1, 0] * x + rotation[1, 1] * y + rotation[1, 2]
            dz = rotation[2, 0] * x + rotation[2, 1] * y + rotation[2, 2]
            length = np.sqrt(dx * dx + dy * dy + dz * dz)
            dx, dy, dz = dx / length, dy / length, dz / length
            near, far = np.float32(0), np.float32(1e9)
            for axis in range(3):
                start = origin[axis]
                way = dx if axis == 0 else (dy if axis == 1 else dz)
                if abs(way) < 1e-9:
                    if start < low or start > high:
                        far = np.float32(-1)
                    continue
                one, other = (low - start) / way, (high - start) / way
                near, far = max(near, min(one, other)), min(far, max(one, other))
            red = green = blue = taken = np.float32(0)
            at = near + np.float32(0.5 * STEP)
            while at < far and taken < OPAQUE:
                px, py, pz = origin[0] + at * dx, origin[1] + at * dy, origin[2] + at * dz
                at += np.float32(STEP)
                fx, fy, fz = np.floor(px), np.floor(py), np.floor(pz)
                x0, y0, z0 = int(fx), int(fy), int(fz)
                if not filled[z0 + 1, y0 + 1, x0 + 1]:
                    continue
                wx, wy, wz = px - fx, py - fy, pz - fz
                r = g = b = a = np.float32(0)
                for corner in range(8):
                    cx, cy, cz = corner & 1, (corner >> 1) & 1, corner >> 2
                    weight = (
                        (wx if cx else 1 - wx) * (wy if cy else 1 - wy) * (wz if cz else 1 - wz)
                    )
                    vx = min(max(x0 + cx, 0), side - 1)
                    vy = min(max(y0 + cy, 0), side - 1)
                    vz = min(max(z0 + cz, 0), side - 1)
                    r += weight * volume[vz, vy, vx, 0]
                    g += weight * volume[vz, vy, vx, 1]
                    b += weight * volume[vz, vy, vx, 2]
                    a += weight * volume[vz, vy, vx, 3]
                if a <= 0:
                    continue
                # Of a step's length instead of a voxel's.
                opacity = 1 - (1 - min(a, np.float32(0.999))) ** np.float32(STEP)
                share = (1 - taken) * opacity / a
                red += share * r
                green += share * g
                blue += share * b
                taken += (1 - taken) * opacity
            picture[row, column, 0] = np.uint8(min(red, np.float32(1)) * 255 + 0.5)
            picture[row, column, 1] = np.uint8(min(green, np.float32(1)) * 255 + 0.5)
            picture[row, column, 2] = np.uint8(min(blue, np.float32(1)) * 255 + 0.5)
            picture[row, column, 3] = np.uint8(min(taken, np.float32(1)) * 255 + 0.5)
