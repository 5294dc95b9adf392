"""Tells true from rendered pictures, patch by patch (Isola et al. 2017, PatchGAN)."""

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import LEAKY_SLOPE

BASE_CHANNELS = 28


class _PatchBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, 4, stride=stride, padding=1, padding_mode="reflect", bias=True
        )
        self.norm = nn.BatchNorm2d(outputs)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, maps: Tensor) -> Tensor:
        maps = self.dropout(self.norm(self.conv(maps)))
        return nn.functional.leaky_relu(maps, LEAKY_SLOPE)


class Discriminator(nn.Module):
    """The probability that each patch of a picture is real."""

    def __init__(self, dropout: float = 0.5) -> None:
        super().__init__()
        base = BASE_CHANNELS
        self.in_conv = nn.Conv2d(3, base, 4, stride=2, padding=1, padding_mode="reflect")
        self.blocks = nn.ModuleList(
            [
                _PatchBlock(base, 2 * base, 2, dropout),
                _PatchBlock(2 * base, 4 * base, 2, dropout),
                _PatchBlock(4 * base, 8 * base, 1, dropout),
            ]
        )
        self.out_conv = nn.Conv2d(8 * base, 1, 4, padding=1, padding_mode="reflect")

    def forward(self, pictures: Tensor) -> Tensor:
        """[B, 3, H, W] in −½…½ → [B, 1, h, w] in 0…1."""
        maps = nn.functional.leaky_relu(self.in_conv(pictures), LEAKY_SLOPE)
        for block in self.blocks:
            maps = block(maps)
        return torch.sigmoid(self.out_conv(maps))
