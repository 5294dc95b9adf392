"""What each camera sees of a grid whose opacities are frozen: a sparse sum, computed once.

The occlusion network depends on the opacities alone, so its weights for a camera do not change
while the appearance is trained. The collapse of a view is then a fixed sum of the grid's rows.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.geometry.resampling import RowSampler, sum_rows
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.training.steps.fast_views import visibility_logits
from dvox_core.training.trainers.guided.occlusion_teaching import MAP_PIXELS, opacity_volume

LEAST_WEIGHT = 0.002
"""Samples that get less of a ray's visibility are left out."""


@dataclass(frozen=True, eq=False)
class VisibleRows:
    """Which rows of the appearance make which ray of a view, and the same transposed.

    Attributes:
        rows: [n] int32; starts: [P² + 1] int32, where each ray's begin; weights: [n] float32.
        rays: [n] int32, sorted by row; row_starts: [M + 1] int32; ray_weights: [n] float32.
        opacities: [8, P, P] float32, the opacities' collapse.
    """

    rows: Tensor
    starts: Tensor
    weights: Tensor
    rays: Tensor
    row_starts: Tensor
    ray_weights: Tensor
    opacities: Tensor


class VisibilityCache:
    """Finds `VisibleRows` of cameras and keeps them.

    Args:
        network: frozen; it is used in evaluation mode.
        opacities: [G³, 8].
        occupied: [M] int64, the voxels that the appearance has rows for.
    """

    def __init__(
        self,
        network: OcclusionNetwork,
        sampler: RowSampler,
        opacities: Tensor,
        occupied: Tensor,
        planes: int,
    ) -> None:
        self._network, self._sampler, self._planes = network, sampler, planes
        self._opacities = opacities
        self._count = len(occupied)
        self._row_of = torch.full((len(opacities),), -1, dtype=torch.int64, device=occupied.device)
        self._row_of[occupied] = torch.arange(self._count, device=occupied.device)
        self._kept: dict[int, VisibleRows] = {}

    def view(self, key: int, camera_to_world: Tensor) -> VisibleRows:
        """Those of a camera [4, 4] on the CPU; `key` stands for the camera from call to call."""
        if key not in self._kept:
            self._kept[key] = self.compute(camera_to_world)
        return self._kept[key]

    def forget(self) -> None:
        """Drop all: the network has changed."""
        self._kept.clear()

    @torch.no_grad()
    def compute(self, camera_to_world: Tensor) -> VisibleRows:
        """Run the occlusion network for a camera."""
        samples = self._sampler.locate(camera_to_world)
        volume, _ = opacity_volume(self._opacities, samples, self._planes)
        self._network.eval()
        visibility = visibility_logits(self._network, volume).softmax(dim=1).flatten()
        positions = samples.planes * MAP_PIXELS + samples.rays
        weights = visibility[positions]
        kept = (weights >= LEAST_WEIGHT).nonzero()[:, 0]
        factors = samples.weights[kept] * (weights[kept] / self._planes)[:, None]  # [n, 8]
        corners, rays = samples.rows[kept], samples.rays[kept]
        side = FEATURE_MAP_SIDE
        opacities = torch.zeros(MAP_PIXELS, self._opacities.shape[1], device=volume.device)
        summed = sum_rows(self._opacities, samples)[kept]
        opacities.index_add_(0, rays, summed * (weights[kept] / self._planes)[:, None])
        return self._merged(
            rays[:, None].expand(-1, 8).flatten(),
            self._row_of[corners.long().flatten()],
            factors.flatten(),
            opacities.T.reshape(-1, side, side),
        )

    def _merged(
        self, rays: Tensor, rows: Tensor, weights: Tensor, opacities: Tensor
    ) -> VisibleRows:
        """Add up what a ray takes of one row, sort by ray and, transposed, by row."""
        used = ((rows >= 0) & (weights > 0)).nonzero()[:, 0]
        keys, place = torch.unique(rays[used] * self._count + rows[used], return_inverse=True)
        sums = torch.zeros(len(keys), device=weights.device).index_add_(0, place, weights[used])
        rays = torch.div(keys, self._count, rounding_mode="floor")
        rows = keys % self._count
        order = torch.argsort(rows, stable=True)
        return VisibleRows(
            rows=rows.int(),
            starts=starts(rays, MAP_PIXELS),
            weights=sums,
            rays=rays[order].int(),
            row_starts=starts(rows, self._count),
            ray_weights=sums[order],
            opacities=opacities,
        )


def starts(numbers: Tensor, count: int) -> Tensor:
    """[count + 1] int32: where each number's entries begin once they are sorted by it."""
    starts = torch.zeros(count + 1, dtype=torch.int32, device=numbers.device)
    starts[1:] = torch.cumsum(torch.bincount(numbers, minlength=count), 0)
    return starts


def collapse(appearance: Tensor, view: VisibleRows) -> Tensor:
    """The appearance [M, A] as seen in a view: [A, P, P]; differentiable in the appearance."""
    rays: Tensor = _VisibleSum.apply(appearance, view)  # type: ignore[no-untyped-call]
    side = FEATURE_MAP_SIDE
    return rays.view(side, side, -1).permute(2, 0, 1)


class _VisibleSum(torch.autograd.Function):
    """[M, A] → [P², A]; backward is the transposed sum."""

    @staticmethod
    def forward(ctx: Any, appearance: Tensor, view: VisibleRows) -> Tensor:
        ctx.view = view
        return _bags(appearance, view.rows, view.starts, view.weights)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        view: VisibleRows = ctx.view
        gradient = gradients[0].contiguous()
        return _bags(gradient, view.rays, view.row_starts, view.ray_weights), None


def _bags(rows: Tensor, numbers: Tensor, starts: Tensor, weights: Tensor) -> Tensor:
    return torch.nn.functional.embedding_bag(
        numbers,
        rows,
        starts,
        mode="sum",
        per_sample_weights=weights.to(rows.dtype),
        include_last_offset=True,
    )
