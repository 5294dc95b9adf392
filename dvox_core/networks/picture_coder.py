"""Encodes a picture into a vector and decodes one: what both autoencoders are made of.

After Tatarchenko et al., "Multi-view 3D Models from Single Images with a Convolutional Network",
ECCV 2016: strided convolutions between full layers, no normalisation, so that training and
rendering agree whatever the batch.
"""

import itertools
import math

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import LEAKY_SLOPE, same_conv2d

INNERMOST_SIDE = 4
"""Side of the smallest map, pixels."""

WIDEST = 8
"""Channels of the smallest map, in multiples of the base."""

REACH = 2 / 3
"""How far a picture's values go: white lies at three quarters of tanh, as Tatarchenko et al. scaled
their pictures. With white at the very end, a white background drove tanh there within 20 steps,
where no gradient is left: both autoencoders then painted white on the chair for all of 3,000 steps,
and half the learning rate did not help."""


def level_channels(image_size: int, base: int) -> tuple[int, ...]:
    """Channels of the levels from the widest map to the innermost; the last three grow."""
    levels = int(math.log2(image_size // INNERMOST_SIDE))
    return tuple(base * 2 ** max(0, level - (levels - 3)) for level in range(1, levels + 1))


def innermost_features(base: int) -> int:
    """Numbers in the innermost map."""
    return INNERMOST_SIDE**2 * WIDEST * base


class PictureEncoder(nn.Module):
    """A picture as a code of `latent` numbers."""

    def __init__(self, image_size: int, base: int, latent: int, *, linear_code: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs in level_channels(image_size, base):
            down = nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, padding_mode="reflect")
            layers += [down, _activation(), same_conv2d(outputs, outputs, bias=True), _activation()]
            inputs = outputs
        self.convolutions = nn.Sequential(*layers)
        self.code = nn.Linear(innermost_features(base), latent)
        self.code_activation = nn.Identity() if linear_code else _activation()

    def forward(self, pictures: Tensor) -> Tensor:
        """[B, 3, S, S] in −½…½ → [B, latent]."""
        code: Tensor = self.code_activation(self.code(self.convolutions(pictures).flatten(1)))
        return code


class PictureDecoder(nn.Module):
    """A picture out of the numbers of the innermost map."""

    def __init__(self, image_size: int, base: int) -> None:
        super().__init__()
        self.base = base
        layers: list[nn.Module] = []
        channels = level_channels(image_size, base)
        for inputs, outputs in zip(channels[::-1], (*channels[-2::-1], base), strict=True):
            up = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)
            layers += [up, _activation(), same_conv2d(outputs, outputs, bias=True), _activation()]
        self.convolutions = nn.Sequential(*layers)
        self.picture_conv = same_conv2d(base, 3, bias=True)

    def forward(self, features: Tensor) -> Tensor:
        """[B, 16 · 8 · base] → [B, 3, S, S], from black at −½ to white at ½ and a little beyond."""
        maps = features.view(-1, WIDEST * self.base, INNERMOST_SIDE, INNERMOST_SIDE)
        picture: Tensor = torch.tanh(self.picture_conv(self.convolutions(maps))) * REACH
        return picture


def full_layers(*sizes: int) -> nn.Sequential:
    """Full layers through these sizes, each with its activation."""
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), _activation()]
    return nn.Sequential(*layers)


def initialise(network: nn.Module) -> None:
    """He's initialisation for the activations' slope; biases zero."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, a=LEAKY_SLOPE)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)


def _activation() -> nn.LeakyReLU:
    return nn.LeakyReLU(LEAKY_SLOPE)
