"""Renders a picture from collapsed features (paper, section 3.6)."""

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import UpBlock2d, same_conv2d
from dvox_core.networks.unet import UNet2d


class RenderingNetwork(nn.Module):
    """A U-Net at 64 pixels, then up to the picture's size."""

    def __init__(
        self, features: int, base_channels: int, resolution_steps: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        base, steps = base_channels, resolution_steps
        self.unet = UNet2d(
            features,
            4 * base,
            base * 2**steps,
            levels=6,
            maximum=8 * base,
            dropout=dropout,
        )
        self.ups = nn.ModuleList(
            UpBlock2d(4 * base if step == 0 else base, base, dropout=dropout)
            for step in range(steps)
        )
        self.hidden_conv = same_conv2d(base, base // 2, bias=False)
        self.hidden_norm = nn.BatchNorm2d(base // 2)
        self.picture_conv = same_conv2d(base // 2, 3, bias=True)

    def forward(self, features: Tensor) -> Tensor:
        """[B, F, 64, 64] → pictures [B, 3, S, S] in −½…½."""
        maps = self.unet(features)
        for up in self.ups:
            maps = up(maps)
        maps = torch.relu(self.hidden_norm(self.hidden_conv(maps)))
        return torch.tanh(self.picture_conv(maps)) * 0.5
