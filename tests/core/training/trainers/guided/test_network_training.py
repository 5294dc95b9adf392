"""The rendering network of the guided recipe, before its first step."""

import torch

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import accelerate, scale_dropout
from dvox_core.training.trainers.guided.cached_visibility import VisibleRows, starts
from dvox_core.training.trainers.guided.grid_from_field import APPEARANCE_SCALE, OPACITIES
from dvox_core.training.trainers.guided.network_training import NetworkTraining, render_maps

CPU = torch.device("cpu")
PLANES = 32
RAYS = FEATURE_MAP_SIDE**2


def disc(middle: int) -> VisibleRows:
    """A view of a disc of voxels, a row a ray, before nothing."""
    axis = torch.arange(FEATURE_MAP_SIDE)
    inside = ((axis - middle) ** 2 + (axis[:, None] - 32) ** 2 < 400).flatten()
    rays = inside.nonzero()[:, 0]
    weights = torch.full((len(rays),), 1 / PLANES)
    return VisibleRows(
        rows=rays.int(),
        starts=starts(rays, RAYS),
        weights=weights,
        rays=rays.int(),
        row_starts=starts(rays, RAYS),
        ray_weights=weights,
        opacities=torch.zeros(OPACITIES, FEATURE_MAP_SIDE, FEATURE_MAP_SIDE),
    )


def test_the_first_picture_looks_as_it_does_in_training() -> None:
    torch.manual_seed(0)
    training = TrainingConfig(recipe="guided", trained_levels=2)
    network = RenderingNetwork(OPACITIES + 4, 8, 1)
    scale_dropout(network, 0.0)
    accelerate(network, CPU)
    colors = torch.rand(RAYS, 3)
    appearance = torch.cat([torch.ones(RAYS, 1), colors], dim=1) * APPEARANCE_SCALE
    trained = NetworkTraining(network, appearance, training, PLANES, CPU)
    views = [disc(30), disc(32), disc(34)]
    momenta = {m.momentum for m in network.modules() if hasattr(m, "momentum")}
    trained.start_from_colors(views, torch.ones(3))
    assert {m.momentum for m in network.modules() if hasattr(m, "momentum")} == momenta
    with torch.no_grad():
        rendered = render_maps(network.eval(), trained.maps(views[1:2]), training)
        expected = render_maps(network.train(), trained.maps(views[1:2]), training)
    assert expected.std() > 0.15
    assert (rendered - expected).abs().mean() < 0.01
