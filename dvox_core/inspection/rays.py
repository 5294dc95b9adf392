"""The samples of one ray: where they lie, in which voxels, and what weight they have."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.model.scene import Scene

COLUMNS = (
    "plane",
    "depth",
    "weight",
    "inside",
    *("world_x", "world_y", "world_z"),
    *("grid_x", "grid_y", "grid_z"),
    *("voxel_x", "voxel_y", "voxel_z"),
)
"""The columns of a ray's table; depth and world in world units, grid in voxels."""


@dataclass(frozen=True, eq=False)
class RayTable:
    """The D samples of the ray through one pixel of the P × P map, near to far.

    Attributes:
        u, v: the pixel's column and row in the map.
        depths: [D] float32, along the optical axis, world units.
        weights: [D] float32, summing to 1.
        inside: [D] bool, which samples lie in the grid.
        world: [D, 3] float64, world positions (x, y, z).
        grid: [D, 3] float64, grid coordinates (x, y, z) in voxels.
        voxels: [D, 3] int64, the nearest voxel (x, y, z) of samples inside; −1 outside.
    """

    u: int
    v: int
    depths: NDArray[np.float32]
    weights: NDArray[np.float32]
    inside: NDArray[np.bool_]
    world: NDArray[np.float64]
    grid: NDArray[np.float64]
    voxels: NDArray[np.int64]

    @property
    def expected_depth(self) -> float:
        """Mean depth under the weights, world units."""
        return float(self.depths @ self.weights)

    @property
    def most_likely_plane(self) -> int:
        """The plane with most weight."""
        return int(self.weights.argmax())

    @property
    def entropy(self) -> float:
        """Entropy of the weights in bits; NaN if one is."""
        weights = self.weights[self.weights != 0].astype(np.float64)
        return abs(float(np.minimum((weights * np.log2(weights)).sum(), 0.0)))

    @property
    def outside_share(self) -> float:
        """The weight on samples outside the grid, 0…1."""
        return float(np.clip(1 - self.weights[self.inside].sum(), 0, 1))

    def rows(self) -> list[tuple[float, ...]]:
        """One row a plane, as in `COLUMNS`; `inside` as 1 or 0."""
        numbers = np.arange(len(self.depths))
        table = zip(
            numbers.tolist(),
            self.depths.tolist(),
            self.weights.tolist(),
            self.inside.astype(int).tolist(),
            self.world.tolist(),
            self.grid.tolist(),
            self.voxels.tolist(),
            strict=True,
        )
        return [(*row[:4], *row[4], *row[5], *row[6]) for row in table]


def ray_table(
    scene: Scene,
    camera: Camera,
    weights: NDArray[np.float32],  # [D], of this ray
    u: int,  # column of the P × P map
    v: int,  # row
) -> RayTable:
    """The samples of one ray; under a millisecond, and without torch."""
    side, depths = scene.voxel_config.grid_size, scene.frustum.plane_depths
    world = ray_points(scene, camera, u, v)
    to_grid = scene.placement.world_to_grid(side)
    grid = world @ to_grid[:3, :3].T + to_grid[:3, 3]
    inside = np.asarray(((grid >= 0) & (grid < side)).all(axis=1), dtype=np.bool_)
    nearest = np.minimum(np.floor(grid + 0.5), side - 1).astype(np.int64)
    return RayTable(
        u=u,
        v=v,
        depths=depths,
        weights=np.asarray(weights, dtype=np.float32),
        inside=inside,
        world=world,
        grid=grid,
        voxels=np.where(inside[:, None], nearest, -1),
    )


def ray_points(
    scene: Scene,
    camera: Camera,
    u: int,  # column of the P × P map
    v: int,  # row
) -> NDArray[np.float64]:
    """[D, 3]: the world positions of a ray's samples, near to far."""
    intrinsics = scene.frustum.map_intrinsics
    direction = np.array(
        [
            (u - intrinsics.principal_x) / intrinsics.focal,
            (v - intrinsics.principal_y) / intrinsics.focal,
            1.0,
        ]
    )
    depths = scene.frustum.plane_depths.astype(np.float64)
    return np.asarray(camera.position + depths[:, None] * (camera.rotation @ direction))


def map_pixel(scene: Scene, u: float, v: float) -> tuple[int, int]:
    """The pixel (u, v) of the P × P map whose ray is nearest to pixel (u, v) of the picture.

    Args:
        u, v: column and row in the model's S × S picture; whole numbers are pixels' middles.
    """
    share = FEATURE_MAP_SIDE / scene.config.image_size
    column, row = (
        int(np.clip(np.floor(value * share + 0.5), 0, FEATURE_MAP_SIDE - 1)) for value in (u, v)
    )
    return column, row
