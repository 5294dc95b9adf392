"""Translates a map of view directions into a picture (Isola et al., CVPR 2017).

"Image-to-Image Translation with Conditional Adversarial Networks", as the baseline of DeepVoxels,
section 4: the input is, per pixel, the direction from the camera in the world.
"""

import math

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import LEAKY_SLOPE

WIDEST = 8
"""Most channels of a level, in multiples of the base."""

DROPOUT_LEVELS = 3
"""So many of the innermost levels have dropout on their way up."""

INITIAL_SPREAD = 0.02


class _Level(nn.Module):
    """One level of the U-Net: down, what is inside, up; its input goes along."""

    def __init__(
        self,
        inputs: int,
        channels: int,
        inside: "_Level | None",
        *,
        outermost: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        self.outermost, innermost = outermost, inside is None
        plain_down = outermost or innermost
        self.down = nn.Conv2d(inputs, channels, 4, stride=2, padding=1, bias=plain_down)
        self.down_norm = nn.Identity() if plain_down else nn.BatchNorm2d(channels)
        self.inside = inside
        up_inputs = channels if innermost else 2 * channels
        outputs = 3 if outermost else inputs
        self.up = nn.ConvTranspose2d(up_inputs, outputs, 4, stride=2, padding=1, bias=outermost)
        self.up_norm = nn.Identity() if outermost else nn.BatchNorm2d(outputs)
        self.dropout = nn.Dropout(dropout)

    def forward(self, maps: Tensor) -> Tensor:
        """[B, inputs, H, W] → [B, 2 · inputs, H, W], or [B, 3, H, W] of the outermost."""
        inner = maps if self.outermost else nn.functional.leaky_relu(maps, LEAKY_SLOPE)
        inner = self.down_norm(self.down(inner))
        if self.inside is not None:
            inner = self.inside(inner)
        result: Tensor = self.dropout(self.up_norm(self.up(torch.relu(inner))))
        return result if self.outermost else torch.cat([maps, result], dim=1)


class Pix2PixNetwork(nn.Module):
    """A map of view directions → the picture."""

    def __init__(self, image_size: int, base: int) -> None:
        super().__init__()
        levels = int(math.log2(image_size))
        channels = [min(2**level, WIDEST) * base for level in range(levels)]
        level: _Level | None = None
        for index in reversed(range(levels)):
            level = _Level(
                inputs=channels[index - 1] if index else 3,
                channels=channels[index],
                inside=level,
                outermost=index == 0,
                dropout=0.5 if levels - 1 - DROPOUT_LEVELS <= index < levels - 1 else 0.0,
            )
        assert level is not None
        self.generator = level
        initialise(self)

    def forward(self, directions: Tensor) -> Tensor:
        """Unit vectors [B, 3, S, S] → pictures [B, 3, S, S] in −½…½."""
        picture: Tensor = torch.tanh(self.generator(directions)) / 2
        return picture


def initialise(network: nn.Module) -> None:
    """Draw the weights as Isola et al. did, of all layers in their order."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, INITIAL_SPREAD)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, INITIAL_SPREAD)
