"""The first half of a frame: the samples inside the grid, their features and their depth weights.

The view volume is never built: only samples inside the grid exist, as rows. See
`FusedOcclusionNetwork` for how those outside are left out.
"""

from dataclasses import replace

import torch
from torch import Tensor

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.resampling import FrustumSamples, RowSampler, grid_to_rows, sum_rows
from dvox_core.model.loading import load_inpainted_grid, load_parts
from dvox_core.model.scene import Scene
from dvox_core.networks.occlusion import OcclusionNetwork
from dvox_core.rendering.apply_interventions import GridEditor, overridden
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.filled_rows import MOST_FILLED, voxels_near_something
from dvox_core.rendering.fused.occlusion import FusedOcclusionNetwork
from dvox_core.rendering.fused.silent_parts import drop_unseen_features
from dvox_core.rendering.interventions import NO_INTERVENTIONS, AsTrained, Interventions


class VisibilityPass:
    """Samples a scene's inpainted grid for a camera and weighs the samples; one thread's own.

    Attributes:
        interventions: what is changed at present; see `intervene`.
        rows: [G³, F] float32, the grid that is sampled.
        planes: [D, P + 2, P + 2, n], a buffer for the features of the view volume that the
            occlusion network looks at; all of them for depth collapse.
    """

    def __init__(self, scene: Scene, target: Target, occlusion: OcclusionNetwork | None) -> None:
        """Prepare what does not depend on the camera.

        Args:
            occlusion: the scene's network; None for depth collapse, which has no depth weights.

        Raises:
            CheckpointError: the scene's weights cannot be used.
        """
        self._scene, self._target = scene, target
        side, planes = scene.voxel_config.grid_size, scene.voxel_config.plane_count
        self.interventions = NO_INTERVENTIONS
        # Sampling and collapsing stay in float32: both are a few ms, and in bfloat16 they cost
        # 2 dB of the picture.
        self._trained_rows = grid_to_rows(load_inpainted_grid(scene)).to(target.device)
        self._set_rows(self._trained_rows)
        self._editor = GridEditor(scene)
        self._edited: tuple[Interventions, Tensor] | None = None
        self._occlusion, self._seen = None, None
        seen_count = scene.voxel_config.features
        if occlusion is not None:
            seen = drop_unseen_features(occlusion)
            if len(seen) < seen_count:
                self._seen, seen_count = seen.to(target.device), len(seen)
            self._occlusion = FusedOcclusionNetwork(occlusion, target, planes)
        self._sampler = RowSampler(scene.frustum, scene.placement, side, target.device)
        self.planes = torch.empty(
            planes, P + 2, P + 2, seen_count, device=target.device, dtype=target.dtype
        )

    def intervene(self, interventions: Interventions) -> None:
        """Change the grid and the depth weights of every view from now on.

        The edits apply to the scene's own grid, not to one that was edited before.

        Raises:
            CheckpointError: an edit needs the grid before inpainting, and the scene has none.
            UserError: the edits are of another scene.
        """
        if interventions.changes_grid:
            self._set_rows(self._edited_rows(interventions))
        else:
            self._set_rows(self._trained_rows)
        self.interventions = interventions

    def resample(self, camera: Camera) -> tuple[FrustumSamples, Tensor]:
        """The samples inside the grid as seen from `camera`, and their features [N, F]."""
        samples = self._sampler.locate(torch.from_numpy(camera.camera_to_world.copy()))
        return samples, sum_rows(self.rows, samples)

    def resample_filled(self, camera: Camera) -> tuple[FrustumSamples, Tensor]:
        """As `resample`, without samples that are zero where most of the grid is."""
        if self._is_near is None:
            return self.resample(camera)
        pose = torch.from_numpy(camera.camera_to_world.copy())
        samples = self._sampler.locate_near(pose, self._is_near)
        return samples, sum_rows(self.rows, samples)

    def visibility(self, samples: FrustumSamples, features: Tensor) -> Tensor | None:
        """The depth weights [D, P, P] float32 of samples; None for depth collapse."""
        if self._occlusion is None:
            return None
        first, end = _plane_range(samples.planes, len(self.planes), self._occlusion.block)
        planes = self.planes[: end - first].zero_()
        row, column = samples.rays // P, samples.rays % P
        place = ((samples.planes - first) * (P + 2) + row + 1) * (P + 2) + column + 1
        if self._seen is not None:
            features = features.index_select(1, self._seen)
        planes.flatten(0, 2).index_copy_(0, place, features.to(planes.dtype))
        weights = self._occlusion(planes, first)
        if isinstance(self.interventions.occlusion, AsTrained):
            return weights
        return overridden(weights, self.interventions.occlusion)

    def _set_rows(self, rows: Tensor) -> None:
        self.rows = rows
        is_near = voxels_near_something(rows)
        is_sparse = float(is_near.float().mean()) < MOST_FILLED
        self._is_near = is_near if is_sparse else None

    def _edited_rows(self, interventions: Interventions) -> Tensor:
        """The last edited grid is kept: views with and without edits may take turns."""
        wanted = replace(interventions, occlusion=AsTrained())
        if self._edited is None or self._edited[0] != wanted:
            side = self._scene.voxel_config.grid_size
            inpainted = self._trained_rows.T.reshape(-1, side, side, side).cpu()
            grid = self._editor.edited(wanted, inpainted)
            self._edited = (wanted, grid_to_rows(grid).to(self._target.device))
        return self._edited[1]


def load_visibility_pass(scene: Scene, target: Target) -> VisibilityPass:
    """The first half of a frame alone, for what needs no picture.

    Raises:
        CheckpointError: the scene's weights cannot be used.
    """
    with torch.inference_mode():
        return VisibilityPass(scene, target, load_parts(scene, "occlusion.").occlusion)


def _plane_range(planes: Tensor, plane_count: int, block: int) -> tuple[int, int]:
    """The blocks with samples, as first plane and the one after the last; one block if none has."""
    if planes.numel() == 0:
        return 0, block
    if planes.device.type != "cpu":  # asking would wait for the device
        return 0, plane_count
    lowest, highest = torch.aminmax(planes)
    return int(lowest) // block * block, (int(highest) // block + 1) * block
