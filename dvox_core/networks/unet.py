"""U-Nets in 2D and 3D with concatenating skips (Ronneberger et al. 2015)."""

import itertools

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import (
    LEAKY_SLOPE,
    DownBlock2d,
    DownBlock3d,
    UpBlock2d,
    UpBlock3d,
    same_conv2d,
    same_conv3d,
)


def level_channels(base: int, levels: int, maximum: int) -> list[int]:
    """Channels at each of levels + 1 resolutions: min(2ⁱ·base, maximum).

    The innermost block keeps its channels.
    """
    return [min(2 ** min(level, levels - 1) * base, maximum) for level in range(levels + 1)]


class _UNet(nn.Module):
    """Shared by both: in-layer, downs, ups with skips, out-layer."""

    in_conv: nn.Module
    in_norm: nn.Module
    downs: nn.ModuleList
    ups: nn.ModuleList
    out_conv: nn.Module
    out_norm: nn.Module
    dropout: nn.Module

    def forward(self, maps: Tensor) -> Tensor:
        """[B, inputs, …] → [B, outputs, …], the same sizes, divisible by 2^levels."""
        maps = self.in_norm(self.in_conv(maps))
        maps = self.dropout(nn.functional.leaky_relu(maps, LEAKY_SLOPE))
        skips = []
        for down in self.downs:
            skips.append(maps)
            maps = down(maps)
        for up in self.ups:
            maps = torch.cat([skips.pop(), up(maps)], dim=1)
        result: Tensor = self.dropout(nn.functional.relu(self.out_norm(self.out_conv(maps))))
        return result


class UNet2d(_UNet):
    """Levels are listed from the outside in (`downs`) and from the inside out (`ups`)."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        base: int,
        levels: int,
        maximum: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        channels = level_channels(base, levels, maximum)
        self.in_conv = same_conv2d(inputs, base, bias=False)
        self.in_norm = nn.BatchNorm2d(base)
        self.downs = nn.ModuleList(
            DownBlock2d(outer, outer, inner, norm=level < levels - 1, dropout=dropout)
            for level, (outer, inner) in enumerate(itertools.pairwise(channels))
        )
        self.ups = nn.ModuleList(
            UpBlock2d(
                channels[level + 1] * (1 if level == levels - 1 else 2),
                channels[level],
                norm=level < levels - 1,
                dropout=dropout,
            )
            for level in reversed(range(levels))
        )
        self.out_conv = same_conv2d(2 * base, outputs, bias=False)
        self.out_norm = nn.BatchNorm2d(outputs)
        self.dropout = nn.Dropout2d(dropout)


class UNet3d(_UNet):
    """Levels are listed from the outside in (`downs`) and from the inside out (`ups`)."""

    def __init__(self, inputs: int, outputs: int, base: int, levels: int, maximum: int) -> None:
        super().__init__()
        channels = level_channels(base, levels, maximum)
        self.in_conv = same_conv3d(inputs, base, bias=False)
        self.in_norm = nn.BatchNorm3d(base)
        self.downs = nn.ModuleList(
            DownBlock3d(outer, inner, norm=level < levels - 1)
            for level, (outer, inner) in enumerate(itertools.pairwise(channels))
        )
        self.ups = nn.ModuleList(
            UpBlock3d(
                channels[level + 1] * (1 if level == levels - 1 else 2),
                channels[level],
                norm=level < levels - 1,
            )
            for level in reversed(range(levels))
        )
        self.out_conv = same_conv3d(2 * base, outputs, bias=False)
        self.out_norm = nn.BatchNorm3d(outputs)
        self.dropout = nn.Identity()
