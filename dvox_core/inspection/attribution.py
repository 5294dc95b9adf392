"""Which voxels made a part of the picture.

Two answers. `attribution_by_rays` is what the part's own rays saw: quick enough to follow the hand,
and blind to what the rendering network does with it. `attribution_by_gradient` is how much the part
would change, to first order, if a voxel's features were taken away: it goes back through the
rendering network, whose every pixel looks at many rays, and costs it several times over.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.resampling import FrustumSamples
from dvox_core.geometry.row_sums import prepare_row_sum, sum_rows
from dvox_core.inspection.features import feature_norms
from dvox_core.inspection.rectangle import PictureRectangle
from dvox_core.inspection.views import CPU
from dvox_core.inspection.voxel_visibility import sample_weights, scatter_to_voxels
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.loading import RENDERING_PARTS, load_parts
from dvox_core.model.scene import Scene
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.visibility_pass import VisibilityPass
from dvox_core.rendering.interventions import Interventions

PROBES = 4
"""Random combinations of the part's pixels that are followed back to the voxels."""

Progress = Callable[[float, str], None]
"""Called with a share of 0…1 and what is being done; may raise Cancelled."""


def attribution_by_rays(
    samples: FrustumSamples,
    visibility: Tensor,  # [D, P, P], depth weights
    grid: NDArray[np.float32],  # [F, G, G, G], as rendered
    rays: NDArray[np.bool_],  # [P, P], of the part
) -> NDArray[np.float32]:
    """What the part's rays saw of each voxel: [G, G, G] (z, y, x).

    The depth weights of these rays, carried back to the voxels, times the norms of their features:
    the most that a voxel can have added to the collapsed features.
    """
    chosen = torch.from_numpy(rays.reshape(-1)).to(samples.rays.device)[samples.rays]
    weights = sample_weights(samples, visibility) * chosen
    return scatter_to_voxels(samples, weights, grid.shape[-1]) * feature_norms(grid)


def attribution_by_gradient(
    scene: Scene,
    camera: Camera,
    rectangle: PictureRectangle,
    interventions: Interventions,
    progress: Progress,
) -> NDArray[np.float32]:
    """How much the part would change without each voxel, to first order: [G, G, G] (z, y, x).

    The root of the summed squares of the changes of the part's pixels (colours in 0…1), estimated
    by `PROBES` random combinations of them: features times gradient, voxel by voxel. The depth
    weights are held fixed, for a softmax's gradient says little of what lies behind a surface.

    Raises:
        CheckpointError: the scene's weights cannot be used.
        Cancelled: `progress` said so.
    """
    progress(0.0, "Preparing the networks")
    model = load_parts(scene, *RENDERING_PARTS)
    with torch.no_grad():
        first_half = VisibilityPass(scene, Target(CPU, torch.float32), model.occlusion)
        first_half.intervene(interventions)
        samples, features = first_half.resample(camera)
        visibility = first_half.visibility(samples, features)
    rows = first_half.rows.detach().requires_grad_()
    matrix = prepare_row_sum(samples.rows, samples.weights, len(rows))
    progress(0.1, "Rendering the view")
    collapsed = _collapse(model, samples, sum_rows(rows, matrix), visibility)
    picture = model.rendering(collapsed)[0]
    part = picture[:, rectangle.top : rectangle.bottom, rectangle.left : rectangle.right]
    squares = torch.zeros(len(rows))
    random = torch.Generator().manual_seed(0)
    for number in range(PROBES):
        progress(0.3 + 0.7 * number / PROBES, f"Following pixels back, {number + 1} of {PROBES}")
        signs = torch.randint(0, 2, part.shape, generator=random) * 2.0 - 1
        (gradient,) = torch.autograd.grad(part, rows, signs, retain_graph=number + 1 < PROBES)
        squares += (gradient * rows.detach()).sum(dim=1).square()
    progress(1.0, "Done")
    side = scene.voxel_config.grid_size
    return np.asarray((squares / PROBES).sqrt().numpy().reshape(side, side, side))


def _collapse(
    model: DeepVoxels, samples: FrustumSamples, features: Tensor, visibility: Tensor | None
) -> Tensor:
    """Collapsed features [1, F, P, P] of samples [N, F]; differentiable in the features."""
    if visibility is None:
        assert model.depth_collapse is not None
        planes, count = model.config.plane_count, features.shape[1]
        volume = features.new_zeros(planes * P * P, count)
        volume = volume.index_add(0, samples.planes * P * P + samples.rays, features)
        maps: Tensor = model.depth_collapse(volume.T.reshape(1, count, planes, P, P))
        return maps
    weights = sample_weights(samples, visibility) / visibility.shape[0]
    collapsed = features.new_zeros(P * P, features.shape[1])
    collapsed = collapsed.index_add(0, samples.rays, features * weights[:, None])
    return collapsed.T.reshape(1, -1, P, P)


def strongest_voxels(
    heat: NDArray[np.float32],  # [G, G, G], not negative
    share: float,  # of the whole heat, 0…1
) -> NDArray[np.bool_]:
    """The fewest voxels that hold a share of the heat together: [G, G, G]."""
    order = np.argsort(heat, axis=None)[::-1]
    sums = np.cumsum(heat.ravel()[order], dtype=np.float64)
    chosen = np.zeros(heat.size, dtype=np.bool_)
    if sums[-1] > 0:
        count = int(np.searchsorted(sums, share * sums[-1])) + 1
        chosen[order[:count]] = True
    return np.asarray((chosen & (heat.ravel() > 0)).reshape(heat.shape))
