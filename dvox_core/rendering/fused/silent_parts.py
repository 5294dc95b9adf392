"""Finds what is always zero in a scene's networks, so that it need not be computed.

Trainings may leave inner levels of the rendering network's U-Net silent, and show the occlusion
network some of the features only. What is left out here adds zeros: the picture stays the same.
"""

import torch
from torch import Tensor, nn

from dvox_core.networks.blocks import UpBlock2d
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.networks.rendering import RenderingNetwork


def drop_silent_levels(network: RenderingNetwork) -> None:
    """Take out the levels of the U-Net that hand only zeros outwards."""
    unet = network.unet
    silent = [number for number, up in enumerate(unet.ups) if _is_silent(up)]
    if not silent or silent[-1] == len(unet.ups) - 1:
        return
    first = silent[-1] + 1  # the ups before it, from the innermost outwards, add nothing
    innermost, inside = unet.ups[first], unet.ups[first - 1]
    assert isinstance(innermost, UpBlock2d)
    assert isinstance(inside, UpBlock2d)
    heard = innermost.up.in_channels - inside.conv.out_channels
    innermost.up.weight = nn.Parameter(innermost.up.weight[:heard].clone(), requires_grad=False)
    innermost.up.in_channels = heard
    unet.ups = unet.ups[first:]
    unet.downs = unet.downs[: len(unet.ups)]


def drop_unseen_features(network: OcclusionNetwork) -> Tensor:
    """Take out the input weights of features that the network does not look at.

    Returns:
        [n] int64, the numbers of the features that are left, ascending; at least one.
    """
    weight = network.prep_conv.weight
    is_seen = weight[:, 1:].abs().amax(dim=(0, 2, 3, 4)) > 0  # the first channel is depth
    is_seen[0] |= ~is_seen.any()
    seen = is_seen.nonzero()[:, 0]
    if len(seen) < len(is_seen):
        kept = torch.cat([seen.new_zeros(1), seen + 1])
        network.prep_conv.weight = nn.Parameter(weight[:, kept].clone(), requires_grad=False)
        network.prep_conv.in_channels = len(kept)
    return seen


def _is_silent(block: nn.Module) -> bool:
    assert isinstance(block, UpBlock2d)
    norm = block.conv_norm
    if not isinstance(norm, nn.BatchNorm2d):
        return False
    return not bool(norm.weight.any()) and not bool(norm.bias.any())
