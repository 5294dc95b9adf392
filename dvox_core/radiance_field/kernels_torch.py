"""The field's rays in plain torch: the twin of `kernels_numba`, for CUDA and for the tests.

Every possible sample of every ray is laid out as [R, K] in its order along the ray; only those that
an occupied cell holds are mixed. Gradients are autograd's.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dvox_core.radiance_field.field import DENSITY_SHIFT

Lens = tuple[float, float, float]
"""Focal length and principal point (x, y), pixels."""


@dataclass(frozen=True, eq=False)
class TorchGrid:
    """A field's rows on a device.

    Attributes:
        values: [R, 4] float32 in the order of bricks: raw density, colour; the cube's rows first.
        cells: [R] uint8: whether a sample there is worth taking.
        side: G, of the cube.
        outer_side: of the surroundings; 0: none.
        farthest: how far the surroundings reach, in half sides of the cube.
    """

    values: Tensor
    cells: Tensor
    side: int
    outer_side: int
    farthest: float


@dataclass(frozen=True, eq=False)
class TorchLight:
    """What rays bring.

    Attributes:
        colors: [R, 3], without the background.
        passing: [R], the share of the background.
        weights: [R, K] of every sample, and places: [R, K] along the ray in voxels.
        in_cube: [R, K] bool: samples that were taken in the cube.
        opacities: [R, K], with zero for samples that were not taken.
    """

    colors: Tensor
    passing: Tensor
    weights: Tensor
    places: Tensor
    in_cube: Tensor
    opacities: Tensor


def pixel_rays(
    cameras: Tensor,  # [R, 3, 4] float64, each ray's camera → grid coordinates
    lens: Lens,
    columns: Tensor,  # [R]
    rows: Tensor,  # [R]
) -> tuple[Tensor, Tensor, Tensor]:
    """Origins [R, 3], unit directions [R, 3] and depth for each voxel along the ray [R]."""
    focal, principal_x, principal_y = lens
    x, y = (columns - principal_x) / focal, (rows - principal_y) / focal
    points = torch.stack([x, y, torch.ones_like(x)], dim=-1).to(cameras.dtype)
    directions = (cameras[:, :, :3] @ points[..., None])[..., 0]
    cosines = 1 / directions.norm(dim=-1)
    return cameras[:, :, 3], directions * cosines[:, None], cosines


def cast_rays(
    grid: TorchGrid,
    origins: Tensor,  # [R, 3] float64
    directions: Tensor,  # [R, 3] float64
    offsets: Tensor,  # [R] float64
    least: float,
) -> TorchLight:
    """Composite all samples of rays; differentiable in the grid's values."""
    enter, leave = _span(origins, directions, grid.side)
    places, inner = _inner_places(enter, leave, offsets, grid.side)
    groups = [(places, inner, torch.ones_like(inner))]
    if grid.outer_side:
        hits = enter < leave
        before_end = torch.where(hits, enter, torch.inf)
        zero = torch.zeros_like(enter)
        before = _outer_places(grid, origins, directions, offsets, zero, before_end)
        behind = _outer_places(
            grid, origins, directions, offsets, leave, torch.full_like(leave, torch.inf)
        )
        groups.insert(0, (before[0], before[1], torch.zeros_like(before[1])))
        groups.append((behind[0], behind[1] & hits[:, None], torch.zeros_like(behind[1])))
    places = torch.cat([group[0] for group in groups], dim=1)
    taken = torch.cat([group[1] for group in groups], dim=1)
    in_cube = torch.cat([group[2] for group in groups], dim=1) & taken
    rays, numbers = taken.nonzero(as_tuple=True)
    points = origins[rays] + places[rays, numbers, None] * directions[rays]
    bases, steps, parts = _locate(grid, points, in_cube[rays, numbers])
    held = grid.cells[bases] != 0
    rays, numbers, bases = rays[held], numbers[held], bases[held]
    mixed = _mix(grid.values, bases, steps[held], parts[held])
    alpha = torch.sigmoid(mixed[:, 0] - DENSITY_SHIFT)
    opacities = mixed.new_zeros(taken.shape).index_put((rays, numbers), alpha)
    shape = (*taken.shape, 3)
    shades = mixed.new_zeros(shape).index_put((rays, numbers), mixed[:, 1:])
    with torch.no_grad():
        kept = _passing(opacities)[:, :-1] >= least
    opacities = opacities * kept
    passing = _passing(opacities)
    weights = opacities * passing[:, :-1]
    in_cube = in_cube & kept & (opacities.detach() > 0)
    colors = (weights[..., None] * shades).sum(dim=1)
    return TorchLight(colors, passing[:, -1], weights, places, in_cube, opacities)


def ray_losses(
    light: TorchLight,
    targets: Tensor,  # [R, 3]
    background: Tensor,  # [3]
) -> Tensor:
    """[R]: squared error of each ray, summed over the colours."""
    colors = light.colors + light.passing[:, None] * background
    return (colors - targets).square().sum(dim=-1)


def adam_step(
    values: Tensor,
    gradient: Tensor,
    means: Tensor,
    squares: Tensor,
    rates: Tensor,  # [4], with the bias of both moments in it
    betas: tuple[float, float],
    epsilon: float,
) -> None:
    """Adam, in place, on the numbers [R, 4] that have a gradient."""
    moved = gradient != 0
    share1, share2 = moved * (1 - betas[0]), moved * (1 - betas[1])
    means += (gradient - means) * share1
    squares += (gradient.square() - squares) * share2
    values -= moved * rates * means / (squares.sqrt() + epsilon)


def _passing(opacities: Tensor) -> Tensor:
    """[R, K + 1]: what passes up to each sample, and at last."""
    ones = torch.ones_like(opacities[:, :1])
    return torch.cat([ones, (1 - opacities).cumprod(dim=1)], dim=1)


def _span(origins: Tensor, directions: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Where rays enter and leave the cube 0…side; enter ≥ 0, and leave < enter if they miss."""
    flat = directions.abs() < 1e-12
    divisor = torch.where(flat, 1.0, directions)
    one, other = -origins / divisor, (side - origins) / divisor
    within = (origins >= 0) & (origins < side)
    low = torch.where(flat, -torch.inf, torch.minimum(one, other))
    high = torch.where(flat, torch.where(within, torch.inf, -1.0), torch.maximum(one, other))
    return low.amax(dim=-1).clamp(min=0), high.amin(dim=-1)


def _inner_places(
    enter: Tensor, leave: Tensor, offsets: Tensor, side: int
) -> tuple[Tensor, Tensor]:
    steps = torch.arange(math.ceil(math.sqrt(3) * side) + 1, device=enter.device)
    places = (enter + offsets)[:, None] + steps
    return places, places < leave[:, None]


def _outer_places(
    grid: TorchGrid,
    origins: Tensor,
    directions: Tensor,
    offsets: Tensor,
    begin: Tensor,
    end: Tensor,
) -> tuple[Tensor, Tensor]:
    half, stride = grid.side / 2, 4 / grid.outer_side

    def distance(place: Tensor) -> Tensor:
        points = (origins + place[:, None] * directions) / half - 1
        return points.abs().amax(dim=-1).clamp(min=1)

    place = begin + offsets * stride * distance(begin) * half
    places, taken = [], []
    while True:
        far = distance(place)
        alive = (place < end) & (far <= grid.farthest)
        if not bool(alive.any()):
            break
        places.append(place)
        taken.append(alive)
        place = place + stride * far * half
    if not places:
        return place[:, None], torch.zeros_like(place[:, None], dtype=torch.bool)
    return torch.stack(places, dim=1), torch.stack(taken, dim=1)


def _locate(
    grid: TorchGrid,
    points: Tensor,  # [S, 3] in voxels of the cube
    in_cube: Tensor,  # [S] bool
) -> tuple[Tensor, Tensor, Tensor]:
    """A sample's lowest row [S], steps to the upper ones [S, 3], and the place between [S, 3]."""
    spread = points / (grid.side / 2) - 1
    far = spread.abs().amax(dim=-1, keepdim=True).clamp(min=1)
    outer = (spread * ((2 - 1 / far) / far) + 2) * (grid.outer_side / 4)
    places = torch.where(in_cube[:, None], points, outer)
    sides = torch.where(in_cube, grid.side, grid.outer_side)
    lowest = places.floor().clamp(min=0).minimum(sides[:, None] - 2.0)
    parts = (places - lowest).clamp(0, 1).float()
    x, y, z = lowest.long().unbind(dim=-1)
    bricks = sides // 4
    brick = ((z >> 2) * bricks + (y >> 2)) * bricks + (x >> 2)
    bases = (brick << 6) + ((z & 3) << 4) + ((y & 3) << 2) + (x & 3)
    steps = torch.stack(
        [
            torch.where(x & 3 != 3, 1, 61),
            torch.where(y & 3 != 3, 4, 64 * bricks - 12),
            torch.where(z & 3 != 3, 16, 64 * bricks * bricks - 48),
        ],
        dim=-1,
    )
    return torch.where(in_cube, bases, bases + grid.side**3), steps, parts


def _mix(values: Tensor, bases: Tensor, steps: Tensor, parts: Tensor) -> Tensor:
    """[S, 4]: the trilinear mix of eight rows each."""
    total = values.new_zeros(len(bases), 4)
    for corner in range(8):
        upper = [corner & 1, (corner >> 1) & 1, corner >> 2]
        row, weight = bases, torch.ones_like(parts[:, 0])
        for axis in range(3):
            row = row + steps[:, axis] if upper[axis] else row
            weight = weight * (parts[:, axis] if upper[axis] else 1 - parts[:, axis])
        total = total + weight[:, None] * values.index_select(0, row)
    return total
