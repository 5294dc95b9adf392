"""The building blocks of the paper's networks (supplement, section 2), in 2D and 3D.

2D convolutions see reflection padding, 3D ones replication padding, so that sizes stay.
"""

import torch
from torch import Tensor, nn

LEAKY_SLOPE = 0.2


def same_conv2d(inputs: int, outputs: int, *, bias: bool) -> nn.Conv2d:
    """3×3 convolution that keeps the size."""
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect", bias=bias)


def same_conv3d(inputs: int, outputs: int, *, bias: bool) -> nn.Conv3d:
    """3×3×3 convolution that keeps the size."""
    return nn.Conv3d(inputs, outputs, 3, padding=1, padding_mode="replicate", bias=bias)


class DownBlock2d(nn.Module):
    """Halves height and width: 3×3 convolution, then 4×4 convolution of stride 2."""

    def __init__(
        self, inputs: int, middle: int, outputs: int, *, norm: bool = True, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.conv = same_conv2d(inputs, middle, bias=not norm)
        self.conv_norm = nn.BatchNorm2d(middle) if norm else nn.Identity()
        self.down = nn.Conv2d(
            middle, outputs, 4, stride=2, padding=1, padding_mode="reflect", bias=not norm
        )
        self.down_norm = nn.BatchNorm2d(outputs) if norm else nn.Identity()
        self.activation = nn.LeakyReLU(LEAKY_SLOPE)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, maps: Tensor) -> Tensor:
        """[B, inputs, H, W] → [B, outputs, H/2, W/2]."""
        maps = self.dropout(self.activation(self.conv_norm(self.conv(maps))))
        result: Tensor = self.dropout(self.activation(self.down_norm(self.down(maps))))
        return result


class UpBlock2d(nn.Module):
    """Doubles height and width: 4×4 transposed convolution of stride 2, then 3×3 convolution."""

    def __init__(
        self, inputs: int, outputs: int, *, norm: bool = True, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=not norm)
        self.up_norm = nn.BatchNorm2d(outputs) if norm else nn.Identity()
        self.conv = same_conv2d(outputs, outputs, bias=not norm)
        self.conv_norm = nn.BatchNorm2d(outputs) if norm else nn.Identity()
        self.activation = nn.ReLU()
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, maps: Tensor) -> Tensor:
        """[B, inputs, H, W] → [B, outputs, 2H, 2W]."""
        maps = self.dropout(self.activation(self.up_norm(self.up(maps))))
        result: Tensor = self.dropout(self.activation(self.conv_norm(self.conv(maps))))
        return result


class DownBlock3d(nn.Module):
    """Halves a volume's sides: 4×4×4 convolution of stride 2."""

    def __init__(self, inputs: int, outputs: int, *, norm: bool = True) -> None:
        super().__init__()
        self.down = nn.Conv3d(
            inputs, outputs, 4, stride=2, padding=1, padding_mode="replicate", bias=not norm
        )
        self.down_norm = nn.BatchNorm3d(outputs) if norm else nn.Identity()
        self.activation = nn.LeakyReLU(LEAKY_SLOPE)

    def forward(self, volume: Tensor) -> Tensor:
        """[B, inputs, Z, Y, X] → [B, outputs, Z/2, Y/2, X/2]."""
        result: Tensor = self.activation(self.down_norm(self.down(volume)))
        return result


class UpBlock3d(nn.Module):
    """Doubles a volume's sides: 4×4×4 transposed convolution of stride 2."""

    def __init__(self, inputs: int, outputs: int, *, norm: bool = True) -> None:
        super().__init__()
        self.up = nn.ConvTranspose3d(inputs, outputs, 4, stride=2, padding=1, bias=not norm)
        self.up_norm = nn.BatchNorm3d(outputs) if norm else nn.Identity()
        self.activation = nn.ReLU()

    def forward(self, volume: Tensor) -> Tensor:
        """[B, inputs, Z, Y, X] → [B, outputs, 2Z, 2Y, 2X]."""
        result: Tensor = self.activation(self.up_norm(self.up(volume)))
        return result


def grid_coordinates(side: int, like: Tensor) -> Tensor:
    """[1, 3, side, side, side]: each voxel's (z, y, x) as (i − G/2)/G, like the authors' nets."""
    axis = (torch.arange(side, device=like.device, dtype=like.dtype) - side / 2) / side
    return torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"))[None]
