"""Trains the rendering network and the grid's appearance; what is visible is frozen."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dvox_core.networks.rendering import RenderingNetwork
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.color_start import colors_before_background, start_as_enlarger
from dvox_core.training.steps.losses import cut_border
from dvox_core.training.steps.outer_levels import render_outer
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
        self._optimizer = torch.optim.AdamW(
            [
                {"params": parameters, "initial_lr": training.learning_rate},
                {"params": [self.appearance], "initial_lr": training.grid_learning_rate},
            ],
            lr=training.learning_rate,
            betas=ADAM_BETAS,
            weight_decay=0.0,
            fused=True,
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
        self._network.train()
        for view in views:  # the norms' running statistics
            self.render(self.maps([view]))

    def maps(self, views: Sequence[VisibleRows]) -> Tensor:
        """Collapsed features [B, F, P, P]."""
        appearance = self.appearance.relu()
        return torch.stack(
            [torch.cat([view.opacities, collapse(appearance, view)]) for view in views]
        )

    def render(self, maps: Tensor) -> Tensor:
        """Pictures [B, 3, S, S] in −½…½."""
        precision = self._training.precision
        with torch.autocast(self._device.type, torch.bfloat16, enabled=precision == "bfloat16"):
            maps = maps.contiguous(memory_format=torch.channels_last)
            return render_outer(self._network, maps, self._training.trained_levels).float()

    def step(
        self,
        views: Sequence[VisibleRows],
        targets: Tensor,  # [B, 3, S, S] in −½…½
        weights: Tensor,  # [B], of each target's loss
        *,
        number: int,
        share: float,
        rate_scale: float,
    ) -> tuple[float, float, float]:
        """One step; returns the loss, the mean absolute difference and the networks' rate.

        Args:
            number: of the step within this stage, from 0.
            share: of this stage that is done, 0…1.
        """
        factor = min(1.0, (number + 1) / WARM_UP_STEPS) * rate_scale
        if self._training.schedule == "cosine":
            factor *= 0.5 * (1 + math.cos(math.pi * min(max(share, 0.0), 1.0)))
        for group in self._optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        self._optimizer.zero_grad(set_to_none=True)
        self._network.train(share < SETTLED_FROM)
        difference = cut_border(self.render(self.maps(views))) - cut_border(targets)
        absolute = difference.abs()
        l1 = absolute.mean(dim=(1, 2, 3))
        if share < SOFT_FROM:
            losses = l1
        else:
            soft = (difference.square() + SOFT_BELOW**2).sqrt() - SOFT_BELOW
            losses = soft.mean(dim=(1, 2, 3))
        loss = (losses * weights).sum() / weights.sum()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        rate = self._training.learning_rate * factor
        return float(loss.detach()), float(l1.detach().mean()), rate

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
