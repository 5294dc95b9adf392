"""The paper's training step in the authors' order of work: one target after the other.

Written for reading; `fast_step` computes the same.
"""

import torch
from torch import nn

from dvox_core.geometry.frustum import Frustum
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.lifting import lift_features, project_voxels
from dvox_core.geometry.resampling import camera_to_grid_transform, view_volume
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.rendering.stopwatch import Stopwatch
from dvox_core.training.steps.losses import cut_border, fooling_losses, l1_losses, telling_losses
from dvox_core.training.steps.step import StepInputs, StepOutcome


class PlainStep:
    """Observe the source view, inpaint, render each target, judge each picture; then backward."""

    def __init__(
        self,
        model: DeepVoxels,
        discriminator: nn.Module | None,
        frustum: Frustum,
        placement: GridPlacement,
        l1_weight: float,
    ) -> None:
        self._model, self._discriminator = model, discriminator
        self._frustum, self._placement = frustum, placement
        self._l1_weight = l1_weight

    def __call__(self, inputs: StepInputs, stopwatch: Stopwatch | None = None) -> StepOutcome:
        """Run forward and backward; see `PaperStep`."""
        watch = stopwatch or Stopwatch(inputs.grid.device)
        model, side = self._model, self._model.config.grid_size

        features = model.feature_extractor(inputs.source_picture[None])[0]
        watch.lap("features")
        transform = camera_to_grid_transform(inputs.source_pose, self._placement, side)
        grid_to_camera = torch.linalg.inv(transform.double()).float().to(features.device)
        u, v, seen = project_voxels(self._frustum.map_intrinsics, grid_to_camera, side)
        lifted = lift_features(features, u, v, seen)
        watch.lap("lifting")
        integrated = model.integration(lifted[None], inputs.grid[None])
        grid = integrated.grid
        watch.lap("integration")
        inpainted = model.inpainting(grid)[0]
        watch.lap("inpainting")

        outputs, depths = [], []
        for pose in inputs.target_poses:
            transform = camera_to_grid_transform(pose, self._placement, side)
            volume = view_volume(inpainted, self._frustum, transform.to(grid.device))[None]
            watch.lap("resampling")
            if model.occlusion is not None:
                collapsed = model.occlusion(volume)
                maps = collapsed.features
                depths.append(collapsed.relative_depth[0].detach())
            else:
                assert model.depth_collapse is not None
                maps = model.depth_collapse(volume)
            watch.lap("occlusion")
            outputs.append(model.rendering(maps)[0])
            watch.lap("rendering")

        l1, fooling, telling = [], [], []
        for output, target in zip(outputs, inputs.target_pictures, strict=True):
            fake, real = cut_border(output)[None], cut_border(target)[None]
            l1.append(l1_losses(fake, real)[0])
            if self._discriminator is not None:
                fooling.append(fooling_losses(self._discriminator(fake))[0])
                scores = self._discriminator(fake.detach()), self._discriminator(real)
                telling.append(telling_losses(*scores)[0])
        generator_loss = self._l1_weight * torch.stack(l1).mean()
        if fooling:
            generator_loss = generator_loss + torch.stack(fooling).mean()
        watch.lap("losses")
        generator_loss.backward()  # type: ignore[no-untyped-call]
        watch.lap("backward")
        if self._discriminator is not None:
            # The generator's loss went through it: those gradients are not the discriminator's.
            self._discriminator.zero_grad(set_to_none=True)
            torch.stack(telling).mean().backward()  # type: ignore[no-untyped-call]
            watch.lap("discriminator")
        return StepOutcome(
            grid=grid[0].detach(),
            update_gate=integrated.update[0, 0].detach(),
            reset_gate=integrated.reset[0, 0].detach(),
            outputs=torch.stack(outputs).detach(),
            relative_depth=torch.stack(depths) if depths else None,
            l1=torch.stack(l1).detach(),
            generator_loss=generator_loss.detach(),
            adversarial_loss=torch.stack(fooling).mean().detach() if fooling else None,
            discriminator_loss=torch.stack(telling).mean().detach() if telling else None,
        )
