"""Tells true from painted pictures of a map, patch by patch of 70² pixels (Isola et al. 2017)."""

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import LEAKY_SLOPE
from dvox_core.networks.pix2pix import initialise

BASE_CHANNELS = 64
MAP_CHANNELS = 3


class Pix2PixDiscriminator(nn.Module):
    """The probability that each patch is the true picture of its map of view directions.

    Isola et al., section 3.2.2 and appendix 6.1.2: “C64-C128-C256-C512”, the last with stride 1.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = MAP_CHANNELS + 3
        for level in range(4):
            outputs, stride = BASE_CHANNELS << level, 1 if level == 3 else 2
            conv = nn.Conv2d(inputs, outputs, 4, stride=stride, padding=1, bias=level == 0)
            norm = nn.Identity() if level == 0 else nn.BatchNorm2d(outputs)
            layers += [conv, norm, nn.LeakyReLU(LEAKY_SLOPE)]
            inputs = outputs
        self.layers = nn.Sequential(*layers, nn.Conv2d(inputs, 1, 4, padding=1))
        initialise(self)

    def forward(self, pairs: Tensor) -> Tensor:
        """Unit vectors and the picture in −½…½ [B, 3 + 3, H, W] → [B, 1, h, w] in 0…1."""
        directions, pictures = pairs[:, :MAP_CHANNELS], pairs[:, MAP_CHANNELS:]
        scores: Tensor = self.layers(torch.cat([directions, 2 * pictures], dim=1))
        return torch.sigmoid(scores)
