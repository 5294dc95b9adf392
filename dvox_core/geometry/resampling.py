"""Samples the voxel grid at the points of a camera's view frustum (paper, section 3.4).

The plain way, eight gathers, is for reading; `RowSampler` does the same as a sum of rows.
"""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.geometry.grid import GridPlacement


def frustum_points(frustum: Frustum, camera_to_grid: Tensor) -> Tensor:
    """Grid coordinates (x, y, z), in voxels, of every sample, made anew: [D, P, P, 3].

    Args:
        camera_to_grid: [4, 4] float32, camera space → grid coordinates.
    """
    device, camera = camera_to_grid.device, frustum.map_intrinsics
    planes, rows, columns = torch.meshgrid(
        torch.arange(frustum.plane_count, device=device),
        torch.arange(FEATURE_MAP_SIDE, device=device),
        torch.arange(FEATURE_MAP_SIDE, device=device),
        indexing="ij",
    )
    x = (columns - camera.principal_x) / camera.focal
    y = (rows - camera.principal_y) / camera.focal
    z = frustum.near_plane + planes * frustum.voxel_size
    directions = torch.stack([x, y, torch.ones_like(x)], dim=-1) @ camera_to_grid[:3, :3].T
    return directions * z[..., None] + camera_to_grid[:3, 3]


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
        [F, ...]; zero outside the grid. The upper neighbour is clamped to G − 1.
    """
    side = grid.shape[-1]
    inside = is_inside(points, side)
    x, y, z = points[inside].unbind(dim=-1)
    x0, y0, z0 = x.long(), y.long(), z.long()
    x1, y1, z1 = (low.add(1).clamp(max=side - 1) for low in (x0, y0, z0))
    dx, dy, dz = x - x0, y - y0, z - z0
    samples = (
        grid[:, z0, y0, x0] * (1 - dx) * (1 - dy) * (1 - dz)
        + grid[:, z0, y0, x1] * dx * (1 - dy) * (1 - dz)
        + grid[:, z0, y1, x0] * (1 - dx) * dy * (1 - dz)
        + grid[:, z0, y1, x1] * dx * dy * (1 - dz)
        + grid[:, z1, y0, x0] * (1 - dx) * (1 - dy) * dz
        + grid[:, z1, y0, x1] * dx * (1 - dy) * dz
        + grid[:, z1, y1, x0] * (1 - dx) * dy * dz
        + grid[:, z1, y1, x1] * dx * dy * dz
    )
    result = grid.new_zeros(grid.shape[0], *inside.shape)
    result[:, inside] = samples
    return result


def view_volume(grid: Tensor, frustum: Frustum, camera_to_grid: Tensor) -> Tensor:
    """The canonical view volume [F, D, P, P] of a grid [F, G, G, G], by `sample_grid`."""
    return sample_grid(grid, frustum_points(frustum, camera_to_grid))


@dataclass(frozen=True)
class FrustumSamples:
    """The samples of one view that fall inside the grid, ray by ray.

    Attributes:
        rays, planes: [N] int64, which ray (v·P + u) and plane; sorted by ray, then by plane.
        rows: [N, 8] int32, the eight neighbours' row numbers (z·G + y)·G + x.
        weights: [N, 8] float32, their trilinear weights, summing to 1.
        ray_starts: [P·P + 1] int64, where each ray's samples begin in the other arrays.
    """

    rays: Tensor
    planes: Tensor
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
        self._rays = torch.from_numpy(frustum.rays()).to(device).reshape(-1, 3).T.contiguous()
        self._depths = torch.from_numpy(frustum.plane_depths).to(device)
        self._neighbours = neighbour_rows(side).to(device)
        self._device = device

    def locate(self, camera_to_world: Tensor) -> FrustumSamples:
        """The samples of a camera [4, 4] (CPU, camera-to-world) that fall inside the grid."""
        rays, planes, points, ray_starts = self._inside(camera_to_world)
        lower = [axis.int() for axis in points]  # inside the grid, so truncation is floor
        return FrustumSamples(rays, planes, *self._corners(points, lower), ray_starts)

    def locate_near(self, camera_to_world: Tensor, is_near: Tensor) -> FrustumSamples:
        """As `locate`, but only the samples whose lowest corner is marked in [G³] bool."""
        rays, planes, points, _ = self._inside(camera_to_world)
        lower = [axis.int() for axis in points]
        near = is_near.index_select(0, self._row(lower)).nonzero()[:, 0]
        rays, planes = rays.index_select(0, near), planes.index_select(0, near)
        points = [axis.index_select(0, near) for axis in points]
        lower = [axis.index_select(0, near) for axis in lower]
        counts = torch.bincount(rays, minlength=self._rays.shape[1])
        ray_starts = torch.zeros(len(counts) + 1, dtype=torch.int64, device=self._device)
        torch.cumsum(counts, 0, out=ray_starts[1:])
        return FrustumSamples(rays, planes, *self._corners(points, lower), ray_starts)

    def _inside(self, camera_to_world: Tensor) -> tuple[Tensor, Tensor, list[Tensor], Tensor]:
        """Rays, planes and places (x, y, z) of the samples inside, and where each ray's begin."""
        transform = camera_to_grid_transform(camera_to_world, self._placement, self._side)
        transform = transform.to(self._device)
        directions = transform[:3, :3] @ self._rays  # [3, P·P]
        origin = transform[:3, 3]
        first, counts = self._planes_inside(directions, origin)
        ray_starts = torch.zeros(len(counts) + 1, dtype=torch.int64, device=self._device)
        torch.cumsum(counts, 0, out=ray_starts[1:])
        rays = torch.repeat_interleave(counts, output_size=int(ray_starts[-1]))
        planes = torch.arange(len(rays), device=self._device)
        planes += (first - ray_starts[:-1]).index_select(0, rays)
        depths = self._depths.index_select(0, planes)
        points = [
            torch.addcmul(start, direction.index_select(0, rays), depths)
            for start, direction in zip(origin, directions, strict=True)
        ]
        return rays, planes, points, ray_starts

    def _row(self, lower: list[Tensor]) -> Tensor:
        x, y, z = lower
        return (z * self._side + y) * self._side + x

    def _planes_inside(self, directions: Tensor, origin: Tensor) -> tuple[Tensor, Tensor]:
        """First plane whose sample lies in the grid, and how many do: [P·P] int64 each.

        A ray's samples inside the cube follow one another, so two planes tell them all: found by
        the ray's way through the slabs, then corrected by the samples themselves.
        """
        near, spacing = self._depths[0], self._depths[1] - self._depths[0]
        start, plane_count = origin[:, None], len(self._depths)
        one_end = (-start / directions - near) / spacing  # ±∞ for rays along a side
        other_end = ((self._side - start) / directions - near) / spacing
        entries, leaves = torch.minimum(one_end, other_end), torch.maximum(one_end, other_end)
        # 0/0: a ray that runs exactly in a side of the cube. The lower side is inside, as sample
        # positions 0 are; the upper one is outside.
        along = torch.isnan(entries)
        inside = (start < self._side).expand_as(along)
        entries = torch.where(along, torch.where(inside, -torch.inf, torch.inf), entries)
        leaves = torch.where(along, torch.where(inside, torch.inf, -torch.inf), leaves)
        entry, leave = _largest(entries), _largest(-leaves).neg_()
        first = entry.ceil_().clamp_(1, plane_count).long() - 1
        last = leave.floor_().clamp_(-1, plane_count - 2).long() + 1
        # One plane more was taken at either end, and rounding may be off by one more.
        planes = torch.stack([first, first + 1, last, last - 1]).clamp_(0, plane_count - 1)
        depths = self._depths.index_select(0, planes.flatten()).view(4, -1)
        points = torch.addcmul(start[:, None], directions[:, None], depths)
        lowest, highest = -_largest(-points), _largest(points)
        outside = (lowest < 0) | (highest >= self._side)  # [4, P·P]
        skips = outside[0::2].long() + (outside[0::2] & outside[1::2]).long()
        first, last = first + skips[0], last - skips[1]
        return first, (last + 1 - first).clamp_(min=0)

    def _corners(self, points: list[Tensor], lower: list[Tensor]) -> tuple[Tensor, Tensor]:
        upper_parts = [axis - low for axis, low in zip(points, lower, strict=True)]
        parts = [(1 - part, part) for part in upper_parts]
        rows = self._neighbours.index_select(0, self._row(lower))
        # Column by column: broadcasting over the corners' twos is six times slower.
        weights = torch.empty(len(rows), 8, device=self._device)
        for upper in range(4):
            part = parts[1][upper & 1] * parts[2][upper >> 1]
            torch.mul(parts[0][0], part, out=weights[:, 2 * upper])
            torch.mul(parts[0][1], part, out=weights[:, 2 * upper + 1])
        return rows, weights


def _largest(axes: Tensor) -> Tensor:
    """The largest of the first dimension's three; quicker than a reduction over it."""
    return torch.maximum(torch.maximum(axes[0], axes[1]), axes[2])


def neighbour_rows(side: int) -> Tensor:
    """[side³, 8] int32: row numbers of each voxel and its upper neighbours (clamped), x fastest."""
    axis = torch.arange(side, dtype=torch.int32)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    corners = []
    for dz, dy, dx in itertools.product((0, 1), repeat=3):
        up_z, up_y, up_x = ((low + d).clamp(max=side - 1) for low, d in ((z, dz), (y, dy), (x, dx)))
        corners.append((up_z * side + up_y) * side + up_x)
    return torch.stack(corners, dim=-1).reshape(side**3, 8)


def grid_to_rows(grid: Tensor) -> Tensor:
    """A grid [F, G, G, G] as contiguous rows [G³, F]."""
    return grid.flatten(1).T.contiguous()


def sum_rows(rows: Tensor, samples: FrustumSamples) -> Tensor:
    """Features of the inside samples: [N, F], the weighted sums of eight rows each."""
    return torch.nn.functional.embedding_bag(
        samples.rows, rows, mode="sum", per_sample_weights=samples.weights.to(rows.dtype)
    )
