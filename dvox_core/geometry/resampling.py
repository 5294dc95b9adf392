"""Samples the voxel grid at the points of a camera's view frustum (paper, section 3.4).

The plain way, eight gathers, is for reading; `RowSampler` does the same as a sum of rows.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.geometry.grid import GridPlacement


def frustum_points(frustum: Frustum, camera_to_grid: Tensor) -> Tensor:
    """Grid coordinates (x, y, z), in voxels, of every sample: [P·P, D, 3], ray by ray.

    Args:
        camera_to_grid: [4, 4] float32, camera space → grid coordinates.
    """
    device = camera_to_grid.device
    rays = torch.from_numpy(frustum.rays()).to(device).reshape(-1, 3)
    depths = torch.from_numpy(frustum.plane_depths).to(device)
    directions = rays @ camera_to_grid[:3, :3].T
    return directions[:, None] * depths[None, :, None] + camera_to_grid[:3, 3]


def camera_to_grid_transform(
    camera_to_world: Tensor, placement: GridPlacement, side: int
) -> Tensor:
    """[4, 4] float32: camera space → grid coordinates; computed in float64."""
    world_to_grid = torch.from_numpy(placement.world_to_grid(side))
    transform = world_to_grid @ camera_to_world.detach().cpu().double()
    return transform.float().to(camera_to_world.device)


def is_inside(points: Tensor, side: int) -> Tensor:
    """Which grid coordinates [..., 3] lie in the grid: 0 ≤ each < side."""
    return ((points >= 0) & (points < side)).all(dim=-1)


def sample_grid(grid: Tensor, points: Tensor) -> Tensor:
    """Trilinear samples of a grid, written for reading.

    Args:
        grid: [F, G, G, G], axes (z, y, x).
        points: [..., 3], grid coordinates (x, y, z).

    Returns:
        [..., F]; zero outside the grid. The upper neighbour is clamped to G − 1.
    """
    side = grid.shape[-1]
    inside = is_inside(points, side)
    lower = points.floor()
    fraction = points - lower
    low = lower.long().clamp(0, side - 1)
    high = (low + 1).clamp(max=side - 1)
    result = torch.zeros(*points.shape[:-1], grid.shape[0], dtype=grid.dtype, device=grid.device)
    for corner in range(8):
        take_high = [(corner >> axis) & 1 for axis in range(3)]
        x, y, z = (high[..., a] if take_high[a] else low[..., a] for a in range(3))
        weight = torch.ones_like(fraction[..., 0])
        for axis in range(3):
            part = fraction[..., axis]
            weight = weight * (part if take_high[axis] else 1 - part)
        result += weight[..., None] * grid[:, z, y, x].movedim(0, -1)
    return result * inside[..., None]


def view_volume(grid: Tensor, frustum: Frustum, camera_to_grid: Tensor) -> Tensor:
    """The canonical view volume [F, D, P, P] of a grid [F, G, G, G], by `sample_grid`."""
    samples = sample_grid(grid, frustum_points(frustum, camera_to_grid))  # [P·P, D, F]
    side = FEATURE_MAP_SIDE
    return samples.reshape(side, side, frustum.plane_count, -1).permute(3, 2, 0, 1)


@dataclass(frozen=True)
class FrustumSamples:
    """The samples of one view that fall inside the grid, ray by ray.

    Attributes:
        positions: [N] int64, sample number ray·D + plane, ascending.
        rows: [N, 8] int64, the eight neighbours' row numbers (z·G + y)·G + x.
        weights: [N, 8] float32, their trilinear weights, summing to 1.
        ray_starts: [P·P + 1] int64, where each ray's samples begin in the other arrays.
    """

    positions: Tensor
    rows: Tensor
    weights: Tensor
    ray_starts: Tensor


class RowSampler:
    """Finds, for each camera, which rows of the grid make which sample.

    Everything but the camera is constant for a scene and precomputed: the rays and plane depths.
    A grid stored as rows [G³, F] is then sampled by `sum_rows`.
    """

    def __init__(
        self, frustum: Frustum, placement: GridPlacement, side: int, device: torch.device
    ) -> None:
        self._placement, self._side = placement, side
        self._rays = torch.from_numpy(frustum.rays()).to(device).reshape(-1, 3)
        self._depths = torch.from_numpy(frustum.plane_depths).to(device)
        # The lower corner is at most G − 2; a fraction of up to 2 there would be wrong, so the
        # upper corner is clamped by its own offset table instead.
        self._device = device

    def locate(self, camera_to_world: Tensor) -> FrustumSamples:
        """The samples of a camera [4, 4] (CPU, camera-to-world) that fall inside the grid."""
        side = self._side
        transform = camera_to_grid_transform(camera_to_world, self._placement, side)
        transform = transform.to(self._device)
        directions = self._rays @ transform[:3, :3].T  # [P·P, 3]
        origin = transform[:3, 3]
        axes = [
            torch.addcmul(origin[a], directions[:, a, None], self._depths[None]) for a in range(3)
        ]  # three of [P·P, D]
        inside = (axes[0] >= 0) & (axes[0] < side)
        for axis in axes[1:]:
            inside &= (axis >= 0) & (axis < side)
        counts = inside.sum(dim=1)
        ray_starts = torch.zeros(counts.shape[0] + 1, dtype=torch.int64, device=self._device)
        torch.cumsum(counts, 0, out=ray_starts[1:])
        positions = inside.flatten().nonzero()[:, 0]
        points = [axis.flatten()[positions] for axis in axes]  # x, y, z
        return FrustumSamples(positions, *self._corners(points), ray_starts)

    def _corners(self, points: list[Tensor]) -> tuple[Tensor, Tensor]:
        side = self._side
        numbers, parts = [], []
        for axis, stride in zip(points, (1, side, side * side), strict=True):
            low = axis.long()  # inside the grid, so truncation is floor
            fraction = axis - low
            high = (low + 1).clamp_(max=side - 1)
            numbers.append((low * stride, high * stride))
            parts.append((1 - fraction, fraction))
        count = points[0].shape[0]
        rows = torch.empty(count, 8, dtype=torch.int64, device=self._device)
        weights = torch.empty(count, 8, device=self._device)
        for corner in range(8):
            x, y, z = corner & 1, (corner >> 1) & 1, (corner >> 2) & 1
            torch.add(numbers[0][x], numbers[1][y] + numbers[2][z], out=rows[:, corner])
            torch.mul(parts[0][x], parts[1][y] * parts[2][z], out=weights[:, corner])
        return rows, weights


def grid_to_rows(grid: Tensor) -> Tensor:
    """A grid [F, G, G, G] as contiguous rows [G³, F]."""
    return grid.flatten(1).T.contiguous()


def sum_rows(rows: Tensor, samples: FrustumSamples) -> Tensor:
    """Features of the inside samples: [N, F], the weighted sums of eight rows each."""
    return torch.nn.functional.embedding_bag(
        samples.rows, rows, mode="sum", per_sample_weights=samples.weights.to(rows.dtype)
    )
