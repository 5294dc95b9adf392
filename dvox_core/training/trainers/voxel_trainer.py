"""What the trainers of DeepVoxels share: the model, the frustum, the views of a step, the grid."""

from abc import abstractmethod
from dataclasses import replace

import torch
from torch import Tensor

from dvox_core.data.capture import Capture
from dvox_core.data.view_sampling import StepViews, ViewSampling
from dvox_core.geometry.frustum import frustum_for
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import accelerate
from dvox_core.training.steps.color_start import inverse_colors, start_as_enlarger
from dvox_core.training.steps.outer_levels import silence_inner_levels
from dvox_core.training.trainers.base_trainer import BaseTrainer, StepLosses
from dvox_core.training.volume_names import GRID_NORM
from dvox_core.training.volumes import grid_norm

START_PICTURES = 16
"""Pictures whose colours the rendering network starts from."""


class VoxelTrainer(BaseTrainer):
    """A training with a voxel grid; a recipe says what a step computes and what it moves."""

    model: DeepVoxels
    config: ModelConfig

    def __init__(
        self,
        capture: Capture,
        model: ModelConfig,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        super().__init__(capture, model, training, device)
        self.frustum = frustum_for(
            capture.intrinsics, capture.near_plane, capture.placement, model.grid_size
        )
        self.sampling = ViewSampling(
            self.views,
            targets=training.targets_per_step,
            nearest_targets=training.sampling == "nearest",
            source_candidates=training.source_candidates,
            seed=training.seed,
        )

    @abstractmethod
    def compute_gradients(self, views: StepViews) -> StepLosses:
        """Run the networks forward and backward; gradients are left in the parameters."""

    def create_model(self) -> DeepVoxels:
        """The model, on the device, as the configuration has it begin."""
        model = DeepVoxels(self.config).to(self.device)
        silence_inner_levels(model.rendering, self.training.trained_levels)
        if self.training.color_start:
            start_as_enlarger(model.rendering, inverse_colors(self._some_pictures()))
        return model

    def _some_pictures(self) -> Tensor:
        """Training pictures [N, 3, S, S] in −½…½ that tell what a picture is like."""
        count = len(self.views.poses)
        chosen = {index * count // START_PICTURES for index in range(START_PICTURES)}
        return self.views.picture_batch(tuple(sorted(chosen)), self.device)

    def accelerate_model(self) -> None:
        """See `BaseTrainer`."""
        accelerate(self.model, self.device)

    def compute_losses(self, step: int) -> StepLosses:
        """Draw the step's views and compute its gradients."""
        views = self.sampling.draw(step)
        return self.compute_gradients(replace(views, targets=self.own_share(views.targets)))

    def volumes(self) -> dict[str, Tensor]:
        """The norm of the scene's grid; see `Trainer`."""
        return {GRID_NORM: grid_norm(self.averaged_tensors()["grid"])}
