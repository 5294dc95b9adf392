"""Outer levels alone render what the whole network renders with the inner ones silent."""

import pytest
import torch

from dvox_core.errors import UserError
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.training.steps.acceleration import accelerate
from dvox_core.training.steps.outer_levels import render_outer, silence_inner_levels


@pytest.mark.parametrize("levels", [1, 2, 4, 6])
def test_the_whole_network_with_silent_levels_renders_exactly_the_same(levels: int) -> None:
    torch.manual_seed(0)
    network = RenderingNetwork(5, 4, 1, dropout=0.0)
    silence_inner_levels(network, levels)
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-2)
    for _ in range(3):  # trained a little, so that the silent levels have had their chance
        optimizer.zero_grad()
        render_outer(network, torch.randn(2, 5, 64, 64), levels).square().mean().backward()
        optimizer.step()
    features = torch.randn(1, 5, 64, 64)
    network.eval()
    with torch.no_grad():
        difference = network(features) - render_outer(network, features, levels)
    assert difference.abs().max() == 0


def test_silent_levels_are_not_trained_and_outer_ones_are() -> None:
    network = RenderingNetwork(5, 4, 1, dropout=0.0)
    silence_inner_levels(network, 2)
    accelerate(network, torch.device("cpu"))
    render_outer(network, torch.randn(1, 5, 64, 64), 2).square().mean().backward()
    for name, parameter in network.named_parameters():
        is_inner = any(name.startswith(f"unet.downs.{level}.") for level in range(2, 6))
        is_inner |= any(name.startswith(f"unet.ups.{level}.") for level in range(4))
        assert parameter.requires_grad != is_inner, name
        assert (parameter.grad is None) == is_inner, name


def test_levels_that_there_are_not_are_refused() -> None:
    with pytest.raises(UserError, match="write 1 to 6"):
        silence_inner_levels(RenderingNetwork(5, 4, 1), 7)
