"""Extracts 2D feature maps from source pictures (paper, section 3.1)."""

from torch import Tensor, nn

from dvox_core.networks.blocks import DownBlock2d
from dvox_core.networks.unet import UNet2d


class FeatureExtractor(nn.Module):
    """Halves the picture until it is 64 pixels wide, then a U-Net."""

    def __init__(self, features: int, base_channels: int, resolution_steps: int) -> None:
        super().__init__()
        widths = [base_channels * 2**step for step in range(resolution_steps)]
        self.downs = nn.ModuleList(
            DownBlock2d(inputs, middle, outputs)
            for inputs, middle, outputs in zip(
                [3, *widths], [widths[0], *widths], widths, strict=False
            )
        )
        self.unet = UNet2d(widths[-1], features, widths[-1], levels=6, maximum=8 * base_channels)

    def forward(self, pictures: Tensor) -> Tensor:
        """[B, 3, S, S] in −½…½ → [B, F, 64, 64]."""
        maps = pictures
        for down in self.downs:
            maps = down(maps)
        features: Tensor = self.unet(maps)
        return features
