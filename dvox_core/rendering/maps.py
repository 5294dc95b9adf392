"""Maps that are read off the depth weights, and the picture as bytes."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.geometry.frustum import Frustum


def expected_depth(visibility: Tensor, frustum: Frustum) -> Tensor:
    """Metric expected depth [P, P] of depth weights [D, P, P] that sum to 1 over D."""
    depths = torch.from_numpy(frustum.plane_depths).to(visibility.device)
    return torch.einsum("d,dvu->vu", depths, visibility)


def entropy_bits(visibility: Tensor) -> Tensor:
    """Entropy [P, P] of depth weights [D, P, P], in bits: 0 (sure) … log2(D) (no idea)."""
    nats: Tensor = torch.special.entr(visibility).sum(dim=0)
    return nats / math.log(2)


def outside_share(
    visibility: Tensor,  # [D, P, P], each ray sums to 1
    rays: Tensor,  # [N], of the samples inside the grid, v·P + u
    planes: Tensor,  # [N]
) -> Tensor:
    """The weight [P, P] on samples outside the grid, 0…1."""
    inside = visibility.new_zeros(visibility.shape[1:].numel())
    inside.index_add_(0, rays, visibility.flatten(1)[planes, rays])
    return (1 - inside).clamp_(0, 1).view(visibility.shape[1:])


def picture_bytes(picture: Tensor) -> NDArray[np.uint8]:
    """A picture [S, S, 3] in 0…1 as uint8 on the CPU; computed where it is."""
    scaled = (picture.float() * 255).round_().clamp_(0, 255).to(torch.uint8)
    if scaled.device.type == "cuda":  # page-locked memory is written by the device itself
        target = torch.empty(scaled.shape, dtype=torch.uint8, pin_memory=True)
        target.copy_(scaled, non_blocking=True)
        torch.cuda.current_stream(scaled.device).synchronize()
        scaled = target
    return np.ascontiguousarray(scaled.cpu().numpy())


def float_picture(picture: Tensor) -> NDArray[np.float32]:
    """A picture [S, S, 3] in 0…1 as float32 on the CPU."""
    return np.ascontiguousarray(picture.float().cpu().numpy())
