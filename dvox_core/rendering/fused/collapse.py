"""Sums over the samples of each ray: what the fast renderer collapses a view volume by."""

import torch
from torch import Tensor

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.resampling import FrustumSamples

EMPTY_RAY = 0.02
"""Rays with less than this share of the largest contribution have no contribution depth."""


def sum_by_ray(
    samples: FrustumSamples,
    rows: Tensor,  # [N, K], one a sample
    factors: Tensor,  # [N]
) -> Tensor:
    """[P·P, K]: the samples' rows times their factors, summed over each ray."""
    numbers = torch.arange(len(factors), device=factors.device)
    return torch.nn.functional.embedding_bag(
        numbers,
        rows,
        samples.ray_starts[:-1],
        mode="sum",
        per_sample_weights=factors.to(rows.dtype),
    )


def contribution_depth(
    samples: FrustumSamples,
    features: Tensor,  # [N, F]
    weights: Tensor,  # [N], the depth weights of the samples
    plane_depths: Tensor,  # [D], world units
) -> Tensor:
    """[P, P]: the mean depth weighted by weight × feature norm; NaN where a ray is empty."""
    norms = torch.linalg.vector_norm(features, dim=1, dtype=torch.float32)
    depths = plane_depths[samples.planes]
    sums = sum_by_ray(samples, torch.stack([norms * depths, norms], dim=1), weights)
    total = sums[:, 1]
    return torch.where(total > EMPTY_RAY * total.max(), sums[:, 0] / total, torch.nan).view(P, P)
