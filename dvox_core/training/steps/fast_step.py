"""The paper's training step in a faster order of work; computes what `plain_step` computes.

Lifting and resampling are row sums, the targets go through the networks as one batch, and the
discriminator looks at the rendered pictures once.
"""

import torch
from torch import Tensor, nn

from dvox_core.geometry.frustum import Frustum
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.row_sums import sum_rows
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.networks.blocks import grid_coordinates
from dvox_core.networks.integration import Integrated, IntegrationNetwork
from dvox_core.rendering.stopwatch import Stopwatch
from dvox_core.training.steps.adversarial import judge
from dvox_core.training.steps.fast_views import ViewSampler, collapse_views, gather_views
from dvox_core.training.steps.lifting_rows import VoxelLifter
from dvox_core.training.steps.losses import cut_border, l1_losses
from dvox_core.training.steps.step import StepInputs, StepOutcome


class FastStep:
    """Forward and backward of an accelerated model (see `acceleration.accelerate`)."""

    def __init__(
        self,
        model: DeepVoxels,
        discriminator: nn.Module | None,
        frustum: Frustum,
        placement: GridPlacement,
        l1_weight: float,
        device: torch.device,
        autocast: torch.autocast,
    ) -> None:
        self._model, self._discriminator = model, discriminator
        self._l1_weight, self._autocast = l1_weight, autocast
        side = model.config.grid_size
        self._lifter = VoxelLifter(frustum.map_intrinsics, placement, side, device)
        self._sampler = ViewSampler(frustum, placement, side, device)

    def __call__(self, inputs: StepInputs, stopwatch: Stopwatch | None = None) -> StepOutcome:
        """Run forward and backward; see `PaperStep`."""
        watch = stopwatch or Stopwatch(inputs.grid.device)
        model, config = self._model, self._model.config
        side, planes = config.grid_size, config.plane_count
        exact = inputs.grid.dtype  # what autocast leaves as it is
        with self._autocast:
            features = model.feature_extractor(inputs.source_picture[None])[0].to(exact)
            watch.lap("features")
            matrix = self._lifter.matrix(inputs.source_key, inputs.source_pose)
            rows = sum_rows(features.flatten(1).T.contiguous(), matrix)
            lifted = rows.view(side, side, side, -1).permute(3, 0, 1, 2)
            watch.lap("lifting")
            integrated = integrate(model.integration, lifted[None], inputs.grid[None])
            grid = integrated.grid
            watch.lap("integration")
            inpainted = model.inpainting(grid)[0].to(exact)
            watch.lap("inpainting")
            samples = [
                self._sampler.samples(key, pose)
                for key, pose in zip(inputs.target_keys, inputs.target_poses, strict=True)
            ]
            views = gather_views(inpainted.flatten(1).T.contiguous(), samples, planes)
            watch.lap("resampling")
            collapsed = collapse_views(model.occlusion, model.depth_collapse, views)
            watch.lap("occlusion")
            outputs = model.rendering(collapsed.features).to(exact)
            watch.lap("rendering")

        fakes, reals = cut_border(outputs), cut_border(inputs.target_pictures)
        l1 = l1_losses(fakes, reals)
        loss = self._l1_weight * l1.mean()
        watch.lap("losses")
        judged = None
        if self._discriminator is not None:
            # Not in bfloat16: near 1 its scores have steps that the logarithms blow up.
            judged = judge(self._discriminator, fakes, reals)
            parameters = self._discriminator.parameters()
            for parameter, gradient in zip(parameters, judged.gradients, strict=True):
                parameter.grad = gradient
            watch.lap("discriminator")
            torch.autograd.backward([loss, fakes], [None, judged.fake_gradient])
        else:
            loss.backward()  # type: ignore[no-untyped-call]
        watch.lap("backward")
        return StepOutcome(
            grid=grid[0].detach().to(exact),
            update_gate=integrated.update[0, 0].detach().to(exact),
            reset_gate=integrated.reset[0, 0].detach().to(exact),
            outputs=outputs.detach(),
            relative_depth=(
                None if collapsed.relative_depth is None else collapsed.relative_depth.detach()
            ),
            l1=l1.detach(),
            generator_loss=loss.detach() + (judged.fooling if judged else 0),
            adversarial_loss=judged.fooling if judged else None,
            discriminator_loss=judged.telling if judged else None,
        )


def integrate(
    network: IntegrationNetwork,
    lifted: Tensor,  # [1, F, G, G, G]
    grid: Tensor,  # [1, F, G, G, G]
) -> Integrated:
    """The grid's new state and its gates; convolutions that see the same volume run as one."""
    grid = grid.detach()
    coordinates = grid_coordinates(grid.shape[-1], grid)
    new = torch.cat([lifted, coordinates], dim=1)
    old = torch.cat([grid, coordinates], dim=1)
    new_convs = (network.reset_new, network.update_new, network.candidate_new)
    old_convs = (network.reset_old, network.update_old)
    from_new = _convolve(new, torch.cat([conv.weight for conv in new_convs]))
    from_old = _convolve(old, torch.cat([conv.weight for conv in old_convs]))
    biases = [conv.bias for conv in (*old_convs, network.candidate_new)]
    reset_bias, update_bias, candidate_bias = (_spread(bias) for bias in biases)
    reset = torch.sigmoid(from_old[:, 0:1] + from_new[:, 0:1] + reset_bias)
    update = torch.sigmoid(from_old[:, 1:2] + from_new[:, 1:2] + update_bias)
    candidate_old = _convolve(reset * old, network.candidate_old.weight)
    candidate_new = from_new[:, 2:] + candidate_bias
    candidate = torch.relu(network.dropout(candidate_new) + network.dropout(candidate_old))
    return Integrated((1 - update) * grid + update * candidate, update, reset)


def _convolve(volume: Tensor, weight: Tensor) -> Tensor:
    padded = torch.nn.functional.pad(volume, (1,) * 6, mode="replicate")
    padded = padded.contiguous(memory_format=torch.channels_last_3d)
    return torch.nn.functional.conv3d(padded, weight)


def _spread(bias: Tensor | None) -> Tensor:
    assert bias is not None
    return bias[None, :, None, None, None]
