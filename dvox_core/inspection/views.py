"""Inspects views: which of their samples lie in the grid, and what their depth weights tell."""

import numpy as np
import torch
from numpy.typing import NDArray

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.resampling import FrustumSamples, RowSampler
from dvox_core.inspection.maps import InspectedView, inspected_view
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.renderer import Renderer

NO_DEPTH_WEIGHTS = "this model collapses depth without weights; open one with an occlusion network"

CPU = torch.device("cpu")


class ViewInspector:
    """Inspects views of one scene; everything but the camera is prepared once."""

    def __init__(self, scene: Scene) -> None:
        """Prepare the rays.

        Raises:
            UserError: the model has no depth weights.
        """
        if not scene.config.knows_depth:
            raise UserError(f"{scene.name}: {NO_DEPTH_WEIGHTS}")
        self._frustum = scene.frustum
        self._sampler = RowSampler(
            self._frustum, scene.placement, scene.voxel_config.grid_size, CPU
        )

    @torch.inference_mode()
    def samples(self, camera: Camera) -> FrustumSamples:
        """The samples inside the grid as seen from `camera`."""
        return self._sampler.locate(torch.from_numpy(camera.camera_to_world.copy()))

    def inspect(
        self,
        camera: Camera,
        visibility: NDArray[np.float32],  # [D, P, P], of a frame from this camera
    ) -> InspectedView:
        """The maps of a view that has been rendered; some 10 ms."""
        inside = inside_mask(self.samples(camera), self._frustum.plane_count)
        return inspected_view(camera, visibility, inside, self._frustum)


def inside_mask(samples: FrustumSamples, plane_count: int) -> NDArray[np.bool_]:
    """Which samples of a view volume lie in the grid: [D, P, P]."""
    inside = np.zeros((plane_count, P * P), dtype=np.bool_)
    inside[samples.planes.cpu().numpy(), samples.rays.cpu().numpy()] = True
    return inside.reshape(plane_count, P, P)


def inspect_view(scene: Scene, renderer: Renderer, camera: Camera) -> InspectedView:
    """Render the view from `camera` and inspect it.

    Raises:
        UserError: the model has no depth weights.
    """
    inspector = ViewInspector(scene)
    visibility = renderer.render(camera, Extra.VISIBILITY).visibility
    assert visibility is not None
    return inspector.inspect(camera, visibility)
