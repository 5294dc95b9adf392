"""The direct recipe: the grid is a parameter, trained by gradient with the networks that render."""

from typing import Any

import torch
from torch import Tensor, nn

from dvox_core.data.capture import Capture
from dvox_core.data.view_sampling import StepViews
from dvox_core.geometry.turned_views import TURNS, turn_alike
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.fast_views import ViewSampler, collapse_views, gather_views
from dvox_core.training.steps.losses import (
    cut_border,
    gradient_losses,
    l1_losses,
    total_variation,
)
from dvox_core.training.steps.outer_levels import render_outer
from dvox_core.training.trainers.base_trainer import StepLosses
from dvox_core.training.trainers.voxel_trainer import VoxelTrainer

PARTS = ("inpainting.", "occlusion.", "depth_collapse.", "rendering.")
INITIAL_SPREAD = 0.1

COLOR_START_SPREAD = 16.0
"""Times the spread, with a grid learning rate as much higher: smaller numbers that are to carry
colours drown in the batch norm's epsilon. Without the colour start it gains 0.2 dB only."""


class DirectTrainer(VoxelTrainer):
    """Trains the grid's own features; there is no feature extractor and no integration.

    With the "plain" grid path the inpainting network is set to the identity (for a grid without
    negative numbers), so that rendering a view touches only the voxels it samples.
    """

    def __init__(
        self,
        capture: Capture,
        model: ModelConfig,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        super().__init__(capture, model, training, device)
        self._sampler = ViewSampler(self.frustum, capture.placement, model.grid_size, device)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The networks' and the grid's."""
        model, plain = self.model, self.training.grid_path == "plain"
        side, features = self.config.grid_size, self.config.features
        values = torch.rand if plain else torch.randn
        spread = INITIAL_SPREAD * (COLOR_START_SPREAD if self.training.color_start else 1)
        grid = values(side, side, side, features, device=self.device) * spread
        del model.grid
        model.grid = nn.Parameter(grid.permute(3, 0, 1, 2))  # features last in memory
        if plain:
            set_to_identity(model.inpainting)
        collapsing = [net for net in (model.occlusion, model.depth_collapse) if net is not None]
        trained: list[nn.Module] = [*collapsing, model.rendering]
        if not plain:
            trained.append(model.inpainting)
        return [
            *self.decayed_groups(trained),
            {
                "params": [model.grid],
                "initial_lr": self.training.grid_learning_rate,
                "weight_decay": 0.0,
            },
        ]

    def scene_tensors(self) -> dict[str, Tensor]:
        """The rendering parts, the inpainting network and the grid."""
        tensors = {
            name: tensor
            for name, tensor in self.model.state_dict().items()
            if name.startswith(PARTS)
        }
        grid = self.model.grid.detach()
        return tensors | {"grid": grid.relu() if self.training.grid_path == "plain" else grid}

    def compute_gradients(self, views: StepViews) -> StepLosses:
        """Render the targets, compare, and go back to grid and networks."""
        training, grid = self.training, self.model.grid
        targets = self.views.picture_batch(views.targets, self.device)
        with self.autocast():
            plain = training.grid_path == "plain"
            inpainted = grid.relu() if plain else self.model.inpaint(grid)
            rows = inpainted.float().flatten(1).T.contiguous()
            features = gather_views(
                rows,
                [self._sampler.samples(view, self.views.poses[view]) for view in views.targets],
                self.config.plane_count,
            )
            collapsed = collapse_views(
                self.model.occlusion,
                self.model.depth_collapse,
                features,
                train_visibility=self.step_number % training.visibility_every == 0,
            )
            maps = collapsed.features
            if training.flips:
                maps, targets = turn_alike(maps, targets, int(torch.randint(TURNS, ())))
            outputs = render_outer(self.model.rendering, maps, training.trained_levels).float()
        fakes, reals = cut_border(outputs), cut_border(targets)
        l1 = l1_losses(fakes, reals).mean()
        loss = l1 * training.l1_weight if self.discriminator is not None else l1
        if training.gradient_weight:
            loss = loss + training.gradient_weight * gradient_losses(fakes, reals).mean()
        if training.grid_smoothness:
            loss = loss + training.grid_smoothness * total_variation(inpainted)
        return self.descend(loss, l1, fakes, reals)


def set_to_identity(inpainting: nn.Module) -> None:
    """Set an inpainting network so that, in evaluation, it returns its input where that is ≥ 0."""
    tensors = inpainting.state_dict()
    for name, tensor in tensors.items():
        if name.endswith("norm.weight"):
            tensor.fill_(1.0)
        elif name.endswith("running_var"):
            tensor.fill_(1.0 - 1e-5)  # batch norm adds that much
        else:
            tensor.zero_()
    for name in ("unet.in_conv.weight", "unet.out_conv.weight"):
        weight = tensors[name]  # [F, F + 3, …] and [F, 2F, …]; the first F inputs are the features
        for channel in range(weight.shape[0]):
            weight[channel, channel, 1, 1, 1] = 1.0
    for parameter in inpainting.parameters():
        parameter.requires_grad_(False)
