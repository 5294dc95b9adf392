"""Carries depth weights back to the voxels they fell on: the adjoint of the resampling."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.resampling import FrustumSamples
from dvox_core.inspection.maps import InspectedView, inspected_view
from dvox_core.inspection.views import CPU, NO_DEPTH_WEIGHTS, inside_mask
from dvox_core.inspection.voxel_questions import CaptureVisibility
from dvox_core.model.scene import Scene
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.visibility_pass import VisibilityPass, load_visibility_pass
from dvox_core.rendering.interventions import Interventions

SEEN_SHARES = 2.0
"""A voxel counts as seen in a view that gives it more than this many even shares.

The even share is what it would get if every ray weighed its planes alike. A fixed threshold called
empty space before undecided rays seen, and depended on the number of rays that pass a voxel.
"""

Progress = Callable[[float, str], None]
"""Called with a share of 0…1 and what is being done; may raise Cancelled."""


def voxel_visibility(
    samples: FrustumSamples,
    visibility: Tensor,  # [D, P, P], depth weights
    side: int,  # G
) -> NDArray[np.float32]:
    """How much each voxel weighs in a view: [G, G, G] (z, y, x).

    A sample's weight is shared out to its eight voxels as it was interpolated from them, so the
    volume sums to the weight that fell inside the grid.
    """
    return scatter_to_voxels(samples, sample_weights(samples, visibility), side)


def sample_weights(samples: FrustumSamples, visibility: Tensor) -> Tensor:
    """The depth weights of the samples inside the grid: [D, P, P] → [N]."""
    return visibility.flatten(1)[samples.planes, samples.rays]


def scatter_to_voxels(
    samples: FrustumSamples,
    values: Tensor,  # [N], one a sample
    side: int,
) -> NDArray[np.float32]:
    """Values of samples shared out to their eight voxels each: [G, G, G] (z, y, x).

    Summed in float64, so that the total is kept to 1e-6.
    """
    shares = (samples.weights * values[:, None]).flatten()
    volume = torch.bincount(samples.rows.flatten(), shares.double(), minlength=side**3)
    return np.asarray(volume.float().cpu().numpy().reshape(side, side, side))


@torch.inference_mode()
def seen_from(
    first_half: VisibilityPass, camera: Camera, side: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """How much each voxel weighs in a view, and whether it was seen: [G, G, G] each."""
    samples, features = first_half.resample(camera)
    visibility = first_half.visibility(samples, features)
    assert visibility is not None
    weight = voxel_visibility(samples, visibility, side)
    even = scatter_to_voxels(samples, torch.ones(len(samples.rays)), side)
    return weight, weight > SEEN_SHARES / len(visibility) * even


def capture_visibility(
    scene: Scene, cameras: Sequence[Camera], progress: Progress
) -> CaptureVisibility:
    """The visibility of every voxel over all `cameras`; runs no rendering network.

    Raises:
        UserError: the model has no depth weights, or there is no camera.
        Cancelled: `progress` said so.
    """
    _require_depth_weights(scene)
    if not cameras:
        raise UserError(
            f"{scene.name}: knows no cameras; convert the checkpoint with --poses to keep them"
        )
    progress(0.0, "Preparing the depth weights")
    side = scene.voxel_config.grid_size
    first_half = load_visibility_pass(scene, Target(CPU, torch.float32))
    total = np.zeros((side,) * 3)
    highest = np.zeros((side,) * 3, dtype=np.float32)
    counts = np.zeros((side,) * 3, dtype=np.int32)
    for number, camera in enumerate(cameras):
        progress(number / len(cameras), f"View {number + 1} of {len(cameras)}")
        weight, seen = seen_from(first_half, camera, side)
        total += weight
        np.maximum(highest, weight, out=highest)
        counts += seen
    progress(1.0, "Done")
    return CaptureVisibility(total.astype(np.float32), highest, counts, len(cameras))


def inspect_voxels(
    scene: Scene, camera: Camera, interventions: Interventions
) -> tuple[InspectedView, NDArray[np.float32]]:
    """Inspect a view without rendering it: its maps, and the visibility of its voxels [G, G, G].

    Raises:
        UserError: the model has no depth weights.
        CheckpointError: the scene's weights cannot be used.
    """
    _require_depth_weights(scene)
    first_half = load_visibility_pass(scene, Target(CPU, torch.float32))
    with torch.inference_mode():
        first_half.intervene(interventions)
        samples, features = first_half.resample(camera)
        visibility = first_half.visibility(samples, features)
        assert visibility is not None
        volume = voxel_visibility(samples, visibility, scene.voxel_config.grid_size)
    inside = inside_mask(samples, scene.voxel_config.plane_count)
    return inspected_view(camera, visibility.numpy(), inside, scene.frustum), volume


def _require_depth_weights(scene: Scene) -> None:
    if not scene.config.knows_depth:
        raise UserError(f"{scene.name}: {NO_DEPTH_WEIGHTS}")
