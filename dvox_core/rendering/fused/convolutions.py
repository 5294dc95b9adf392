"""Runs folded convolutions on a device: packed for this CPU, or torch's own.

Maps are channels-last throughout.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from dvox_core.networks.blocks import LEAKY_SLOPE
from dvox_core.rendering.fused import onednn
from dvox_core.rendering.fused.folding import Activation, FoldedConvolution

Convolution = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Target:
    """Where and in which type networks run."""

    device: torch.device
    dtype: torch.dtype

    @property
    def packs_weights(self) -> bool:
        """Whether convolutions are packed by oneDNN."""
        return self.device.type == "cpu" and onednn.is_available()


def place(folded: FoldedConvolution, target: Target, input_shape: tuple[int, ...]) -> Convolution:
    """A convolution (padding, weights, bias and activation in one) on `target`.

    Args:
        folded: what to compute.
        target: where.
        input_shape: [B, C, …] of its input before padding, a hint for the packing.
    """
    if folded.transposed:
        return kernel(folded, target, input_shape)
    padded_shape = (*input_shape[:2], *(side + 2 * folded.padding for side in input_shape[2:]))
    convolution = kernel(folded, target, padded_shape)
    if folded.dimensions == 3:
        return _padded_3d(convolution, folded.padding)
    # oneDNN's own zero padding (with the edges mended afterwards) would save this copy, but is
    # itself slower by more: 342 against 271 + 38 ms for 64 → 64 channels at 512².
    pad = (folded.padding,) * 4
    return lambda maps: convolution(functional.pad(maps, pad, mode="reflect"))


def replicate_edges(volume: Tensor) -> Tensor:
    """[B, C, D, H, W] with one voxel more on every side; channels-last.

    torch's own replication padding takes 0.6 ms for 4 × 64³ where these copies take 0.1.
    """
    batch, channels, depth, height, width = volume.shape
    padded = volume.new_empty(batch, depth + 2, height + 2, width + 2, channels)
    padded[:, 1:-1, 1:-1, 1:-1] = volume.permute(0, 2, 3, 4, 1)
    replicate_frame(padded[:, 1:-1])
    padded[:, 0] = padded[:, 1]
    padded[:, -1] = padded[:, -2]
    return padded.permute(0, 4, 1, 2, 3)


def replicate_frame(planes: Tensor) -> None:
    """Fill the outermost rows and columns of [..., H, W, C] from their neighbours, in place."""
    planes[..., 0, 1:-1, :] = planes[..., 1, 1:-1, :]
    planes[..., -1, 1:-1, :] = planes[..., -2, 1:-1, :]
    planes[..., 0, :] = planes[..., 1, :]
    planes[..., -1, :] = planes[..., -2, :]


class _TorchConvolution:
    """A folded convolution by torch's public operators, on any device."""

    def __init__(self, folded: FoldedConvolution, target: Target) -> None:
        n = folded.dimensions
        layout = torch.channels_last if n == 2 else torch.channels_last_3d
        self._weight = folded.weight.to(target.device, target.dtype, memory_format=layout)
        self._bias = folded.bias.to(target.device, target.dtype)
        self._activation = folded.activation
        operators: dict[tuple[int, bool], Callable[..., Tensor]] = {
            (2, False): functional.conv2d,
            (3, False): functional.conv3d,
            (2, True): functional.conv_transpose2d,
            (3, True): functional.conv_transpose3d,
        }
        self._operator = operators[n, folded.transposed]
        self._options = {"stride": folded.stride}
        if folded.transposed:
            self._options["padding"] = folded.padding

    def __call__(self, maps: Tensor) -> Tensor:
        result = self._operator(maps, self._weight, self._bias, **self._options)
        return activate_(result, self._activation)


def activate_(maps: Tensor, activation: Activation) -> Tensor:
    """Apply an activation in place."""
    if activation is Activation.RELU:
        return maps.relu_()
    if activation is Activation.LEAKY_RELU:
        return functional.leaky_relu_(maps, LEAKY_SLOPE)
    if activation is Activation.TANH:
        return maps.tanh_()
    return maps


def kernel(folded: FoldedConvolution, target: Target, input_shape: tuple[int, ...]) -> Convolution:
    """The convolution itself; an ordinary one expects its input padded already."""
    if target.packs_weights:
        return onednn.PackedConvolution(folded, target.dtype, input_shape)
    return _TorchConvolution(folded, target)


def _padded_3d(convolution: Convolution, padding: int) -> Convolution:
    assert padding == 1
    return lambda volume: convolution(replicate_edges(volume))
