"""Weighs the depth planes of the view volume by what is visible (paper, section 3.5)."""

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import same_conv2d, same_conv3d
from dvox_core.networks.unet import UNet3d


def unet_levels(plane_count: int) -> int:
    """Halvings of the view volume: powers of two in D, at most 6 (its other sides are 64)."""
    powers_of_two = (plane_count & -plane_count).bit_length() - 1
    return min(powers_of_two, 6)


class Collapsed(NamedTuple):
    """The view volume collapsed along depth."""

    features: Tensor  # [B, F, P, P]
    relative_depth: Tensor  # [B, P, P], expected depth in −½…½
    visibility: Tensor  # [B, D, P, P], sums to 1 over D


def depth_coordinates(plane_count: int, like: Tensor) -> Tensor:
    """[1, 1, D, 1, 1]: plane k as (k − D/2)/D."""
    planes = torch.arange(plane_count, device=like.device, dtype=like.dtype)
    return ((planes - plane_count / 2) / plane_count)[None, None, :, None, None]


class OcclusionNetwork(nn.Module):
    """A softmax over depth from a small 3D U-Net; collapses by the weighted MEAN over planes."""

    def __init__(self, features: int, plane_count: int) -> None:
        super().__init__()
        self.prep_conv = same_conv3d(features + 1, 4, bias=False)
        self.prep_norm = nn.BatchNorm3d(4)
        self.unet = UNet3d(4, 4, 4, levels=unet_levels(plane_count), maximum=16)
        self.weight_conv = same_conv3d(9, 1, bias=True)

    def forward(self, volume: Tensor) -> Collapsed:
        """View volume [B, F, D, P, P] → features, expected depth and visibility."""
        batch, _, planes, height, width = volume.shape
        depths = depth_coordinates(planes, volume)
        depth_channel = depths.expand(batch, 1, planes, height, width)
        prep = self.prep_norm(self.prep_conv(torch.cat([depth_channel, volume], dim=1)))
        prep = nn.functional.relu(prep)
        logits = self.weight_conv(torch.cat([prep, self.unet(prep), depth_channel], dim=1))
        visibility = torch.softmax(logits, dim=2)
        features = (visibility * volume).mean(dim=2)
        relative_depth = (visibility * depths).sum(dim=2)
        return Collapsed(features, relative_depth[:, 0], visibility[:, 0])


class DepthCollapse(nn.Module):
    """The authors' ablation without visibility: 2D convolutions over all planes at once."""

    def __init__(self, features: int, base_channels: int, grid_size: int) -> None:
        super().__init__()
        hidden = base_channels * grid_size
        widths = [features * 2 * grid_size, hidden // 2, hidden // 8, base_channels]
        self.convs = nn.ModuleList(
            same_conv2d(inputs, outputs, bias=False)
            for inputs, outputs in itertools.pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs) for outputs in widths[1:])

    def forward(self, volume: Tensor) -> Tensor:
        """View volume [B, F, D, P, P] → [B, F, P, P]."""
        maps = volume.flatten(1, 2)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            maps = torch.relu(norm(conv(maps)))
        return maps
