"""The renderer the program uses: everything constant prepared once, only the camera's part a frame.

The first half, from the grid to the depth weights, is `VisibilityPass`.
"""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core import allocator
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.frustum import camera_hint
from dvox_core.geometry.resampling import FrustumSamples
from dvox_core.model.loading import RENDERING_PARTS, load_parts
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.fused.backends import RenderingBackend, torch_backend
from dvox_core.rendering.fused.collapse import contribution_depth, sum_by_ray
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.fused.networks import FusedDepthCollapse
from dvox_core.rendering.fused.silent_parts import drop_silent_levels
from dvox_core.rendering.fused.visibility_pass import VisibilityPass
from dvox_core.rendering.interventions import Interventions
from dvox_core.rendering.maps import (
    entropy_bits,
    expected_depth,
    float_picture,
    outside_share,
    picture_bytes,
)
from dvox_core.rendering.renderer import BetweenStages, RendererFacts, go_on
from dvox_core.rendering.sample_cameras import typical_cameras
from dvox_core.rendering.stopwatch import Stopwatch


class TorchRenderer:
    """A `Renderer` on CPU, CUDA or MPS; a backend of its own may run the rendering network."""

    def __init__(
        self,
        scene: Scene,
        target: Target,
        note: str = "",
        backend: RenderingBackend | None = None,
    ) -> None:
        """Load, fold and pack all that rendering `scene` needs.

        Args:
            scene: what to render.
            target: where and in which type torch computes.
            note: for the renderer's facts.
            backend: of the rendering network; torch on `target` if None.

        Raises:
            CheckpointError: the scene's weights cannot be used.
            torch.OutOfMemoryError: the device's memory does not suffice.
        """
        self._scene, self._target, self._note = scene, target, note
        self._backend = backend or torch_backend(target)
        self._frustum = scene.frustum
        with torch.inference_mode():
            model = load_parts(scene, *RENDERING_PARTS)
            self._first_half = VisibilityPass(scene, target, model.occlusion)
            self._depth_collapse = None
            if model.depth_collapse is not None:
                self._depth_collapse = FusedDepthCollapse(model.depth_collapse, target)
            self._plane_depths = torch.from_numpy(self._frustum.plane_depths).to(target.device)
            drop_silent_levels(model.rendering)
            self._rendering = self._backend.make(model.rendering, self._typical_features)

    @property
    def facts(self) -> RendererFacts:
        """What renders."""
        backend = self._backend
        return RendererFacts(backend.name, self._target.device.type, backend.precision, self._note)

    @torch.inference_mode()
    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """Render the view from `camera`."""
        watch = Stopwatch(self._target.device)
        if Extra.OUTSIDE in extras:
            samples, features = self.resample(camera)
        else:
            samples, features = self._first_half.resample_filled(camera)
        watch.lap("resampling")
        between_stages()
        visibility = self._first_half.visibility(samples, features)
        surface = None
        if visibility is not None:
            watch.lap("occlusion")
            between_stages()
            collapsed, surface = self._collapse(samples, features, visibility)
            watch.lap("collapse")
        else:
            assert self._depth_collapse is not None
            collapsed = self._depth_collapse(self._whole_volume(samples, features))
            watch.lap("collapse")
        between_stages()
        picture = self._rendering(collapsed.to(self._target.dtype), between_stages)
        watch.lap("rendering")
        outside = None
        if visibility is not None and Extra.OUTSIDE in extras:
            outside = outside_share(visibility, samples.rays, samples.planes).cpu().numpy()
        frame = self._frame(camera, extras, picture * 0.5 + 0.5, visibility, surface, outside)
        watch.lap("picture")
        frame.stages_ms.update(watch.stages_ms)
        if Extra.COLLAPSED in extras:
            maps = np.ascontiguousarray(collapsed[0].float().cpu().numpy())
            frame = replace(frame, collapsed=maps)
        return frame

    @torch.inference_mode()
    def resample(self, camera: Camera) -> tuple[FrustumSamples, Tensor]:
        """The samples inside the grid as seen from `camera`, and their features [N, F]."""
        return self._first_half.resample(camera)

    @torch.inference_mode()
    def intervene(self, interventions: Interventions) -> None:
        """Change the grid and the depth weights of every view from now on.

        Raises:
            CheckpointError: an edit needs the grid before inpainting, and the scene has none.
            UserError: the edits are of another scene.
        """
        self._first_half.intervene(interventions)

    def _typical_features(self, count: int) -> list[Tensor]:
        """Collapsed features of typical views, for the backend to calibrate on."""
        features = []
        for camera in typical_cameras(self._scene, count):
            samples, rows = self.resample(camera)
            visibility = self._first_half.visibility(samples, rows)
            if visibility is not None:
                features.append(self._collapse(samples, rows, visibility)[0])
            else:
                assert self._depth_collapse is not None
                features.append(self._depth_collapse(self._whole_volume(samples, rows)))
        return features

    def close(self) -> None:
        """Give memory back."""
        device = self._target.device
        self.__dict__.clear()
        allocator.give_freed_memory_back()
        if device.type == "cuda":
            torch.cuda.empty_cache()

    def _collapse(
        self, samples: FrustumSamples, features: Tensor, visibility: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Collapsed features [1, F, P, P] channels-last, and contribution depth [P, P]."""
        plane_count = visibility.shape[0]
        weights = visibility.flatten(1)[samples.planes, samples.rays]
        collapsed = sum_by_ray(samples, features, weights / plane_count)
        depth = contribution_depth(samples, features, weights, self._plane_depths)
        return collapsed.view(1, P, P, -1).permute(0, 3, 1, 2), depth

    def _whole_volume(self, samples: FrustumSamples, features: Tensor) -> Tensor:
        """The view volume as maps [1, F·D, P, P], for depth collapse."""
        plane_count = self._first_half.planes.shape[0]
        volume = self._first_half.planes.new_zeros(P * P, features.shape[1], plane_count)
        volume[samples.rays, :, samples.planes] = features.to(volume.dtype)
        return volume.view(1, P, P, -1).permute(0, 3, 1, 2)

    def _frame(
        self,
        camera: Camera,
        extras: Extra,
        picture: Tensor,
        visibility: Tensor | None,
        surface: Tensor | None,  # contribution depth [P, P]
        outside: NDArray[np.float32] | None,
    ) -> Frame:
        depth = entropy = weights = None
        if visibility is not None:
            depth = expected_depth(visibility, self._frustum).cpu().numpy()
            entropy = entropy_bits(visibility).cpu().numpy() if Extra.ENTROPY in extras else None
            weights = visibility.cpu().numpy() if Extra.VISIBILITY in extras else None
        return Frame(
            camera=camera,
            picture=picture_bytes(picture),
            depth=depth,
            contribution_depth=None if surface is None else surface.cpu().numpy(),
            stages_ms={},
            entropy=entropy,
            visibility=weights,
            outside_share=outside,
            float_picture=float_picture(picture) if Extra.FLOAT_PICTURE in extras else None,
            hint=camera_hint(camera, self._frustum, self._scene.placement),
            interventions=self._first_half.interventions,
        )
