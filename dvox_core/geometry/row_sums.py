"""Weighted sums of rows with a fast gradient; lifting and resampling are such sums.

A sum is a sparse matrix [outputs, rows] times the rows. Forward is one `embedding_bag`; backward is
another over the transposed matrix, sorted by row once and kept. (Autograd's own backward of
`embedding_bag` took 76 ms for a view volume where the two together take 5.)
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class RowSum:
    """Which rows make which output, with what weights; and the same transposed.

    Attributes:
        rows: [N, K] int32, numbers of rows.
        weights: [N, K] float32.
        outputs: [N·K] int32, numbers of outputs, sorted by the row that they use.
        output_weights: [N·K] float32, likewise.
        row_starts: [rows] int32, where each row's outputs begin in the two.
    """

    rows: Tensor
    weights: Tensor
    outputs: Tensor
    output_weights: Tensor
    row_starts: Tensor


def prepare_row_sum(
    rows: Tensor,  # [N, K] int, row numbers
    weights: Tensor,  # [N, K] float32
    row_count: int,
) -> RowSum:
    """Transpose the matrix once; terms of weight zero are left out of the gradient's sums."""
    flat_rows, flat_weights = rows.flatten(), weights.flatten()
    used = flat_weights.nonzero()[:, 0]
    order = used[torch.sort(flat_rows[used], stable=True).indices]
    counts = torch.bincount(flat_rows[used], minlength=row_count)
    starts = torch.zeros(row_count, dtype=torch.int32, device=rows.device)
    starts[1:] = torch.cumsum(counts, 0)[:-1]
    return RowSum(
        rows=rows.int(),
        weights=weights,
        outputs=torch.div(order, rows.shape[1], rounding_mode="floor").int(),
        output_weights=flat_weights[order],
        row_starts=starts,
    )


def sum_rows(rows: Tensor, matrix: RowSum) -> Tensor:
    """Weighted sums of rows [R, F] → [N, F]; differentiable in the rows."""
    result: Tensor = _RowSumFunction.apply(rows, matrix)  # type: ignore[no-untyped-call]
    return result


class _RowSumFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, matrix: RowSum) -> Tensor:
        ctx.matrix = matrix
        return torch.nn.functional.embedding_bag(
            matrix.rows, rows, mode="sum", per_sample_weights=matrix.weights.to(rows.dtype)
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        matrix: RowSum = ctx.matrix
        return (
            torch.nn.functional.embedding_bag(
                matrix.outputs,
                gradient.contiguous(),
                matrix.row_starts,
                mode="sum",
                per_sample_weights=matrix.output_weights.to(gradient.dtype),
            ),
            None,
        )
