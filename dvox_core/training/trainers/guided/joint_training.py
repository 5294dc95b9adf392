"""Trains the occlusion network, the grid and the rendering network together, at the end.

What is visible is computed live, as in rendering. Batch norms keep their statistics, voxels that
are empty stay so, and the occlusion network goes on seeing the opacities alone.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dvox_core.geometry.frustum import Frustum
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.resampling import neighbour_rows
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.fast_views import (
    ViewSampler,
    collapse_by,
    dense_volume,
    gather_views,
    visibility_logits,
)
from dvox_core.training.trainers.guided.grid_from_field import OPACITIES
from dvox_core.training.trainers.guided.network_training import (
    WARM_UP_STEPS,
    Outcome,
    new_optimizer,
    picture_loss,
    rate_factor,
    render_maps,
    rendering_tensors,
)
from dvox_core.training.trainers.guided.training_targets import TargetView

RATE_SCALE = 0.5
"""Of the networks' and the appearance's learning rates: they begin again from what they found."""

SOFT_BELOW = 0.1
"""What a small error is (Charbonnier's ε)."""

OPACITY_RATE = 2e-3
OCCLUSION_RATE = 1e-3


class JointTraining:
    """Everything that renders with one optimiser; see the module.

    Attributes:
        opacities: [M, 8], a parameter; appearance: [M, F − 8], a parameter. Both are rendered
            without what is below zero.
    """

    def __init__(
        self,
        model: DeepVoxels,
        opacities: Tensor,  # [M, 8]
        appearance: Tensor,  # [M, F − 8]
        occupied: Tensor,  # [M] int64
        training: TrainingConfig,
        frustum: Frustum,
        placement: GridPlacement,
        device: torch.device,
    ) -> None:
        assert model.occlusion is not None
        self._network, self._occlusion = model.rendering, model.occlusion
        self._training, self._planes = training, frustum.plane_count
        self._side = side = model.config.grid_size
        self._occupied = occupied.to(device)
        is_occupied = torch.zeros(side**3, dtype=torch.bool)
        is_occupied[occupied.cpu()] = True
        near = is_occupied[neighbour_rows(side).long()].any(dim=1).to(device)
        self._sampler = ViewSampler(frustum, placement, side, device, near=near)
        self.opacities = nn.Parameter(opacities.to(device).clone())
        self.appearance = nn.Parameter(appearance.to(device).clone())
        rendering = [p for p in model.rendering.parameters() if p.requires_grad]
        rates: list[tuple[list[nn.Parameter], float]] = [
            (rendering, training.learning_rate * RATE_SCALE),
            (list(model.occlusion.parameters()), OCCLUSION_RATE),
            ([self.appearance], training.grid_learning_rate * RATE_SCALE),
            ([self.opacities], OPACITY_RATE),
        ]
        self._optimizer = new_optimizer(
            model.rendering,
            [{"params": parameters, "initial_lr": rate} for parameters, rate in rates],
            training,
        )

    def step(
        self,
        views: Sequence[TargetView],
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
        self._network.eval()
        self._occlusion.eval()
        self._optimizer.zero_grad(set_to_none=True)
        pictures = render_maps(self._network, self.maps(views), self._training)
        loss, l1 = picture_loss(
            pictures,
            targets,
            weights,
            soft=SOFT_BELOW,
            gradient_weight=self._training.gradient_weight,
        )
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = self._occlusion.prep_conv.weight.grad
        assert gradient is not None
        gradient[:, 1 + OPACITIES :] = 0
        self._optimizer.step()
        rate = self._training.learning_rate * RATE_SCALE * factor
        return Outcome(float(loss.detach()), float(l1.detach()), rate)

    def maps(self, views: Sequence[TargetView]) -> Tensor:
        """Collapsed features [B, F, P, P]."""
        filled = torch.cat([self.opacities, self.appearance], dim=1).relu()
        rows = filled.new_zeros(self._side**3, filled.shape[1])
        rows = rows.index_copy(0, self._occupied, filled)
        samples = [self._sampler.samples(view.key, view.camera_to_world) for view in views]
        seen = gather_views(rows, samples, self._planes)
        volume = dense_volume(seen._replace(samples=seen.samples[:, :OPACITIES]))
        visibility = visibility_logits(self._occlusion, volume).softmax(dim=1)
        return collapse_by(visibility, seen)

    def trained_tensors(self) -> dict[str, Tensor]:
        """What a step changes, by the names of the scene and of this object; not copies."""
        occlusion = {f"occlusion.{k}": v for k, v in self._occlusion.state_dict().items()}
        return (
            rendering_tensors(self._network)
            | occlusion
            | {"appearance": self.appearance.detach(), "opacities": self.opacities.detach()}
        )

    def state(self) -> dict[str, Any]:
        """What an exact resume needs beside the networks."""
        return {
            "opacities": self.opacities.detach(),
            "appearance": self.appearance.detach(),
            "optimizer": self._optimizer.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`."""
        with torch.no_grad():
            self.opacities.copy_(state["opacities"])
            self.appearance.copy_(state["appearance"])
        self._optimizer.load_state_dict(state["optimizer"])
