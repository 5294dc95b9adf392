"""Lets the cube's walls stand for the world behind it, where pictures show more than the object.

A grid holds nothing outside its cube. What is seen through the cube is therefore painted on its
walls, and the occlusion network is taught that a ray which meets nothing ends on the far one.
"""

import numpy as np
import torch
from torch import Tensor

from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.resampling import FrustumSamples
from dvox_core.radiance_field.views import FieldViews, grid_cameras
from dvox_core.training.trainers.guided.grid_from_field import (
    APPEARANCE_SCALE,
    FEWEST_FEATURES,
    FREE_SPREAD,
    OPACITIES,
    GridStart,
)

WALL_OPACITY = 0.5
"""Of the walls' eighths; few voxels of objects have the same in all eight."""

THICKNESS = 2
"""Voxels: a sample at the lower side mixes the two outermost."""


def with_far_side(
    start: GridStart, views: FieldViews, placement: GridPlacement, generator: torch.Generator
) -> GridStart:
    """The start with walls wherever a camera sees them at the far side of the cube.

    Their colour is the mean of what the pictures show there.

    Args:
        generator: of the free channels' random numbers, on the CPU.
    """
    side = round(len(start.opacities) ** (1 / 3))
    free = torch.ones(side**3, dtype=torch.bool)
    free[start.occupied] = False
    walls = (_walls(side) & free).nonzero()[:, 0]
    colors, seen = _colors(walls, side, views, placement)
    walls, colors = walls[seen], colors[seen]
    channels = start.appearance.shape[1] - (FEWEST_FEATURES - OPACITIES)
    noise = torch.rand(len(walls), channels, generator=generator) * FREE_SPREAD
    appearance = torch.cat([torch.ones(len(walls), 1), colors, noise], dim=1) * APPEARANCE_SCALE
    occupied, order = torch.cat([start.occupied, walls]).sort()
    opacities = start.opacities.clone()
    opacities[walls] = WALL_OPACITY
    return GridStart(opacities, occupied, torch.cat([start.appearance, appearance])[order])


def add_remainder(lesson: Tensor, samples: FrustumSamples) -> Tensor:
    """Ray weights [D, P²] with what passes the cube on each ray's last sample in it."""
    counts = samples.ray_starts.diff()
    crossing = (counts > 0).nonzero()[:, 0]
    last = samples.planes[samples.ray_starts[1:][crossing] - 1]
    passing = (1 - lesson.sum(dim=0)).clamp(min=0)
    result = lesson.clone()
    result[last, crossing] += passing[crossing]
    return result


def _walls(side: int) -> Tensor:
    """[G³] bool: the voxels within the thickness of the cube's sides."""
    axis = torch.arange(side)
    outer = (axis < THICKNESS) | (axis >= side - THICKNESS)
    return (outer[:, None, None] | outer[:, None] | outer).flatten()


def _colors(
    voxels: Tensor, side: int, views: FieldViews, placement: GridPlacement
) -> tuple[Tensor, Tensor]:
    """The mean colour [M, 3] of each voxel in the pictures, and [M] bool whether it was seen."""
    numbers = voxels.numpy()
    points = np.stack([numbers % side, numbers // side % side, numbers // side**2], axis=1)
    lower, upper = points < THICKNESS, points >= side - THICKNESS
    focal, center_x, center_y = views.lens
    height, width = views.pictures.shape[1:3]
    sums, times = np.zeros((len(points), 3)), np.zeros(len(points))
    for picture, camera in zip(
        views.pictures, grid_cameras(views.cameras, placement, side), strict=True
    ):
        rays = points - camera[:, 3]
        is_far = ((upper & (rays > 0)) | (lower & (rays < 0))).any(axis=1)
        x, y, z = (rays @ camera[:, :3]).T
        ahead = np.maximum(z, 1e-6)
        column = np.rint(x / ahead * focal + center_x).astype(int)
        row = np.rint(y / ahead * focal + center_y).astype(int)
        is_seen = is_far & (z > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
        sums[is_seen] += picture[row[is_seen], column[is_seen]] * views.value_scale
        times[is_seen] += 1
    colors = sums / np.maximum(times, 1)[:, None]
    return torch.from_numpy(colors).float(), torch.from_numpy(times > 0)
