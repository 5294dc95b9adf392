"""Samples a grid that is mostly zero: samples among empty voxels cost next to nothing."""

import torch
from torch import Tensor

from dvox_core.geometry.resampling import FrustumSamples, neighbour_rows, sum_rows

MOST_FILLED = 0.5
"""A grid with a larger share of voxels near something is sampled as a whole."""


class FilledRows:
    """A grid's rows, and which samples can be anything but zero.

    Args:
        rows: [G³, F].
    """

    def __init__(self, rows: Tensor) -> None:
        self._rows = rows
        side = round(len(rows) ** (1 / 3))
        is_filled = rows.ne(0).any(dim=1)
        neighbours = neighbour_rows(side).to(rows.device)
        is_near = is_filled.index_select(0, neighbours.flatten()).view(-1, 8).any(dim=1)
        is_sparse = float(is_near.float().mean()) < MOST_FILLED
        self._is_near = is_near if is_sparse else None

    def features(self, samples: FrustumSamples) -> Tensor:
        """Features of the inside samples: [N, F]; see `sum_rows`."""
        if self._is_near is None:
            return sum_rows(self._rows, samples)
        near = self._is_near.index_select(0, samples.rows[:, 0]).nonzero()[:, 0]
        features = self._rows.new_zeros(len(samples.rays), self._rows.shape[1])
        sums = torch.nn.functional.embedding_bag(
            samples.rows.index_select(0, near),
            self._rows,
            mode="sum",
            per_sample_weights=samples.weights.index_select(0, near).to(self._rows.dtype),
        )
        return features.index_copy_(0, near, sums)
