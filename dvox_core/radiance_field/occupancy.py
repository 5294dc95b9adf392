"""Where a field may hold anything: its cells, and how far empty bricks are from the others."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dvox_core.radiance_field.field import DENSITY_SHIFT, Array

OCCUPIED_OPACITY = 0.01
"""What has less at all of its corners is taken as empty, in fitting and in rendering alike."""

MOST_BRICKS = 255

Bytes = NDArray[np.uint8]


class Occupancy:
    """What of a field is worth a sample.

    A cell is the space between eight voxels and has the lowest one's number. It is occupied where
    one of the eight has an opacity above `OCCUPIED_OPACITY`; the others can grow, so the occupied
    part may grow by a voxel from one look to the next. Empty bricks are skipped as a whole.

    Attributes:
        side: G, of the cube; outer_side of the surroundings, 0 if there are none.
        voxels: [R] uint8 in the order of `bricks`: whether each is above the threshold.
        cells: [R] uint8.
        distances: [(G/4)³] uint8: bricks to the cube's nearest occupied one (chessboard distance),
            0 in it.
        active: [B] int32: bricks with a voxel that some sample mixes.
    """

    def __init__(self, side: int, outer_side: int = 0) -> None:
        self.side, self.outer_side = side, outer_side
        self._threshold = np.float32(raw_of_opacity(OCCUPIED_OPACITY))
        self.restore(np.ones(side**3 + outer_side**3, dtype=np.uint8))

    def update(self, rows: Array) -> None:
        """Look at the rows [R·4]."""
        self.restore((rows[::4] > self._threshold).view(np.uint8))

    def restore(self, voxels: Bytes) -> None:
        """Take over `voxels`."""
        self.voxels = voxels
        inner, outer = np.split(voxels, [self.side**3])
        cells, occupied = _cells(inner, self.side)
        if occupied.any():
            distances = ndimage.distance_transform_cdt(~occupied, metric="chessboard")
        else:
            distances = np.full(occupied.shape, MOST_BRICKS)
        self.distances: Bytes = np.minimum(distances, MOST_BRICKS).astype(np.uint8).reshape(-1)
        self.cells, self.active = cells, _active(occupied)
        if self.outer_side:
            outer_cells, outer_occupied = _cells(outer, self.outer_side)
            self.cells = np.concatenate([cells, outer_cells])
            behind = _active(outer_occupied) + np.int32((self.side // 4) ** 3)
            self.active = np.concatenate([self.active, behind])


def raw_of_opacity(opacity: float) -> float:
    """The raw density at which a voxel has that opacity."""
    return DENSITY_SHIFT + math.log(opacity / (1 - opacity))


def _cells(voxels: Bytes, side: int) -> tuple[Bytes, NDArray[np.bool_]]:
    """Occupied cells in the order of bricks, and [G/4, G/4, G/4] bool: bricks that have one."""
    spread = _ordered(voxels, side)
    for axis in range(3):
        spread = _spread(spread, axis, 1)
    cells = _in_bricks(spread)
    bricks = side // 4
    words = cells.view(np.uint64).reshape(bricks, bricks, bricks, 8)
    return cells, np.asarray(words.any(axis=-1))


def _active(occupied: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Numbers of the bricks that hold a corner of some cell of an occupied brick."""
    reached = occupied.astype(np.uint8)
    for axis in range(3):
        reached = _spread(reached, axis, -1)
    return np.flatnonzero(reached).astype(np.int32)


def _spread(values: Bytes, axis: int, shift: int) -> Bytes:
    """The larger of values[i] and values[i + shift] along an axis; shift is 1 or −1."""
    result = values.copy()
    here: list[slice] = [slice(None)] * 3
    there: list[slice] = [slice(None)] * 3
    here[axis], there[axis] = slice(None, -1), slice(1, None)
    if shift < 0:
        here, there = there, here
    np.maximum(result[tuple(here)], values[tuple(there)], out=result[tuple(here)])
    return result


def _in_bricks(volume: Bytes) -> Bytes:
    """`to_bricks` for bytes, four at a time."""
    side = volume.shape[0]
    fours = np.ascontiguousarray(volume).view(np.uint32)
    fours = fours.reshape(side // 4, 4, side // 4, 4, side // 4)
    return np.ascontiguousarray(fours.transpose(0, 2, 4, 1, 3)).reshape(-1).view(np.uint8)


def _ordered(rows: Bytes, side: int) -> Bytes:
    """`from_bricks` for bytes, four at a time."""
    fours = rows.view(np.uint32).reshape(side // 4, side // 4, side // 4, 4, 4)
    ordered = np.ascontiguousarray(fours.transpose(0, 3, 1, 4, 2))
    return ordered.reshape(-1).view(np.uint8).reshape(side, side, side)
