"""Measures a step of the guided recipe's last stage, where nearly all of its time goes."""

import time

import torch

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.model.config import ModelConfig
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import accelerate, scale_dropout
from dvox_core.training.steps.outer_levels import silence_inner_levels
from dvox_core.training.trainers.guided.cached_visibility import VisibleRows, starts
from dvox_core.training.trainers.guided.grid_from_field import APPEARANCE_SCALE, OPACITIES
from dvox_core.training.trainers.guided.network_training import NetworkTraining

FILLED = 0.12
"""Share of the voxels that are not empty on usual captures."""

ROWS_PER_RAY = 12
"""That make a ray on usual captures, empty rays counted."""

WARM_UP_STEPS, STEPS = 2, 4


def network_step_seconds(
    model: ModelConfig, training: TrainingConfig, device: torch.device
) -> float:
    """The quickest of a few steps on a made-up view."""
    network = RenderingNetwork(model.features, model.base_channels, model.resolution_steps)
    network.to(device)
    scale_dropout(network, training.dropout)
    silence_inner_levels(network, training.trained_levels)
    accelerate(network, device)
    voxels = max(1, int(FILLED * model.grid_size**3))
    appearance = torch.rand(voxels, model.features - OPACITIES) * APPEARANCE_SCALE
    trained = NetworkTraining(network, appearance, training, model.plane_count, device)
    views = [_made_up_view(voxels, device)] * training.targets_per_step
    side = model.image_size
    targets = torch.zeros(len(views), 3, side, side, device=device)
    weights = torch.ones(len(views), device=device)
    times = []
    for number in range(WARM_UP_STEPS + STEPS):
        start = time.perf_counter()
        trained.step(views, targets, weights, number=number, share=0.0, rate_scale=1.0)
        times.append(time.perf_counter() - start)
    return min(times[WARM_UP_STEPS:])


def _made_up_view(voxels: int, device: torch.device) -> VisibleRows:
    rays = FEATURE_MAP_SIDE**2
    numbers = torch.arange(rays * ROWS_PER_RAY) // ROWS_PER_RAY
    rows = torch.randint(voxels, (len(numbers),))
    order = torch.argsort(rows)
    weights = torch.rand(len(numbers)) / ROWS_PER_RAY
    tensors = (
        rows.int(),
        starts(numbers, rays),
        weights,
        numbers[order].int(),
        starts(rows, voxels),
        weights[order],
        torch.rand(OPACITIES, FEATURE_MAP_SIDE, FEATURE_MAP_SIDE),
    )
    return VisibleRows(*(tensor.to(device) for tensor in tensors))
