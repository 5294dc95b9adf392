"""A rendering network that starts from colours enlarges them."""

import pytest
import torch
from torch.nn import functional

from dvox_core.errors import UserError
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.training.steps.color_start import (
    GAIN,
    colors_before_background,
    inverse_colors,
    start_as_enlarger,
)
from dvox_core.training.steps.losses import cut_border


def smooth_pictures(count: int, side: int) -> torch.Tensor:
    """[N, 3, S, S] in −½…½."""
    coarse = torch.rand(count, 3, 9, 9, generator=torch.manual_seed(1))
    return functional.interpolate(coarse, size=(side, side), mode="bicubic").clamp(0, 1) - 0.5


def enlarged(pictures: torch.Tensor, side: int) -> torch.Tensor:
    """Pooled to 64 and enlarged again, linearly, step by step; saturated as the network does."""
    maps = functional.adaptive_avg_pool2d(pictures, 64)
    while maps.shape[-1] < side:
        maps = functional.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)
    return torch.tanh(2 * GAIN * maps) / 2


def without_other_channels(network: RenderingNetwork, count: int) -> RenderingNetwork:
    """The random channels add nothing."""
    with torch.no_grad():
        network.picture_conv.weight[:, count:] = 0
    return network


@pytest.mark.parametrize("side", [128, 256])
def test_a_grid_of_inverse_colours_gives_the_picture_pooled_and_enlarged(side: int) -> None:
    torch.manual_seed(0)
    steps = {128: 1, 256: 2}[side]
    pictures = smooth_pictures(1, side)
    network = RenderingNetwork(6, 8, steps, dropout=0.0).train()
    start_as_enlarger(network, inverse_colors(pictures))
    pooled = functional.adaptive_avg_pool2d(0.5 - pictures, 64)
    features = torch.cat([3.0 * pooled, torch.rand(1, 3, 64, 64)], dim=1)
    with torch.no_grad():
        output = without_other_channels(network, 3)(features)
    expected = enlarged(pictures, side)
    assert expected.std() > 0.1
    assert cut_border(output - expected).abs().max() < 0.03
    assert cut_border(output - expected).abs().mean() < 0.01


def test_coverage_and_colours_are_shown_before_the_background() -> None:
    torch.manual_seed(0)
    background = torch.tensor([0.2, 1.0, 0.5])
    coverage = (smooth_pictures(1, 64)[:, :1] * 3).clamp(0, 1)
    colors = smooth_pictures(1, 64) + 0.5
    composites = torch.cat([coverage, coverage * colors], dim=1)
    network = RenderingNetwork(7, 8, 1, dropout=0.0).train()
    start_as_enlarger(network, colors_before_background(2, composites, background))
    features = torch.cat([torch.rand(1, 2, 64, 64), composites / 4, torch.rand(1, 1, 64, 64)], 1)
    with torch.no_grad():
        output = without_other_channels(network, 4)(features)
    shown = composites[:, 1:] + (1 - coverage) * background[:, None, None] - 0.5
    maps = functional.interpolate(shown, scale_factor=2, mode="bilinear", align_corners=False)
    expected = torch.tanh(2 * GAIN * maps) / 2
    assert cut_border(output - expected).abs().mean() < 0.01


def test_too_few_channels_are_refused() -> None:
    pictures = smooth_pictures(1, 128)
    with pytest.raises(UserError, match="at least 6"):
        start_as_enlarger(RenderingNetwork(4, 4, 1), inverse_colors(pictures))
