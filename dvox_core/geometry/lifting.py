"""Lifts a feature map into the voxel grid (paper, section 3.1)."""

import torch
from torch import Tensor

from dvox_core.geometry.cameras import Intrinsics


def project_voxels(
    intrinsics: Intrinsics, grid_to_camera: Tensor, side: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Where every voxel centre projects to.

    Args:
        intrinsics: of the P × P feature map.
        grid_to_camera: [4, 4] float32, grid coordinates (x, y, z) → camera space.
        side: G.

    Returns:
        u, v: [G, G, G] pixels of the map, and seen: [G, G, G] bool: in front of the camera, and
        the rounded pixel lies in the map. All with axes (z, y, x). (The authors used a coarse
        test by a bounding box, which fails for scenes much smaller or larger than one unit.)
    """
    axis = torch.arange(side, dtype=torch.float32, device=grid_to_camera.device)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    points = torch.stack([x, y, z], dim=-1) @ grid_to_camera[:3, :3].T + grid_to_camera[:3, 3]
    in_front = points[..., 2] > 0
    depth = torch.where(in_front, points[..., 2], 1.0)
    u = points[..., 0] * intrinsics.focal / depth + intrinsics.principal_x
    v = points[..., 1] * intrinsics.focal / depth + intrinsics.principal_y
    column, row = u.round(), v.round()
    seen = in_front & (column >= 0) & (column < intrinsics.width)
    seen &= (row >= 0) & (row < intrinsics.height)
    return u, v, seen


def lift_features(features: Tensor, u: Tensor, v: Tensor, seen: Tensor) -> Tensor:
    """Bilinear samples of a map for every voxel, written for reading.

    Args:
        features: [F, P, P], axes (v, u).
        u, v, seen: from `project_voxels`.

    Returns:
        [F, G, G, G]; zero where not seen. Both neighbours are clamped to the map.
    """
    height, width = features.shape[-2:]
    left, top = u.floor(), v.floor()
    right_share, bottom_share = u - left, v - top
    columns = [(left.long() + offset).clamp(0, width - 1) for offset in (0, 1)]
    rows = [(top.long() + offset).clamp(0, height - 1) for offset in (0, 1)]
    upper = features[:, rows[0], columns[0]] * (1 - right_share)
    upper = upper + features[:, rows[0], columns[1]] * right_share
    lower = features[:, rows[1], columns[0]] * (1 - right_share)
    lower = lower + features[:, rows[1], columns[1]] * right_share
    return (upper * (1 - bottom_share) + lower * bottom_share) * seen
