"""The voxel grid's placement in the world."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GridPlacement:
    """An axis-aligned cube of voxels.

    Attributes:
        center: the cube's centre in world units, (x, y, z).
        scale: the side of the WHOLE cube in world units (not of a voxel).

    With G voxels a side, voxel i sits at (i − G/2)·scale/G from the centre along each axis:
    integer grid coordinates are sample positions. Volumes are stored [F, z, y, x].
    """

    center: tuple[float, float, float]
    scale: float

    def voxel_size(self, side: int) -> float:
        """Edge of a voxel in world units, for a grid of `side` voxels a side."""
        return self.scale / side

    def world_to_grid(self, side: int) -> Array:
        """[4, 4]: world point → grid coordinates (x, y, z) in voxels."""
        transform = np.eye(4)
        transform[:3, :3] /= self.voxel_size(side)
        transform[:3, 3] = side / 2 - np.asarray(self.center) / self.voxel_size(side)
        return transform

    def grid_to_world(self, side: int) -> Array:
        """[4, 4]: grid coordinates (x, y, z) in voxels → world point."""
        return np.asarray(np.linalg.inv(self.world_to_grid(side)))

    def contains(self, point: Array) -> bool:
        """Whether a world point [3] lies inside the cube."""
        return bool((np.abs(point - np.asarray(self.center)) <= self.scale / 2).all())

    @property
    def corners(self) -> Array:
        """[8, 3]: the cube's corners in world units."""
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1], indexing="ij")).reshape(3, 8).T
        return np.asarray(self.center) + signs * self.scale / 2
