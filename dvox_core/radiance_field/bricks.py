"""The order of voxels in memory: bricks of 4 × 4 × 4, so that what is near in space is near there.

Voxel (x, y, z) of a field of side G has the number 64 · brick + 16 · (z mod 4) + 4 · (y mod 4) +
(x mod 4), with bricks themselves in the order z, y, x.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

EDGE = 4
"""Of a brick, in voxels."""

Value = TypeVar("Value", bound=np.generic)


def to_bricks(volume: NDArray[Value]) -> NDArray[Value]:
    """[G, G, G, …], axes (z, y, x) → [G³, …] in the order of bricks; a copy."""
    side, rest = volume.shape[0] // EDGE, volume.shape[3:]
    split = volume.reshape(side, EDGE, side, EDGE, side, EDGE, *rest)
    return np.ascontiguousarray(np.moveaxis(split, (1, 3), (3, 4))).reshape(-1, *rest)


def from_bricks(rows: NDArray[Value], side: int) -> NDArray[Value]:
    """[G³, …] in the order of bricks → [G, G, G, …], axes (z, y, x); a copy."""
    bricks, rest = side // EDGE, rows.shape[1:]
    split = rows.reshape(bricks, bricks, bricks, EDGE, EDGE, EDGE, *rest)
    ordered = np.ascontiguousarray(np.moveaxis(split, (3, 4), (1, 3)))
    return ordered.reshape(side, side, side, *rest)
