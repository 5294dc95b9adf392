"""The plain renderer: what the authors' code does for every frame, for reading and comparing.

Inpaints the grid anew each frame, gathers eight neighbours of every sample, and runs the networks
as they were trained, in float32. `torch_renderer.py` computes the same faster.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import camera_hint
from dvox_core.geometry.resampling import (
    camera_to_grid_transform,
    frustum_points,
    is_inside,
    view_volume,
)
from dvox_core.model.loading import RENDERING_PARTS, load_parts
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.maps import entropy_bits, expected_depth, float_picture, picture_bytes
from dvox_core.rendering.renderer import BetweenStages, RendererFacts, go_on
from dvox_core.rendering.stopwatch import Stopwatch


class PlainRenderer:
    """A `Renderer` in float32, in the authors' order of work. Needs the scene's raw grid."""

    def __init__(self, scene: Scene, device: torch.device) -> None:
        self._scene, self._device = scene, device
        self._frustum = scene.frustum
        self._model = load_parts(scene, "grid", "inpainting.", *RENDERING_PARTS, device=device)

    @property
    def facts(self) -> RendererFacts:
        """What renders."""
        return RendererFacts("plain", self._device.type, "float32")

    @torch.inference_mode()
    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """Render the view from `camera`."""
        model, scene = self._model, self._scene
        watch = Stopwatch(self._device)
        inpainted = self.inpaint()
        watch.lap("inpainting")
        between_stages()
        volume = self.resample(camera, inpainted)[None]
        watch.lap("resampling")
        between_stages()
        visibility = None
        if model.occlusion is not None:
            collapsed = model.occlusion(volume)
            features, visibility = collapsed.features, collapsed.visibility[0]
        else:
            assert model.depth_collapse is not None
            features = model.depth_collapse(volume)
        watch.lap("occlusion")
        between_stages()
        picture = model.rendering(features)[0].permute(1, 2, 0) + 0.5
        watch.lap("rendering")
        pixels = picture_bytes(picture)
        watch.lap("picture")
        return Frame(
            camera=camera,
            picture=pixels,
            depth=None
            if visibility is None
            else expected_depth(visibility, self._frustum).cpu().numpy(),
            contribution_depth=None,
            stages_ms=watch.stages_ms,
            entropy=entropy_bits(visibility).cpu().numpy()
            if visibility is not None and Extra.ENTROPY in extras
            else None,
            visibility=visibility.cpu().numpy()
            if visibility is not None and Extra.VISIBILITY in extras
            else None,
            outside_share=self._outside_share(camera, visibility)
            if visibility is not None and Extra.OUTSIDE in extras
            else None,
            float_picture=float_picture(picture) if Extra.FLOAT_PICTURE in extras else None,
            collapsed=features[0].cpu().numpy() if Extra.COLLAPSED in extras else None,
            hint=camera_hint(camera, self._frustum, scene.placement),
        )

    @torch.inference_mode()
    def resample(self, camera: Camera, inpainted: Tensor) -> Tensor:
        """The view volume [F, D, P, P] of an inpainted grid as seen from `camera`."""
        return view_volume(inpainted, self._frustum, self._camera_to_grid(camera))

    @torch.inference_mode()
    def inpaint(self) -> Tensor:
        """The inpainted grid [F, G, G, G]."""
        return self._model.inpaint(self._model.grid)

    def _camera_to_grid(self, camera: Camera) -> Tensor:
        pose = torch.from_numpy(camera.camera_to_world.copy())
        side = self._scene.voxel_config.grid_size
        return camera_to_grid_transform(pose, self._scene.placement, side).to(self._device)

    def _outside_share(self, camera: Camera, visibility: Tensor) -> NDArray[np.float32]:
        points = frustum_points(self._frustum, self._camera_to_grid(camera))
        inside = is_inside(points, self._scene.voxel_config.grid_size)
        return np.asarray((visibility * ~inside).sum(dim=0).cpu().numpy())

    def close(self) -> None:
        """Give memory back."""
        del self._model
