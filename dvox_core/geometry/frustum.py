"""The canonical view volume: which depths and rays the planes of a camera sample.

The one truth about plane numbers, the network's relative depth and metric depth.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement

FEATURE_MAP_SIDE = 64
"""P: side of the lifting and rendering feature maps, fixed in the authors' networks."""

DEFAULT_NEAR_PLANE = float(np.sqrt(3) / 2)
"""What a near plane of 0 in intrinsics.txt stands for."""


@dataclass(frozen=True)
class Frustum:
    """D fronto-parallel planes of P × P samples in front of a camera (paper, section 3.4).

    Attributes:
        intrinsics: of the stored picture, in its pixels.
        near_plane: depth of plane 0, world units.
        voxel_size: distance of two planes, world units.
        plane_count: D = 2G.
    """

    intrinsics: Intrinsics
    near_plane: float
    voxel_size: float
    plane_count: int

    @property
    def map_intrinsics(self) -> Intrinsics:
        """Intrinsics of the P × P map."""
        return self.intrinsics.scaled_to(FEATURE_MAP_SIDE)

    @property
    def far_plane(self) -> float:
        """Depth of the last plane, world units."""
        return self.near_plane + (self.plane_count - 1) * self.voxel_size

    @property
    def plane_depths(self) -> NDArray[np.float32]:
        """[D]: the planes' depths, world units."""
        planes = np.arange(self.plane_count, dtype=np.float64)
        return np.asarray(self.near_plane + planes * self.voxel_size, dtype=np.float32)

    @property
    def relative_plane_depths(self) -> NDArray[np.float32]:
        """[D]: the network's own depth coordinate, (k − D/2)/D in −½…½."""
        planes = np.arange(self.plane_count, dtype=np.float32)
        return np.asarray((planes - self.plane_count / 2) / self.plane_count, dtype=np.float32)

    def metric_depth(self, relative_depth: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's expected depth in −½…½ as depth along the optical axis in world units."""
        planes = (relative_depth + 0.5) * self.plane_count
        return np.asarray(self.near_plane + planes * self.voxel_size, dtype=np.float32)

    def rays(self) -> NDArray[np.float32]:
        """[P, P, 3]: points at depth 1 in camera space that pixel (row v, column u) looks at."""
        camera = self.map_intrinsics
        pixels = np.arange(FEATURE_MAP_SIDE, dtype=np.float64)
        x = (pixels - camera.principal_x) / camera.focal
        y = (pixels - camera.principal_y) / camera.focal
        rays = np.ones((FEATURE_MAP_SIDE, FEATURE_MAP_SIDE, 3))
        rays[..., 0] = x[None, :]
        rays[..., 1] = y[:, None]
        return rays.astype(np.float32)


def frustum_for(
    intrinsics: Intrinsics, near_plane: float, placement: GridPlacement, side: int
) -> Frustum:
    """The frustum of a model with `side` voxels a side: D = 2·side planes, one voxel apart."""
    return Frustum(intrinsics, near_plane, placement.voxel_size(side), 2 * side)


def camera_hint(camera: Camera, frustum: Frustum, placement: GridPlacement) -> str:
    """Why a picture from `camera` is likely empty, as a line for the user; '' if it is not."""
    if placement.contains(camera.position):
        return "The camera is inside the voxel grid: move back to see the scene."
    corners = placement.corners - camera.position
    depths = corners @ camera.forward
    if depths.max() < frustum.near_plane:
        if depths.max() <= 0:
            return "The camera looks away from the voxel grid: turn around to see the scene."
        return "The voxel grid lies before the near plane: move back to see the scene."
    if depths.min() > frustum.far_plane:
        return "The voxel grid lies behind the last depth plane: move closer to see the scene."
    return ""
