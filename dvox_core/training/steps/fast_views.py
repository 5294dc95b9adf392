"""Renders views of a grid for training: the networks' own mathematics in a faster order of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.resampling import RowSampler
from dvox_core.geometry.row_sums import RowSum, prepare_row_sum, sum_rows
from dvox_core.networks.occlusion import DepthCollapse, OcclusionNetwork, depth_coordinates
from dvox_core.training.steps.plane_conv import plane_conv

MAP_PIXELS = FEATURE_MAP_SIDE * FEATURE_MAP_SIDE


@dataclass(frozen=True)
class ViewSamples:
    """Which samples of a view's frustum lie in the grid, and which rows of the grid make them.

    Attributes:
        matrix: grid rows [G³, F] → samples [N, F], ray by ray.
        positions: [N] int64, plane·P² + ray of each sample.
        rays: [N] int64.
        ray_starts: [P² + 1] int64.
    """

    matrix: RowSum
    positions: Tensor
    rays: Tensor
    ray_starts: Tensor

    @property
    def memory(self) -> int:
        """Bytes held."""
        tensors = (self.positions, self.rays, self.ray_starts, *vars(self.matrix).values())
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class ViewSampler:
    """Finds `ViewSamples` of cameras and keeps them as far as memory allows."""

    def __init__(
        self,
        frustum: Frustum,
        placement: GridPlacement,
        side: int,
        device: torch.device,
        memory_limit: int = 2 << 30,
        *,
        near: Tensor | None = None,  # [G³] bool: only samples with a marked lowest corner
    ) -> None:
        self._sampler = RowSampler(frustum, placement, side, device)
        self._near = near
        self._rows = side**3
        self._kept: dict[int, ViewSamples] = {}
        self._memory_left = memory_limit

    def samples(self, key: int, camera_to_world: Tensor) -> ViewSamples:
        """Those of a camera [4, 4] on the CPU; `key` stands for the camera from call to call."""
        if key in self._kept:
            return self._kept[key]
        if self._near is None:
            found = self._sampler.locate(camera_to_world)
        else:
            found = self._sampler.locate_near(camera_to_world, self._near)
        samples = ViewSamples(
            matrix=prepare_row_sum(found.rows, found.weights, self._rows),
            positions=found.planes * MAP_PIXELS + found.rays,
            rays=found.rays,
            ray_starts=found.ray_starts,
        )
        if samples.memory <= self._memory_left:
            self._memory_left -= samples.memory
            self._kept[key] = samples
        return samples


class ViewFeatures(NamedTuple):
    """Several views of a grid, before and as a view volume."""

    samples: Tensor  # [N, F], the samples inside the grid, view by view, ray by ray
    positions: Tensor  # [N] int64, of each in the flattened [B, D, P²]
    rays: Tensor  # [N] int64, of each in the flattened [B, P²]
    ray_starts: Tensor  # [B·P² + 1] int64
    batch: int
    planes: int


def gather_views(rows: Tensor, views: Sequence[ViewSamples], planes: int) -> ViewFeatures:
    """Sample a grid's rows [G³, F] along the rays of several views."""
    starts = [view.ray_starts[:-1] for view in views]
    offset = 0
    for index, view in enumerate(views):
        starts[index] = starts[index] + offset
        offset += view.rays.shape[0]
    return ViewFeatures(
        samples=torch.cat([sum_rows(rows, view.matrix) for view in views]),
        positions=torch.cat(
            [view.positions + index * planes * MAP_PIXELS for index, view in enumerate(views)]
        ),
        rays=torch.cat([view.rays + index * MAP_PIXELS for index, view in enumerate(views)]),
        ray_starts=torch.cat([*starts, starts[0].new_tensor([offset])]),
        batch=len(views),
        planes=planes,
    )


def dense_volume(views: ViewFeatures) -> Tensor:
    """View volumes [B, F, D, P, P], channels last in memory; zero outside the grid."""
    samples, side = views.samples, FEATURE_MAP_SIDE
    rows = samples.new_zeros(views.batch * views.planes * MAP_PIXELS, samples.shape[1])
    rows = rows.index_copy(0, views.positions, samples)
    return rows.view(views.batch, views.planes, side, side, -1).permute(0, 4, 1, 2, 3)


class CollapsedViews(NamedTuple):
    """View volumes collapsed along depth."""

    features: Tensor  # [B, F, P, P]
    relative_depth: Tensor | None  # [B, P, P]
    visibility: Tensor | None  # [B, D, P, P]


def collapse_views(
    occlusion: OcclusionNetwork | None,
    depth_collapse: DepthCollapse | None,
    views: ViewFeatures,
    *,
    train_visibility: bool = True,
) -> CollapsedViews:
    """What the model's occlusion or depth-collapse network makes of the views.

    Without `train_visibility` the visibility weights carry no gradient, which saves half the time.
    """
    with torch.set_grad_enabled(train_visibility or occlusion is None):
        volume = dense_volume(views)
        visibility = None if occlusion is None else _visibility(occlusion, volume)
    if visibility is None:
        assert depth_collapse is not None
        return CollapsedViews(depth_collapse(volume.contiguous()), None, None)
    depths = depth_coordinates(views.planes, visibility)[0]  # [1, D, 1, 1]
    features = collapse_by(visibility, views)
    return CollapsedViews(features, (visibility * depths).sum(dim=1), visibility)


def collapse_by(visibility: Tensor, views: ViewFeatures) -> Tensor:
    """Collapse views by weights [B, D, P, P]: [B, F, P, P]; differentiable in both."""
    weights = visibility.flatten().index_select(0, views.positions) / views.planes
    collapsed: Tensor = _SumAlongRays.apply(  # type: ignore[no-untyped-call]
        views.samples, weights, views.rays, views.ray_starts
    )
    side = FEATURE_MAP_SIDE
    return collapsed.view(views.batch, side, side, -1).permute(0, 3, 1, 2)


def visibility_logits(network: OcclusionNetwork, volume: Tensor) -> Tensor:
    """The occlusion network up to its softmax: [B, C, D, P, P] → [B, D, P, P].

    Args:
        volume: the first C ≤ F features; of the others the network is taken to see zeros.
    """
    if volume.device.type == "cpu":
        # With 4 channels bfloat16 saves nothing in the convolutions and loses in what is between.
        with torch.autocast("cpu", enabled=False):
            return _logits(network, volume)
    return _logits(network, volume)


def _visibility(network: OcclusionNetwork, volume: Tensor) -> Tensor:
    """The occlusion network's weights; its depth channel is constant and costs next to nothing."""
    return visibility_logits(network, volume).softmax(dim=1)


def _logits(network: OcclusionNetwork, volume: Tensor) -> Tensor:
    """[B, F, D, P, P] → [B, D, P, P]."""
    prep_weight, logit_weight = network.prep_conv.weight, network.weight_conv.weight
    logit_bias = network.weight_conv.bias
    assert logit_bias is not None
    planes = volume.shape[2]
    prep = plane_conv(volume, prep_weight[:, 1 : 1 + volume.shape[1]])
    prep = prep + _depth_share(prep_weight[:, 0], planes).to(prep.dtype)
    prep = torch.relu(network.prep_norm(prep))
    both = _channel_cat(prep, network.unet(prep))
    logits = plane_conv(both, logit_weight[:, :-1]).to(logit_bias.dtype)
    logits = logits + _depth_share(logit_weight[:, -1], planes) + logit_bias
    return logits[:, 0]


def _depth_share(weight: Tensor, planes: int) -> Tensor:
    """What the depth channel adds through its weights [O, 3, 3, 3]: [O, D, 1, 1]."""
    depths = depth_coordinates(planes, weight)[0, 0, :, 0, 0]
    padded = torch.cat([depths[:1], depths, depths[-1:]])
    share = weight.sum(dim=(2, 3)) @ padded.unfold(0, planes, 1)  # [O, 3] @ [3, D]
    return share[:, :, None, None]


def _channel_cat(first: Tensor, second: Tensor) -> Tensor:
    """Concatenate the channels of two volumes, channels last in memory."""
    moved = torch.cat([first.movedim(1, -1), second.movedim(1, -1)], dim=-1)
    return moved.movedim(-1, 1)


class _SumAlongRays(torch.autograd.Function):
    """Samples [N, F], weights [N] → sums [rays, F]; samples are sorted by ray."""

    @staticmethod
    def forward(
        ctx: Any, samples: Tensor, weights: Tensor, rays: Tensor, ray_starts: Tensor
    ) -> Tensor:
        ctx.save_for_backward(samples, weights, rays)
        return torch.nn.functional.embedding_bag(
            torch.arange(samples.shape[0], device=samples.device),
            samples,
            ray_starts,
            mode="sum",
            per_sample_weights=weights.to(samples.dtype),
            include_last_offset=True,
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        (gradient,) = gradients
        samples, weights, rays = ctx.saved_tensors
        spread = gradient.contiguous().index_select(0, rays)
        return spread * weights[:, None], (spread * samples).sum(dim=1), None, None
