"""Estimates what a training takes: parameters, memory and time on this machine.

The time is a model: the networks' multiplications, counted without running them, over this
machine's speed at two short convolutions like theirs.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.kinds import AnyConfig
from dvox_core.model.picture_config import PictureModelConfig
from dvox_core.model.picture_networks import create_network
from dvox_core.networks.discriminator import Discriminator
from dvox_core.networks.picture_coder import innermost_features
from dvox_core.networks.pix2pix import Pix2PixNetwork
from dvox_core.networks.pix2pix_discriminator import Pix2PixDiscriminator
from dvox_core.networks.tatarchenko import POSE_FEATURES, TatarchenkoNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.losses import BORDER
from dvox_core.training.steps.plane_conv import plane_conv

BYTES = 4  # of a float32
PROGRAM_BYTES = 400 << 20  # Python with torch
VIEW_CACHE_BYTES = 1 << 30  # what kept view samples come to on usual captures
BACKWARD = 2.0  # of a network, in forwards
OVERHEAD = 2.0  # of what is no convolution: norms, row sums, optimiser, moving average


@dataclass(frozen=True)
class TrainingCost:
    """What a training takes.

    Attributes:
        parameters: that the scene stores, the grid included.
        memory_bytes: at the most, roughly; the device's.
        step_seconds: on this machine, roughly.
    """

    parameters: int
    memory_bytes: int
    step_seconds: float

    def minutes(self, steps: int) -> float:
        """Estimated time of so many steps."""
        return self.step_seconds * steps / 60

    def summary(self, steps: int) -> str:
        """One line for people."""
        return (
            f"{self.parameters / 1e6:.1f} million parameters, about "
            f"{self.memory_bytes / 2**30:.1f} GiB of memory, about "
            f"{self.step_seconds:.2g} s a step here: {steps} steps in {_duration(self, steps)}"
        )


def describe_preset(
    model: AnyConfig, training: TrainingConfig, device: torch.device
) -> TrainingCost:
    """Estimate a training's cost; takes about a second."""
    if isinstance(model, PictureModelConfig):
        return _describe_picture_system(model, training, device)
    maps, volumes, activations = _count(model, training)
    map_speed, volume_speed = _speeds(device)
    seconds = (1 + BACKWARD) * maps / map_speed
    if training.recipe != "guided":  # that computes each view's visibility once
        every = training.visibility_every if training.recipe == "direct" else 1
        seconds += (1 + BACKWARD / every) * volumes / volume_speed
    with torch.device("meta"):
        network = DeepVoxels(model)
    parts = _trained_parts(network, training)
    trained = sum(parameter.numel() for part in parts for parameter in part.parameters())
    stored = sum(
        parameter.numel()
        for part in (network.inpainting, network.occlusion, network.depth_collapse)
        if part is not None
        for parameter in part.parameters()
    )
    stored += sum(parameter.numel() for parameter in network.rendering.parameters())
    copies = 4 + (1 if training.ema_decay else 0)  # weight, gradient, Adam's two, average
    grid = network.grid.numel()
    memory = BYTES * (copies * (trained + grid) + activations)
    return TrainingCost(
        parameters=stored + grid,
        memory_bytes=memory + PROGRAM_BYTES + VIEW_CACHE_BYTES,
        step_seconds=seconds * OVERHEAD,
    )


def _describe_picture_system(
    model: PictureModelConfig, training: TrainingConfig, device: torch.device
) -> TrainingCost:
    side, targets = model.image_size, training.targets_per_step
    cut = side - 2 * BORDER
    with torch.device("meta"):
        network = create_network(model)
        pictures = torch.empty(targets, 3, side, side)
        if isinstance(network, Pix2PixNetwork):
            runs = [_Run(network, (pictures,))]
        else:
            has_poses = isinstance(network, TatarchenkoNetwork)
            joined = torch.empty(targets, model.latent + (POSE_FEATURES if has_poses else 0))
            innermost = torch.empty(targets, innermost_features(model.base_channels))
            runs = [
                _Run(network.encoder, (pictures,)),
                _Run(network.joint, (joined,)),
                _Run(network.decoder, (innermost,)),
            ]
        if training.adversarial:
            if training.recipe == "isola":
                runs.append(_Run(Pix2PixDiscriminator(), (torch.empty(2 * targets, 6, cut, cut),)))
            else:
                runs.append(_Run(Discriminator(), (torch.empty(2 * targets, 3, cut, cut),)))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    copies = 4 + (1 if training.ema_decay else 0)  # weight, gradient, Adam's two, average
    flops = sum(run.flops for run in runs)
    return TrainingCost(
        parameters=parameters,
        memory_bytes=BYTES * (copies * parameters + sum(run.kept for run in runs)) + PROGRAM_BYTES,
        step_seconds=(1 + BACKWARD) * flops / _speeds(device)[0] * OVERHEAD,
    )


def _trained_parts(network: DeepVoxels, training: TrainingConfig) -> list[nn.Module]:
    parts: list[nn.Module | None] = [network.occlusion, network.depth_collapse, network.rendering]
    if training.recipe == "paper":
        parts += [network.feature_extractor, network.integration]
    if training.recipe == "paper" or training.grid_path == "inpainted":
        parts.append(network.inpainting)
    return [part for part in parts if part is not None]


def _count(model: ModelConfig, training: TrainingConfig) -> tuple[float, float, int]:
    """Forward FLOPs, of the occlusion network apart, and the numbers that backward needs kept.

    The occlusion network's few channels run at a speed of their own.
    """
    side, features, targets = model.grid_size, model.features, training.targets_per_step
    size, pixels = model.image_size, FEATURE_MAP_SIDE
    cut = size - 2 * BORDER
    with torch.device("meta"):
        network = DeepVoxels(model)
        grid = torch.empty(1, features, side, side, side)
        volume = torch.empty(targets, features, model.plane_count, pixels, pixels)
        picture = torch.empty(1, 3, size, size)
        flat = torch.empty(targets, features, pixels, pixels)
        judged = torch.empty(2 * targets, 3, cut, cut)
        discriminator = Discriminator()
    maps = [_Run(network.rendering, (flat,))]
    volumes = []
    if network.occlusion is not None:
        volumes.append(_Run(network.occlusion, (volume,)))
    if network.depth_collapse is not None:
        maps.append(_Run(network.depth_collapse, (volume,)))
    if training.recipe == "paper":
        maps.append(_Run(network.feature_extractor, (picture,)))
        maps.append(_Run(network.integration, (grid, grid)))
    if training.recipe == "paper" or training.grid_path == "inpainted":
        maps.append(_Run(network.inpainting, (grid,)))
    if training.adversarial:
        maps.append(_Run(discriminator, (judged,)))
    kept = sum(run.kept for run in (*maps, *volumes)) + volume.numel()
    return sum(run.flops for run in maps), sum(run.flops for run in volumes), kept


class _Run:
    """One forward pass on shapes alone: its FLOPs and the sizes of all layers' outputs."""

    def __init__(self, network: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.kept = 0
        with self._counting(network), FlopCounterMode(display=False) as counter:
            network(*inputs)
        self.flops = float(counter.get_total_flops())

    @contextmanager
    def _counting(self, network: nn.Module) -> Iterator[None]:
        def count(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                self.kept += output.numel()

        leaves = [module for module in network.modules() if not list(module.children())]
        handles = [leaf.register_forward_hook(count) for leaf in leaves]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _speeds(device: torch.device) -> tuple[float, float]:
    """Forward FLOPs a second of 2D convolutions and of those to few channels in volumes."""
    pixels, channels, planes = FEATURE_MAP_SIDE, 32, 32
    maps = torch.zeros(2, channels, pixels, pixels, device=device)
    maps = maps.contiguous(memory_format=torch.channels_last)
    kernel = torch.zeros(channels, channels, 3, 3, device=device)
    volume = torch.zeros(1, planes, pixels, pixels, 8, device=device).movedim(-1, 1)
    kernel_3d = torch.zeros(4, 8, 3, 3, 3, device=device)
    with torch.no_grad():
        map_seconds = _seconds(lambda: nn.functional.conv2d(maps, kernel), device)
        volume_seconds = _seconds(lambda: plane_conv(volume, kernel_3d), device)
    map_flops = 2 * 9 * channels * channels * maps[:, 0].numel()
    volume_flops = 2 * 27 * 8 * 4 * volume[:, 0].numel()
    return map_flops / map_seconds, volume_flops / volume_seconds


def _seconds(work: Callable[[], Tensor], device: torch.device) -> float:
    """Median time of one call."""
    times = []
    for _ in range(7):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return sorted(times[2:])[2]


def _duration(cost: TrainingCost, steps: int) -> str:
    minutes = cost.minutes(steps)
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"
