"""3×3×3 convolutions to few channels as 2D convolutions over the planes.

A 3D convolution is three 2D ones, one for each neighbouring plane, shifted and added. torch's 3D
convolutions to 4 channels take 1.5 to 4 times as long, and in the wrong layout up to 50 times.
"""

from typing import Any

import torch
from torch import Tensor, nn

MAX_OUTPUTS = 8


class PlaneConv3d(nn.Module):
    """Takes the place of a padded 3×3×3 Conv3d and shares its parameters."""

    def __init__(self, conv: nn.Conv3d) -> None:
        super().__init__()
        self.weight, self.bias = conv.weight, conv.bias

    def forward(self, volume: Tensor) -> Tensor:
        """[B, C, D, H, W] → [B, O, D, H, W], both channels last in memory."""
        result = plane_conv(volume, self.weight)
        return result if self.bias is None else result + self.bias[None, :, None, None, None]


def plane_conv(
    volume: Tensor,  # [B, C, D, H, W], best channels last in memory
    weight: Tensor,  # [O, C, 3, 3, 3]
) -> Tensor:
    """Convolve a volume that is continued beyond its faces by their values."""
    batch, channels, planes, height, width = volume.shape
    outputs = weight.shape[0]
    maps = volume.movedim(1, -1).reshape(batch * planes, height, width, channels)
    padded = torch.nn.functional.pad(maps.permute(0, 3, 1, 2), (1, 1, 1, 1), mode="replicate")
    kernels = weight.permute(2, 0, 1, 3, 4).reshape(3 * outputs, channels, 3, 3)
    shares = torch.nn.functional.conv2d(padded, kernels)
    rows = shares.permute(0, 2, 3, 1).reshape(batch, planes, height * width, 3, outputs)
    summed: Tensor = _ShiftAndAdd.apply(rows)  # type: ignore[no-untyped-call]
    return summed.view(batch, planes, height, width, outputs).movedim(-1, 1)


def use_plane_conv(network: nn.Module) -> None:
    """Put `PlaneConv3d` in the place of every 3×3×3 convolution to few channels."""
    for name, child in network.named_children():
        if (
            isinstance(child, nn.Conv3d)
            and child.kernel_size == (3, 3, 3)
            and child.out_channels <= MAX_OUTPUTS
        ):
            setattr(network, name, PlaneConv3d(child))
        else:
            use_plane_conv(child)


class _ShiftAndAdd(torch.autograd.Function):
    """[B, D, M, 3, O] → [B, D, M, O]: share 0 goes a plane on, share 2 a plane back."""

    @staticmethod
    def forward(ctx: Any, shares: Tensor) -> Tensor:
        result = shares[..., 1, :].contiguous()
        result[:, 1:] += shares[:, :-1, :, 0]
        result[:, 0] += shares[:, 0, :, 0]
        result[:, :-1] += shares[:, 1:, :, 2]
        result[:, -1] += shares[:, -1, :, 2]
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        batch, planes, count, outputs = gradient.shape
        shares = gradient.new_empty(batch, planes, count, 3, outputs)
        shares[..., 1, :] = gradient
        shares[:, :-1, :, 0] = gradient[:, 1:]
        shares[:, -1, :, 0] = 0
        shares[:, 0, :, 0] += gradient[:, 0]
        shares[:, 1:, :, 2] = gradient[:, :-1]
        shares[:, 0, :, 2] = 0
        shares[:, -1, :, 2] += gradient[:, -1]
        return shares
