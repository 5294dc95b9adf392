"""Finds where a grid is not zero: samples among empty voxels need not be made."""

from torch import Tensor

from dvox_core.geometry.resampling import neighbour_rows

MOST_FILLED = 0.5
"""A grid with a larger share of voxels near something is sampled as a whole."""


def voxels_near_something(rows: Tensor) -> Tensor:
    """Which voxels have a row that is not zero, or an upper neighbour with one.

    A sample whose lowest corner is none of them is zero.

    Args:
        rows: [G³, F].

    Returns:
        [G³] bool.
    """
    side = round(len(rows) ** (1 / 3))
    is_filled = rows.ne(0).any(dim=1)
    neighbours = neighbour_rows(side).to(rows.device)
    return is_filled.index_select(0, neighbours.flatten()).view(-1, 8).any(dim=1)
