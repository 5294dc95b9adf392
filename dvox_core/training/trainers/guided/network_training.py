"""Trains the rendering network and the grid's appearance; what is visible is frozen."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.color_start import colors_before_background, start_as_enlarger
from dvox_core.training.steps.losses import cut_border, gradient_losses
from dvox_core.training.steps.muon import Optimizers, muon_and_adam
from dvox_core.training.steps.outer_levels import render_outer
from dvox_core.training.steps.picture_norm import PictureNorm
from dvox_core.training.trainers.guided.cached_visibility import VisibleRows, collapse
from dvox_core.training.trainers.guided.grid_from_field import APPEARANCE_SCALE, COVERAGE

WARM_UP_STEPS = 30
ADAM_BETAS = (0.9, 0.999)

SOFT_FROM = 0.5
"""From this share of the stage on small errors count by their square."""

SOFT_BELOW = 0.05
"""What a small error is (Charbonnier's ε)."""

SETTLED_FROM = 0.5
"""From this share on the batch norms keep their statistics, as in rendering."""


class Outcome(NamedTuple):
    """A step's loss, mean absolute difference of pictures, and the networks' learning rate."""

    loss: float
    l1: float
    rate: float


class NetworkTraining:
    """The appearance and the rendering network with their optimiser.

    Attributes:
        appearance: [M, F − 8], the parameter; rendered without what is below zero.
    """

    def __init__(
        self,
        network: RenderingNetwork,
        appearance: Tensor,
        training: TrainingConfig,
        planes: int,
        device: torch.device,
    ) -> None:
        self._network, self._training, self._planes = network, training, planes
        self._device = device
        self.appearance = nn.Parameter(appearance.to(device).clone())
        parameters = [p for p in network.parameters() if p.requires_grad]
        self._optimizer = new_optimizer(
            network,
            [
                {"params": parameters, "initial_lr": training.learning_rate},
                {"params": [self.appearance], "initial_lr": training.grid_learning_rate},
            ],
            training,
        )

    @torch.no_grad()
    def start_from_colors(self, views: Sequence[VisibleRows], background: Tensor) -> None:
        """Let the network begin as an enlarger of what some views see."""
        maps = self.maps(views)[:, COVERAGE : COVERAGE + 4]
        composites = maps * (self._planes / APPEARANCE_SCALE)
        start_as_enlarger(
            self._network,
            colors_before_background(COVERAGE, composites, background.to(self._device)),
        )
        # The norms keep the mean of these views' statistics. By their own momentum a few views
        # leave half of the zeros and ones they were made with: first pictures are all but empty.
        norms = [m for m in self._network.modules() if isinstance(m, PictureNorm)]
        momenta = [norm.momentum for norm in norms]
        self._network.train()
        for number, view in enumerate(views):
            for norm in norms:
                norm.momentum = 1 / (number + 1)
            render_maps(self._network, self.maps([view]), self._training)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum

    def maps(self, views: Sequence[VisibleRows]) -> Tensor:
        """Collapsed features [B, F, P, P]."""
        appearance = self.appearance.relu()
        return torch.stack(
            [torch.cat([view.opacities, collapse(appearance, view)]) for view in views]
        )

    def step(
        self,
        views: Sequence[VisibleRows],
        targets: Tensor,  # [B, 3, S, S] in −½…½
        weights: Tensor,  # [B], of each target's loss
        *,
        number: int,
        share: float,
        rate_scale: float,
    ) -> Outcome:
        """One step.

        Args:
            number: of the step within this stage, from 0.
            share: of this stage that is done, 0…1.
        """
        factor = rate_factor(self._training, number, share, WARM_UP_STEPS) * rate_scale
        for group in self._optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        self._optimizer.zero_grad(set_to_none=True)
        self._network.train(share < SETTLED_FROM)
        pictures = render_maps(self._network, self.maps(views), self._training)
        loss, l1 = picture_loss(
            pictures,
            targets,
            weights,
            soft=SOFT_BELOW if share >= SOFT_FROM else 0.0,
            gradient_weight=self._training.gradient_weight,
        )
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        rate = self._training.learning_rate * factor
        return Outcome(float(loss.detach()), float(l1.detach()), rate)

    def trained_tensors(self) -> dict[str, Tensor]:
        """What a step changes, by the names of the scene and of this object; not copies."""
        return rendering_tensors(self._network) | {"appearance": self.appearance.detach()}

    def state(self) -> dict[str, Any]:
        """What an exact resume needs beside the network."""
        return {
            "appearance": self.appearance.detach(),
            "optimizer": self._optimizer.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`."""
        with torch.no_grad():
            self.appearance.copy_(state["appearance"])
        self._optimizer.load_state_dict(state["optimizer"])


def new_optimizer(
    network: RenderingNetwork, groups: list[dict[str, Any]], training: TrainingConfig
) -> Optimizer | Optimizers:
    """The configuration's optimiser for groups of parameters; the network's are in the first."""
    adam: dict[str, Any] = {"betas": ADAM_BETAS, "weight_decay": 0.0, "fused": True}
    if training.optimizer == "muon":
        return muon_and_adam(network, groups, **adam)
    return AdamW(groups, **adam)


def render_maps(network: RenderingNetwork, maps: Tensor, training: TrainingConfig) -> Tensor:
    """Pictures [B, 3, S, S] in −½…½ of collapsed features [B, F, P, P]."""
    bfloat16 = training.precision == "bfloat16"
    with torch.autocast(maps.device.type, torch.bfloat16, enabled=bfloat16):
        maps = maps.contiguous(memory_format=torch.channels_last)
        return render_outer(network, maps, training.trained_levels).float()


def rate_factor(training: TrainingConfig, number: int, share: float, warm_up: int) -> float:
    """What learning rates are multiplied with: the warm-up's first steps, then the schedule."""
    factor = min(1.0, (number + 1) / warm_up)
    if training.schedule == "cosine":
        factor *= 0.5 * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0)))
    return factor


def picture_loss(
    pictures: Tensor,  # [B, 3, S, S]
    targets: Tensor,
    weights: Tensor,  # [B]
    *,
    soft: float,
    gradient_weight: float,
) -> tuple[Tensor, Tensor]:
    """The loss without the pictures' border, and the mean absolute difference.

    Args:
        soft: errors below about this count by their square; 0: none does.
        gradient_weight: of the loss on the pictures' gradients beside it.
    """
    pictures, targets = cut_border(pictures), cut_border(targets)
    difference = pictures - targets
    l1 = difference.abs().mean(dim=(1, 2, 3))
    losses = l1
    if soft:
        rounded = (difference.square() + soft**2).sqrt() - soft
        losses = rounded.mean(dim=(1, 2, 3))
    if gradient_weight:
        losses = losses + gradient_weight * gradient_losses(pictures, targets)
    return (losses * weights).sum() / weights.sum(), l1.mean()


def rendering_tensors(network: RenderingNetwork) -> dict[str, Tensor]:
    """The network's tensors that are not fixed, by the scene's names; not copies."""
    still = {name for name, value in network.named_parameters() if not value.requires_grad}
    return {
        f"rendering.{name}": tensor
        for name, tensor in network.state_dict().items()
        if name not in still
    }
