"""Folds batch norms into the convolutions before them, for inference."""

import enum
from dataclasses import dataclass

import torch
from torch import Tensor, nn

AnyConvolution = nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d | nn.ConvTranspose3d


class Activation(enum.Enum):
    """What follows a convolution; values are oneDNN's names."""

    NONE = "none"
    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    TANH = "tanh"


@dataclass(frozen=True, eq=False)
class FoldedConvolution:
    """A convolution with its batch norm folded in, and its activation.

    Attributes:
        weight: float32, as torch lays it out: [out, in, …], transposed ones [in, out, …].
        bias: [out] float32.
        padding: pixels added to each side before an ordinary convolution (by reflection in 2D,
            by replication in 3D); cut off each side of a transposed one's result.
    """

    weight: Tensor
    bias: Tensor
    stride: int
    padding: int
    transposed: bool
    activation: Activation

    @property
    def dimensions(self) -> int:
        """2 for pictures, 3 for volumes."""
        return self.weight.ndim - 2


def fold(conv: nn.Module, norm: nn.Module | None, activation: Activation) -> FoldedConvolution:
    """Fold `norm` (evaluation statistics; None or Identity for none) into `conv`.

    Takes `conv`'s weights out of the module, so that memory never holds both.
    """
    assert isinstance(conv, AnyConvolution)
    transposed = isinstance(conv, nn.ConvTranspose2d | nn.ConvTranspose3d)
    weight: Tensor = conv.weight.detach()
    outputs = weight.shape[1 if transposed else 0]
    bias = conv.bias.detach() if conv.bias is not None else torch.zeros(outputs)
    if isinstance(norm, nn.BatchNorm2d | nn.BatchNorm3d):
        assert norm.running_var is not None
        assert norm.running_mean is not None
        gain = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
        shape = [1] * weight.ndim
        shape[1 if transposed else 0] = outputs
        weight = weight * gain.view(shape)
        bias = (bias - norm.running_mean) * gain + norm.bias.detach()
    conv.register_parameter("weight", None)
    return FoldedConvolution(
        weight, bias, conv.stride[0], int(conv.padding[0]), transposed, activation
    )
