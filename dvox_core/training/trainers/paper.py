"""The paper's recipe: observe a source view, render targets, L1 and an adversarial loss."""

from typing import Any

import torch
from torch import Tensor

from dvox_core.data.capture import Capture
from dvox_core.data.view_sampling import StepViews
from dvox_core.model.config import ModelConfig
from dvox_core.rendering.stopwatch import Stopwatch
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.fast_step import FastStep
from dvox_core.training.steps.plain_step import PlainStep
from dvox_core.training.steps.step import PaperStep, StepInputs
from dvox_core.training.trainers.base_trainer import StepLosses
from dvox_core.training.trainers.voxel_trainer import VoxelTrainer
from dvox_core.training.volumes import GateMeans


class PaperTrainer(VoxelTrainer):
    """Trains all networks as the authors did; the grid's state is carried from step to step.

    Attributes:
        stopwatch: laps of the steps' stages, for measuring; None for none.
    """

    def __init__(
        self,
        capture: Capture,
        model: ModelConfig,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        super().__init__(capture, model, training, device)
        self.stopwatch: Stopwatch | None = None
        self._gates = GateMeans()
        networks = (self.model, self.discriminator, self.frustum, capture.placement)
        self._step: PaperStep = (
            FastStep(*networks, training.l1_weight, device, self.autocast())
            if training.step == "fast"
            else PlainStep(*networks, training.l1_weight)
        )

    def parameter_groups(self) -> list[dict[str, Any]]:
        """All of the model's."""
        return self.decayed_groups([self.model])

    def scene_tensors(self) -> dict[str, Tensor]:
        """The whole model with the grid's state."""
        return self.model.state_dict()

    def volumes(self) -> dict[str, Tensor]:
        """The grid's norm, and the gates' means since the last call; see `Trainer`."""
        return super().volumes() | self._gates.take()

    def compute_gradients(self, views: StepViews) -> StepLosses:
        """One step of the paper; the grid's new state is kept."""
        outcome = self._step(
            StepInputs(
                grid=self.model.grid,
                source_picture=self.views.picture_batch((views.source,), self.device)[0],
                source_pose=self.views.poses[views.source],
                target_pictures=self.views.picture_batch(views.targets, self.device),
                target_poses=tuple(self.views.poses[target] for target in views.targets),
                source_key=views.source,
                target_keys=views.targets,
            ),
            self.stopwatch,
        )
        self.model.grid.copy_(outcome.grid)
        self._gates.add(outcome.update_gate, outcome.reset_gate)
        return StepLosses(
            outcome.generator_loss,
            outcome.l1.mean(),
            outcome.adversarial_loss,
            outcome.discriminator_loss,
        )
