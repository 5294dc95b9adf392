"""Which blocks of a field hold anything, and how far the others are from them."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dvox_core.radiance_field.field import DENSITY_SHIFT, Array

BLOCK = 4
FARTHEST = 255


class Occupancy:
    """The occupied blocks of a field that is being fitted; see `kernels_numba`.

    Attributes:
        occupied: [(G/4)³] uint8.
        distances: [(G/4)³] uint8: blocks to the nearest occupied one (chessboard distance), 0 in it.
        active: [B] int32: blocks that hold a row which some sample of an occupied block mixes.
    """

    def __init__(self, side: int, occupied_opacity: float) -> None:
        self._side, self._blocks = side, side // BLOCK
        self._threshold = np.float32(raw_of_opacity(occupied_opacity))
        self.occupied: NDArray[np.uint8] = np.ones(self._blocks**3, dtype=np.uint8)
        self._spread()

    def update(self, rows: Array) -> None:
        """Look at the rows anew. Rows outside the active blocks cannot have changed."""
        from dvox_core.radiance_field.kernels_numba import mark_occupied

        mark_occupied(rows, self._side, self.active, self._threshold, self.occupied)
        self._spread()

    def restore(self, occupied: NDArray[np.uint8]) -> None:
        """Take over what `occupied` was."""
        self.occupied[:] = occupied
        self._spread()

    def _spread(self) -> None:
        shape = (self._blocks,) * 3
        occupied = self.occupied.reshape(shape).astype(bool)
        if occupied.any():
            distances = ndimage.distance_transform_cdt(~occupied, metric="chessboard")
            self.distances = np.minimum(distances, FARTHEST).astype(np.uint8).reshape(-1)
        else:
            self.distances = np.full(self._blocks**3, FARTHEST, dtype=np.uint8)
        reached = np.zeros((self._blocks + 1,) * 3, dtype=bool)
        reached[:-1, :-1, :-1] = occupied
        for axis in range(3):
            reached |= np.roll(reached, 1, axis)
        self.active = np.flatnonzero(reached[:-1, :-1, :-1]).astype(np.int32)


def raw_of_opacity(opacity: float) -> float:
    """The raw density at which a voxel has that opacity."""
    return DENSITY_SHIFT + math.log(opacity / (1 - opacity))


def occupancy_of(rows: Array, side: int, occupied_opacity: float) -> Occupancy:
    """The occupied blocks of any field."""
    occupancy = Occupancy(side, occupied_opacity)
    occupancy.update(rows)
    return occupancy
