"""The DeepVoxels model: observe a picture, inpaint the grid, render a view."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dvox_core.geometry.frustum import Frustum
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.lifting import lift_features, project_voxels
from dvox_core.geometry.resampling import camera_to_grid_transform, view_volume
from dvox_core.model.config import ModelConfig
from dvox_core.networks.feature_extractor import FeatureExtractor
from dvox_core.networks.inpainting import InpaintingNetwork
from dvox_core.networks.integration import Integrated, IntegrationNetwork
from dvox_core.networks.occlusion import DepthCollapse, OcclusionNetwork
from dvox_core.networks.rendering import RenderingNetwork


class RenderedView(NamedTuple):
    """What the networks say of one view."""

    picture: Tensor  # [3, S, S] in −½…½
    relative_depth: Tensor | None  # [P, P] in −½…½; None with depth collapse
    visibility: Tensor | None  # [D, P, P]; None with depth collapse


class CollapsedView(NamedTuple):
    """A view volume after the occlusion network, or after depth collapse."""

    features: Tensor  # [F, P, P]
    relative_depth: Tensor | None  # [P, P] in −½…½; None with depth collapse
    visibility: Tensor | None  # [D, P, P]; None with depth collapse


class DeepVoxels(nn.Module):
    """The whole model of the paper, written for reading; batch 1 throughout.

    The grid's state is kept in `grid` and handed through the verbs, so that they change nothing.
    """

    grid: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        features, base, side = config.features, config.base_channels, config.grid_size
        steps, planes = config.resolution_steps, config.plane_count
        self.feature_extractor = FeatureExtractor(features, base, steps)
        self.integration = IntegrationNetwork(features)
        self.inpainting = InpaintingNetwork(features)
        self.occlusion = OcclusionNetwork(features, planes) if config.occlusion else None
        self.depth_collapse = None if config.occlusion else DepthCollapse(features, base, side)
        self.rendering = RenderingNetwork(features, base, steps)
        self.register_buffer("grid", torch.zeros(features, side, side, side))

    def observe(
        self,
        grid: Tensor,
        picture: Tensor,
        camera_to_world: Tensor,
        frustum: Frustum,
        placement: GridPlacement,
    ) -> Integrated:
        """Lift a picture's features and integrate them into the grid.

        Args:
            grid: [F, G, G, G], the state before.
            picture: [3, S, S] in −½…½.
            camera_to_world: [4, 4].

        Returns:
            The new state and the gates, each with a leading batch of 1.
        """
        features = self.extract_features(picture)
        lifted = self.lift(features, camera_to_world, frustum, placement)
        return self.integrate(lifted, grid)

    def extract_features(self, picture: Tensor) -> Tensor:
        """[3, S, S] in −½…½ → [F, P, P]; the first part of `observe`."""
        features: Tensor = self.feature_extractor(picture[None])[0]
        return features

    def lift(
        self,
        features: Tensor,  # [F, P, P]
        camera_to_world: Tensor,  # [4, 4]
        frustum: Frustum,
        placement: GridPlacement,
    ) -> Tensor:
        """A picture's features in the grid, [F, G, G, G]; zero in voxels that it does not see."""
        transform = camera_to_grid_transform(camera_to_world, placement, self.config.grid_size)
        u, v, seen = project_voxels(
            frustum.map_intrinsics,
            torch.linalg.inv(transform.double()).float().to(features.device),
            self.config.grid_size,
        )
        return lift_features(features, u, v, seen)

    def integrate(self, lifted: Tensor, grid: Tensor) -> Integrated:
        """Merge lifted features into the grid's state, both [F, G, G, G]."""
        integrated: Integrated = self.integration(lifted[None], grid[None])
        return integrated

    def inpaint(self, grid: Tensor) -> Tensor:
        """[F, G, G, G] → [F, G, G, G]; once a scene, for it does not depend on the camera."""
        inpainted: Tensor = self.inpainting(grid[None])[0]
        return inpainted

    def render_view(
        self,
        inpainted: Tensor,
        camera_to_world: Tensor,
        frustum: Frustum,
        placement: GridPlacement,
    ) -> RenderedView:
        """Render an inpainted grid [F, G, G, G] as seen from `camera_to_world` [4, 4]."""
        volume = self.resample(inpainted, camera_to_world, frustum, placement)
        collapsed = self.collapse(volume)
        picture = self.paint(collapsed.features)
        return RenderedView(picture, collapsed.relative_depth, collapsed.visibility)

    def resample(
        self,
        inpainted: Tensor,  # [F, G, G, G]
        camera_to_world: Tensor,  # [4, 4]
        frustum: Frustum,
        placement: GridPlacement,
    ) -> Tensor:
        """The canonical view volume [F, D, P, P]; the first part of `render_view`."""
        transform = camera_to_grid_transform(camera_to_world, placement, self.config.grid_size)
        return view_volume(inpainted, frustum, transform.to(inpainted.device))

    def collapse(self, volume: Tensor) -> CollapsedView:
        """A view volume [F, D, P, P] without its depth."""
        if self.occlusion is not None:
            collapsed = self.occlusion(volume[None])
            return CollapsedView(
                collapsed.features[0], collapsed.relative_depth[0], collapsed.visibility[0]
            )
        assert self.depth_collapse is not None
        return CollapsedView(self.depth_collapse(volume[None])[0], None, None)

    def paint(self, features: Tensor) -> Tensor:
        """Collapsed features [F, P, P] as a picture [3, S, S] in −½…½."""
        picture: Tensor = self.rendering(features[None])[0]
        return picture
