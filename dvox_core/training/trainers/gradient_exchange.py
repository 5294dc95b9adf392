"""Lets several processes train one scene: each its share of a step's targets, gradients averaged.

Losses are means over a step's targets and every picture has its own norm, so the mean of equal
shares' gradients is the gradient of the whole step.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dvox_core.distribution.ranks import LostRankError, RankGroup
from dvox_core.errors import UserError
from dvox_core.training.config import PICTURE_RECIPES, TrainingConfig

MIN_NORM_PICTURES = 4
"""Pictures that pix2pix's batch norm needs to see together."""


def require_shares(training: TrainingConfig, world: int) -> None:
    """Refuse a training whose steps so many processes cannot share.

    Raises:
        UserError: with what they can.
    """
    targets = training.targets_per_step
    if training.recipe == "guided":
        raise UserError(
            "recipe guided: trains in one process; start it without torchrun, or use "
            "--recipe direct or --recipe paper"
        )
    is_pix2pix = PICTURE_RECIPES.get(training.recipe) == "pix2pix"
    least = MIN_NORM_PICTURES * world if is_pix2pix else world
    if targets % world or targets < least:
        fitting = max(least, -(-targets // world) * world)
        why = (
            f", each at least {MIN_NORM_PICTURES} for the batch norm of pix2pix"
            if least > world
            else ""
        )
        raise UserError(
            f"{targets} targets a step: {world} processes cannot share them evenly{why}; "
            f"use --targets {fitting}"
        )


class GradientExchange:
    """Averages what a step leaves in the networks over all processes.

    Beside gradients these are buffers (running statistics of batch norms; the grid's state, which
    is the same everywhere but for rounding), so that all processes hold the same after every step
    and rank 0 can save by itself.
    """

    def __init__(self, ranks: RankGroup, networks: Sequence[nn.Module]) -> None:
        self._ranks = ranks
        self._networks = networks
        self._before: list[Tensor] = []

    def share(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """This process's part of a step's views."""
        return self._ranks.share(numbers)

    def begin(self) -> None:
        """Keep what the step may change before all have agreed on it."""
        self._before = [buffer.clone() for buffer in self._buffers()]

    @torch.no_grad()
    def average(self, losses: Sequence[Tensor]) -> list[Tensor]:
        """Average gradients and buffers in place; returns the mean losses.

        Raises:
            LostRankError: another process has ended; buffers are as they were at `begin`.
        """
        parameters = [value for network in self._networks for value in network.parameters()]
        gradients = [value.grad for value in parameters if value.grad is not None]
        buffers = self._buffers()
        floats = [buffer for buffer in buffers if buffer.is_floating_point()]
        means = torch.stack([loss.detach().float() for loss in losses])
        try:
            self._ranks.average([*gradients, *floats, means])
        except LostRankError:
            for buffer, before in zip(buffers, self._before, strict=True):
                buffer.copy_(before)
            raise
        return list(means)

    def _buffers(self) -> list[Tensor]:
        return [buffer for network in self._networks for buffer in network.buffers()]
