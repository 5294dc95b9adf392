"""Where a field may hold anything: its cells, blocks of cells, and how far the empty ones are from them."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dvox_core.radiance_field.bricks import EDGE as BLOCK
from dvox_core.radiance_field.field import DENSITY_SHIFT, Array

FARTHEST = 255

Bytes = NDArray[np.uint8]


class Occupancy:
    """What of a field that is being fitted is worth a sample.

    A cell is the space between eight voxels, named by the lowest. It is occupied where one of the
    voxels at its corners, or beside them, has an opacity above the threshold: what is there can
    grow by a voxel from one look to the next. Empty blocks are skipped as a whole.

    Attributes:
        voxels: [G³] uint8, whether each one's opacity is above the threshold.
        cells: [G³] uint8.
        distances: [(G/4)³] uint8: blocks to the nearest occupied one (chessboard distance), 0 in it.
        active: [B] int32: blocks that hold a voxel which some sample mixes.
    """

    def __init__(self, side: int, threshold: float, reach: int = 1) -> None:
        self._side, self._reach = side, reach
        self._threshold = np.float32(raw_of_opacity(threshold))
        self.restore(np.ones(side**3, dtype=np.uint8))

    def update(self, rows: Array) -> None:
        """Look at the rows [G³·4], in the order of bricks, anew."""
        self.restore((rows[::4] > self._threshold).view(np.uint8))

    def restore(self, voxels: Bytes) -> None:
        """Take over `voxels`."""
        side, blocks = self._side, self._side // BLOCK
        self.voxels = voxels
        grown = from_quads(voxels, side)
        for axis in range(3):
            grown = _spread(grown, axis, self._reach, self._reach + 1)
        self.cells = to_quads(grown)
        occupied = self.cells.view(np.uint64).reshape(blocks, blocks, blocks, 8).any(axis=-1)
        if occupied.any():
            distances = ndimage.distance_transform_cdt(~occupied, metric="chessboard")
            self.distances: Bytes = np.minimum(distances, FARTHEST).astype(np.uint8).reshape(-1)
        else:
            self.distances = np.full(blocks**3, FARTHEST, dtype=np.uint8)
        touched = occupied.astype(np.uint8)
        for axis in range(3):
            touched = _spread(touched, axis, 1, 0)
        self.active = np.flatnonzero(touched).astype(np.int32)


def _spread(values: Bytes, axis: int, down: int, up: int) -> Bytes:
    """The largest of values[i − down … i + up] along an axis."""
    result = values.copy()
    for shift in range(-up, down + 1):
        source, target = [slice(None)] * 3, [slice(None)] * 3
        source[axis] = slice(max(-shift, 0), values.shape[axis] - max(shift, 0))
        target[axis] = slice(max(shift, 0), values.shape[axis] - max(-shift, 0))
        np.maximum(result[tuple(target)], values[tuple(source)], out=result[tuple(target)])
    return result


def to_quads(volume: Bytes) -> Bytes:
    """`to_bricks` for bytes, four at a time."""
    side = volume.shape[0]
    quads = np.ascontiguousarray(volume).view(np.uint32).reshape(side // 4, 4, side // 4, 4, -1)
    return np.ascontiguousarray(quads.transpose(0, 2, 4, 1, 3)).reshape(-1).view(np.uint8)


def from_quads(rows: Bytes, side: int) -> Bytes:
    """`from_bricks` for bytes, four at a time."""
    quads = rows.view(np.uint32).reshape(side // 4, side // 4, side // 4, 4, 4)
    ordered = np.ascontiguousarray(quads.transpose(0, 3, 1, 4, 2))
    return ordered.reshape(-1).view(np.uint8).reshape(side, side, side)


def raw_of_opacity(opacity: float) -> float:
    """The raw density at which a voxel has that opacity."""
    return DENSITY_SHIFT + math.log(opacity / (1 - opacity))
