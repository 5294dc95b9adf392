"""Trains only the outer levels of the rendering network's U-Net; the inner ones stay silent.

A silent level hands zeros outwards. In the whole network that is a last batch norm whose weight and
bias are zero, so what is trained here renders the same there, to the last bit.
"""

import torch
from torch import Tensor
from torch.nn import functional

from dvox_core.errors import UserError
from dvox_core.networks.blocks import LEAKY_SLOPE, UpBlock2d
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.networks.unet import UNet2d


def silence_inner_levels(network: RenderingNetwork, levels: int) -> None:
    """Keep the outer `levels` levels of the U-Net; all weights further in become a fixed zero.

    Raises:
        UserError: the U-Net has fewer levels, or none would be left.
    """
    unet = network.unet
    total = len(unet.downs)
    if not 1 <= levels <= total:
        raise UserError(f"{levels} levels of the U-Net: write 1 to {total}")
    inner = [*unet.downs[levels:], *unet.ups[: total - levels]]
    for block in inner:
        for parameter in block.parameters():
            with torch.no_grad():
                parameter.zero_()
            parameter.requires_grad_(False)


def render_outer(network: RenderingNetwork, features: Tensor, levels: int) -> Tensor:
    """What `RenderingNetwork` makes of features [B, F, 64, 64], after `silence_inner_levels`.

    The silent levels are not run: [B, 3, S, S] in −½…½ in half the time of a step at 128 pixels.
    """
    maps = _outer_unet(network.unet, features, levels)
    for up in network.ups:
        maps = up(maps)
    maps = torch.relu(network.hidden_norm(network.hidden_conv(maps)))
    return torch.tanh(network.picture_conv(maps)) * 0.5


def _outer_unet(unet: UNet2d, maps: Tensor, levels: int) -> Tensor:
    if levels == len(unet.downs):
        whole: Tensor = unet(maps)
        return whole
    maps = functional.leaky_relu(unet.in_norm(unet.in_conv(maps)), LEAKY_SLOPE)
    maps = unet.dropout(maps)
    skips = []
    for down in unet.downs[:levels]:
        skips.append(maps)
        maps = down(maps)
    for number, up in enumerate(unet.ups[len(unet.ups) - levels :]):
        assert isinstance(up, UpBlock2d)
        enlarged = _without_silent_half(up, maps) if number == 0 else up(maps)
        maps = torch.cat([skips.pop(), enlarged], dim=1)
    result: Tensor = unet.dropout(functional.relu(unet.out_norm(unet.out_conv(maps))))
    return result


def _without_silent_half(up: UpBlock2d, maps: Tensor) -> Tensor:
    """The block on [maps, zeros]: zeros add nothing, so their half of the weights is left out."""
    weight = up.up.weight[: maps.shape[1]]
    maps = functional.conv_transpose2d(maps, weight, up.up.bias, stride=2, padding=1)
    maps = up.dropout(up.activation(up.up_norm(maps)))
    result: Tensor = up.dropout(up.activation(up.conv_norm(up.conv(maps))))
    return result
