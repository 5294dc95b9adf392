"""Lifting as a sum of rows: which pixels of a view's feature map make which voxel."""

import torch
from torch import Tensor

from dvox_core.geometry.cameras import Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.lifting import project_voxels
from dvox_core.geometry.resampling import camera_to_grid_transform
from dvox_core.geometry.row_sums import RowSum, prepare_row_sum


def lifting_matrix(u: Tensor, v: Tensor, seen: Tensor, width: int, height: int) -> RowSum:
    """Map rows [height·width, F] → voxels [G³, F], as `lift_features` samples them.

    Args:
        u, v, seen: [G, G, G], from `project_voxels`.
        width, height: of the map, pixels.
    """
    u, v, seen = u.flatten(), v.flatten(), seen.flatten()
    left, top = u.floor(), v.floor()
    right_share, bottom_share = u - left, v - top
    columns = [(left.long() + offset).clamp(0, width - 1) for offset in (0, 1)]
    rows = [(top.long() + offset).clamp(0, height - 1) for offset in (0, 1)]
    shares_x, shares_y = (1 - right_share, right_share), (1 - bottom_share, bottom_share)
    corners = [(x, y) for y in (0, 1) for x in (0, 1)]
    numbers = torch.stack([rows[y] * width + columns[x] for x, y in corners], dim=1)
    weights = torch.stack([shares_x[x] * shares_y[y] for x, y in corners], dim=1)
    unseen = ~seen[:, None]  # their coordinates may be anything
    return prepare_row_sum(
        numbers.masked_fill(unseen, 0), weights.masked_fill(unseen, 0.0), width * height
    )


class VoxelLifter:
    """Finds the lifting matrix of a camera and keeps it."""

    def __init__(
        self, intrinsics: Intrinsics, placement: GridPlacement, side: int, device: torch.device
    ) -> None:
        self._intrinsics, self._placement = intrinsics, placement
        self._side, self._device = side, device
        self._kept: dict[int, RowSum] = {}

    def matrix(self, key: int, camera_to_world: Tensor) -> RowSum:
        """That of a camera [4, 4] on the CPU; `key` stands for the camera from call to call."""
        if key not in self._kept:
            transform = camera_to_grid_transform(camera_to_world, self._placement, self._side)
            grid_to_camera = torch.linalg.inv(transform.double()).float().to(self._device)
            u, v, seen = project_voxels(self._intrinsics, grid_to_camera, self._side)
            size = self._intrinsics.width, self._intrinsics.height
            self._kept[key] = lifting_matrix(u, v, seen, *size)
        return self._kept[key]
