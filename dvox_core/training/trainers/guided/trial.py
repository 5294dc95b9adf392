"""Measures steps of the guided recipe's last two stages, where nearly all of its time goes."""

import time
from collections.abc import Callable

import torch

from dvox_core.data.capture import Capture
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, frustum_for
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import accelerate, scale_dropout
from dvox_core.training.steps.outer_levels import silence_inner_levels
from dvox_core.training.trainers.guided.cached_visibility import VisibleRows, starts
from dvox_core.training.trainers.guided.grid_from_field import APPEARANCE_SCALE, OPACITIES
from dvox_core.training.trainers.guided.joint_training import JointTraining
from dvox_core.training.trainers.guided.network_training import NetworkTraining
from dvox_core.training.trainers.guided.training_targets import TargetView

FILLED = 0.12
"""Share of the voxels that are not empty on usual captures."""

ROWS_PER_RAY = 12
"""That make a ray on usual captures, empty rays counted."""

WARM_UP_STEPS, STEPS = 2, 4


def guided_step_seconds(
    capture: Capture, model: ModelConfig, training: TrainingConfig, device: torch.device
) -> float:
    """A step's mean over the two stages, in the shares that the training gives them."""
    share = training.joint_share
    seconds = (1 - share) * network_step_seconds(model, training, device)
    if share:
        seconds += share * joint_step_seconds(capture, model, training, device)
    return seconds


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

    def step(number: int) -> None:
        trained.step(views, targets, weights, number=number, share=0.0, rate_scale=1.0)

    return _quickest(step)


def joint_step_seconds(
    capture: Capture, model: ModelConfig, training: TrainingConfig, device: torch.device
) -> float:
    """The quickest of a few steps on a ball of voxels, seen from one of a capture's cameras."""
    network = DeepVoxels(model).to(device)
    scale_dropout(network, training.dropout)
    accelerate(network, device)
    silence_inner_levels(network.rendering, training.trained_levels)
    side = model.grid_size
    axis = torch.arange(side) - (side - 1) / 2
    distances = (axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2).flatten()
    voxels = max(1, int(FILLED * side**3))
    occupied = distances.argsort()[:voxels].sort().values
    frustum = frustum_for(capture.intrinsics, capture.near_plane, capture.placement, side)
    trained = JointTraining(
        network,
        torch.rand(voxels, OPACITIES),
        torch.rand(voxels, model.features - OPACITIES) * APPEARANCE_SCALE,
        occupied,
        training,
        frustum,
        capture.placement,
        device,
    )
    pose = torch.from_numpy(capture.views[0].camera.camera_to_world.copy())
    count = training.targets_per_step
    targets = torch.zeros(count, 3, model.image_size, model.image_size, device=device)
    weights = torch.ones(count, device=device)

    def step(number: int) -> None:
        views = [TargetView(number, pose)] * count
        trained.step(views, targets, weights, number=number, share=0.0, rate_scale=1.0)

    return _quickest(step)


def _quickest(step: Callable[[int], None]) -> float:
    times = []
    for number in range(WARM_UP_STEPS + STEPS):
        start = time.perf_counter()
        step(number)
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
