"""Teaches the occlusion network where a radiance field's rays end.

The network sees the grid's opacities alone (its other input weights are zero), so that its answer
depends on nothing that is trained later. Its lesson are the field's own ray weights.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dvox_core.data.view_sampling import TrainingViews
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.geometry.resampling import FrustumSamples, RowSampler, sum_rows
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.fast_views import visibility_logits
from dvox_core.training.trainers.guided.far_side import add_remainder
from dvox_core.training.trainers.guided.grid_from_field import OPACITIES
from dvox_core.training.trainers.guided.poses import pose_between
from dvox_core.training.trainers.guided.shipped_occlusion import SHIPPED_SHARE

MAP_PIXELS = FEATURE_MAP_SIDE * FEATURE_MAP_SIDE


@dataclass(frozen=True)
class Lessons:
    """How a network is taught.

    Attributes:
        steps: how many.
        rate: the learning rate at the first one; it falls to nothing.
        settled_share: from here on the batch norms keep their statistics, so that what is trained
            is what renders.
    """

    steps: int
    rate: float = 5e-3
    settled_share: float = 0.6


def lessons_for(training: TrainingConfig, *, shipped: bool) -> Lessons:
    """For a network with random weights, or for the shipped one, which needs few and gentle ones.

    Of the latter with a rate of 3e-3 lego's loss ended at 0.514, with 1e-3 at 0.512; with norms
    that settle late the composite lost 0.3 dB.
    """
    if not shipped:
        return Lessons(training.occlusion_steps)
    steps = max(1, round(training.occlusion_steps * SHIPPED_SHARE))
    return Lessons(steps, rate=1e-3, settled_share=0.0)


class OcclusionTeaching:
    """One teaching in progress; a step's camera depends on the seed and its number alone.

    Attributes:
        step_number: steps done.
        rate: the learning rate of the last one.
    """

    def __init__(
        self,
        network: OcclusionNetwork,
        field: FieldRenderer,
        opacities: Tensor,  # [G³, 8]
        views: TrainingViews,
        sampler: RowSampler,
        frustum: Frustum,
        lessons: Lessons,
        *,
        seed: int,
        device: torch.device,
        far_side: bool = False,
    ) -> None:
        """With `far_side` a ray that meets nothing ends on the cube's far side, not anywhere."""
        self._network, self._field, self._far_side = network, field, far_side
        self._opacities = opacities.to(device)
        self._views, self._sampler, self._frustum = views, sampler, frustum
        self._lessons, self._seed, self._device = lessons, seed, device
        self.step_number, self.rate = 0, lessons.rate
        with torch.no_grad():
            network.prep_conv.weight[:, 1 + OPACITIES :] = 0
        self._optimizer = torch.optim.Adam(network.parameters(), lr=lessons.rate)

    @property
    def is_done(self) -> bool:
        """Whether all steps are."""
        return self.step_number >= self._lessons.steps

    def step(self, rate_scale: float = 1.0) -> float:
        """Teach one view; returns the loss, nats a ray."""
        random = np.random.default_rng((self._seed, 2, self.step_number))
        pose = pose_between(self._views, random, roll=True)
        samples = self._sampler.locate(pose)
        weights = self._field.weights(Camera(pose.numpy()), self._frustum).weights
        lesson = torch.from_numpy(weights).to(self._device).view(-1, MAP_PIXELS)
        if self._far_side:
            lesson = add_remainder(lesson, samples)
        lessons = self._lessons
        done = self.step_number / lessons.steps
        self._network.train(done < lessons.settled_share)
        self.rate = lessons.rate * rate_scale * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate
        self._optimizer.zero_grad(set_to_none=True)
        loss = self._loss(samples, lesson)
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = self._network.prep_conv.weight.grad
        assert gradient is not None
        gradient[:, 1 + OPACITIES :] = 0
        self._optimizer.step()
        self.step_number += 1
        return float(loss.detach())

    def _loss(self, samples: FrustumSamples, lesson: Tensor) -> Tensor:
        planes = self._frustum.plane_count
        volume, positions = opacity_volume(self._opacities, samples, planes)
        logits = visibility_logits(self._network, volume).view(planes, MAP_PIXELS)
        shares = logits.log_softmax(dim=0)
        filled = torch.zeros(planes * MAP_PIXELS, dtype=torch.bool, device=logits.device)
        filled[positions] = True
        filled = filled.view(planes, MAP_PIXELS)
        on_filled = torch.where(filled, lesson, 0.0)
        on_empty = (1 - on_filled.sum(dim=0)).clamp(min=0)
        emptiness = torch.where(filled, -torch.inf, shares).logsumexp(dim=0)
        emptiness = emptiness.clamp(min=-30.0)  # where nothing is empty
        return -((on_filled * shares).sum(dim=0) + on_empty * emptiness).mean()

    def state(self) -> dict[str, Any]:
        """What an exact resume needs beside the network."""
        return {"step": self.step_number, "optimizer": self._optimizer.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`."""
        self.step_number = int(state["step"])
        self._optimizer.load_state_dict(state["optimizer"])


def opacity_volume(
    opacities: Tensor, samples: FrustumSamples, planes: int
) -> tuple[Tensor, Tensor]:
    """The opacities' part of the view volume, [1, 8, D, P, P], and where it is not empty.

    Returns:
        The volume, channels last in memory; and [n] int64, positions in the flattened [D, P²].
    """
    rows = sum_rows(opacities, samples)  # [N, 8]
    positions = samples.planes * MAP_PIXELS + samples.rays
    volume = rows.new_zeros(planes * MAP_PIXELS, OPACITIES)
    volume.index_copy_(0, positions, rows)
    filled = positions[rows.amax(dim=1) > 0]
    side = FEATURE_MAP_SIDE
    return volume.view(1, planes, side, side, OPACITIES).permute(0, 4, 1, 2, 3), filled
