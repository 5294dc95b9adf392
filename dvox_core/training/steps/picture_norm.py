"""Batch norm for a batch of pictures with the statistics of each picture, fast in channels-last.

The authors send the pictures of a step through the networks one by one, so that each is normalised
by its own mean and variance. A batch must keep that: one statistic over all is another method.
"""

from typing import Any

import torch
from torch import Tensor, nn

FOLDED_WIDTH = 64
"""Few channels are reduced as rows of so many numbers: torch's own channels-last batch norm with
4 channels does not vectorise (43 ms for a volume of 64³, forward and backward, against 3)."""


class PictureNorm(nn.Module):
    """Takes the place of a BatchNorm2d/3d and shares its parameters and running statistics.

    In training every picture is normalised by its own statistics, and the running statistics are
    updated once for each picture, in order; otherwise it does what the batch norm does.
    """

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, norm: nn.BatchNorm2d | nn.BatchNorm3d) -> None:
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, getattr(norm, name))
        self.eps = norm.eps
        self.momentum = 0.1 if norm.momentum is None else norm.momentum

    def forward(self, maps: Tensor) -> Tensor:
        """[B, C, …] → the same shape, channels last in memory."""
        if not self.training:
            return torch.nn.functional.batch_norm(
                maps, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        moved = maps.movedim(1, -1)
        rows = moved.reshape(maps.shape[0], -1, maps.shape[1])
        normed, mean, variance = _PictureNormFunction.apply(  # type: ignore[no-untyped-call]
            rows, self.weight, self.bias, self.eps
        )
        self._update(mean, variance, rows.shape[1])
        result: Tensor = normed.view(moved.shape).movedim(-1, 1)
        return result

    @torch.no_grad()
    def _update(self, means: Tensor, variances: Tensor, count: int) -> None:
        unbiased = variances * (count / max(count - 1, 1))
        for mean, variance in zip(means, unbiased, strict=True):
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked += means.shape[0]


class _PictureNormFunction(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Rows [B, M, C] → normalised rows, means [B, C] and biased variances [B, C]."""
        channels = rows.shape[2]
        folded = _fold(rows.to(weight.dtype))
        times = folded.shape[2] // channels
        mean = _unfolded_mean(folded, channels)
        centered = folded - mean.repeat(1, times)[:, None]
        variance = _unfolded_mean(centered * centered, channels)
        inverse_std = torch.rsqrt(variance + eps)
        scale = (inverse_std * weight).repeat(1, times)[:, None]
        normed = torch.addcmul(bias.repeat(times), centered, scale)
        ctx.save_for_backward(centered, inverse_std, weight)
        ctx.mark_non_differentiable(mean, variance)
        return normed.view(rows.shape).to(rows.dtype), mean, variance

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        gradient = gradients[0]
        centered, inverse_std, weight = ctx.saved_tensors
        channels = weight.shape[0]
        times = centered.shape[2] // channels
        folded = gradient.to(weight.dtype).reshape(centered.shape)
        mean = _unfolded_mean(folded, channels)
        mean_product = _unfolded_mean(folded * centered, channels)
        scale = (inverse_std * weight).repeat(1, times)[:, None]
        slope = (inverse_std.square() * mean_product).repeat(1, times)[:, None]
        inner = torch.addcmul(folded - mean.repeat(1, times)[:, None], centered, slope, value=-1)
        count = gradient.shape[1]
        return (
            (inner * scale).view(gradient.shape).to(gradient.dtype),
            (mean_product * inverse_std).sum(dim=0) * count,
            mean.sum(dim=0) * count,
            None,
        )


def _fold(rows: Tensor) -> Tensor:
    """[B, M, C] → [B, M/k, k·C], the same memory, k·C about FOLDED_WIDTH."""
    batch, count, channels = rows.shape
    times = 1
    while times * 2 * channels <= FOLDED_WIDTH and count % (times * 2) == 0:
        times *= 2
    return rows.reshape(batch, count // times, times * channels)


def _unfolded_mean(folded: Tensor, channels: int) -> Tensor:
    """[B, M/k, k·C] → [B, C]."""
    return folded.mean(dim=1).view(folded.shape[0], -1, channels).mean(dim=1)


def use_picture_norm(network: nn.Module) -> None:
    """Put `PictureNorm` in the place of every batch norm; names in the state stay."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d | nn.BatchNorm3d):
            setattr(network, name, PictureNorm(child))
        else:
            use_picture_norm(child)
