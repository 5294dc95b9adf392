"""Starts a rendering network as an enlarger of colours.

From random weights it learns a collapsed palette first and colour slowly. Here the first channels
of every layer carry numbers that a picture is a plain sum of, enlarged from layer to layer; all
other channels start at random and add what is missing.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dvox_core.errors import UserError
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.networks.blocks import UpBlock2d
from dvox_core.networks.rendering import RenderingNetwork

GAIN = 1.5
"""A picture from black to white is tanh of −GAIN to GAIN: 95 % of its range, not yet saturated."""

OTHER_CHANNELS = 0.3
"""What the last layer's random weights are scaled by."""

ENLARGING = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
"""A transposed convolution of stride 2 with these weights interpolates linearly."""


@dataclass(frozen=True, eq=False)
class Carried:
    """The numbers that the first C channels of every layer carry.

    Attributes:
        inputs: which channels of the network's input they are.
        mean, deviation: [C], what they should be like over a picture.
        picture_weight, picture_bias: [3, C] and [3], the picture before tanh as a sum of them.
    """

    inputs: tuple[int, ...]
    mean: Tensor
    deviation: Tensor
    picture_weight: Tensor
    picture_bias: Tensor


def inverse_colors(pictures: Tensor) -> Carried:
    """1 − red, 1 − green, 1 − blue in the first three features, so that white is zero.

    Args:
        pictures: [N, 3, S, S] in −½…½; what the network shall render.
    """
    pooled = nn.functional.adaptive_avg_pool2d(0.5 - pictures, FEATURE_MAP_SIDE)
    return Carried(
        inputs=(0, 1, 2),
        mean=pooled.mean(dim=(0, 2, 3)),
        deviation=pooled.std(dim=(0, 2, 3)),
        picture_weight=-2 * GAIN * torch.eye(3, device=pictures.device),
        picture_bias=torch.full((3,), GAIN, device=pictures.device),
    )


def colors_before_background(first: int, composites: Tensor, background: Tensor) -> Carried:
    """Coverage and the colours that it brings, before a background of one colour.

    Args:
        first: the feature that is coverage; red, green and blue follow.
        composites: [N, 4, P, P] in 0…1, coverage and coverage × colour of some views.
        background: [3] in 0…1.
    """
    weight = torch.cat([-background[:, None], torch.eye(3, device=background.device)], dim=1)
    return Carried(
        inputs=(first, first + 1, first + 2, first + 3),
        mean=composites.mean(dim=(0, 2, 3)),
        deviation=composites.std(dim=(0, 2, 3)),
        picture_weight=2 * GAIN * weight,
        picture_bias=2 * GAIN * background - GAIN,
    )


@torch.no_grad()
def start_as_enlarger(network: RenderingNetwork, carried: Carried) -> None:
    """Set the weights of the first channels of every layer on the way of the outermost skip.

    Raises:
        UserError: the network's last layer has too few channels for them.
    """
    count = len(carried.inputs)
    if network.hidden_conv.out_channels < count:
        raise UserError(
            f"{2 * network.hidden_conv.out_channels} base channels are too few to start from "
            f"colours; take at least {2 * count}"
        )
    unet = network.unet
    same = tuple(range(count))
    assert isinstance(unet.in_conv, nn.Conv2d)
    assert isinstance(unet.out_conv, nn.Conv2d)
    _pass_on(unet.in_conv, carried.inputs)
    _pass_on(unet.out_conv, same)
    _pass_on(network.hidden_conv, same)
    norms: list[nn.Module] = [unet.in_norm, unet.out_norm, network.hidden_norm]
    for up in network.ups:
        assert isinstance(up, UpBlock2d)
        _enlarge(up.up, count)
        _pass_on(up.conv, same)
        norms += [up.up_norm, up.conv_norm]
    for norm in norms:
        norm.get_parameter("weight")[:count] = carried.deviation
        norm.get_parameter("bias")[:count] = carried.mean
    last = network.picture_conv
    last.weight *= OTHER_CHANNELS
    last.weight[:, :count] = 0
    last.weight[:, :count, 1, 1] = carried.picture_weight
    assert last.bias is not None
    last.bias.copy_(carried.picture_bias)


def _pass_on(conv: nn.Conv2d, inputs: tuple[int, ...]) -> None:
    """The first outputs are these inputs."""
    conv.weight[: len(inputs)] = 0
    for output, channel in enumerate(inputs):
        conv.weight[output, channel, 1, 1] = 1


def _enlarge(up: nn.ConvTranspose2d, count: int) -> None:
    """The first outputs are the first inputs, twice as large."""
    up.weight[:, :count] = 0
    kernel = torch.outer(ENLARGING, ENLARGING).to(up.weight.device)
    for channel in range(count):
        up.weight[channel, channel] = kernel
