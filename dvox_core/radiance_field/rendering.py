"""Pictures of a radiance field, and where along its rays the light comes from."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.radiance_field import kernels_numba as kernels
from dvox_core.radiance_field.field import Array, RadianceField
from dvox_core.radiance_field.occupancy import Occupancy
from dvox_core.radiance_field.optimizers import compiled_grid, sample_room, samples_of_a_ray
from dvox_core.radiance_field.views import grid_cameras, lens_of, pooled_intrinsics

LEAST_LIGHT = 1e-3
PARTS_PER_THREAD = 8


@dataclass(frozen=True, eq=False)
class FieldView:
    """A picture of a field.

    Attributes:
        rgb: [H, W, 3] float32, as in pictures; may leave 0…1 a little.
        alpha: [H, W] float32: 1 − the share of the background.
        depth: [H, W] float32: mean depth along the optical axis of what is seen, world units; 0
            where nothing is.
    """

    rgb: Array
    alpha: Array
    depth: Array


@dataclass(frozen=True, eq=False)
class RayWeights:
    """What each plane of a frustum contributes to each ray.

    Attributes:
        weights: [D, 64, 64] float32, axes (k, v, u); each sample's is split between the two
            nearest planes.
        remainder: [64, 64] float32: what passes. The weights and it sum to 1.
    """

    weights: Array
    remainder: Array


class FieldRenderer:
    """Renders one field that does not change; finds its empty parts once. Used from one thread.

    Args:
        field: what is seen.
        threads: how many of its own share a picture.
    """

    def __init__(self, field: RadianceField, threads: int = 1) -> None:
        self._field, self._threads = field, threads
        rows, outer_side = field.bricks(), field.background.side
        occupancy = Occupancy(field.side, outer_side)
        occupancy.update(rows)
        self._grid = compiled_grid(rows, occupancy)
        self._most = samples_of_a_ray(field.side, outer_side)

    def render(self, camera: Camera, intrinsics: Intrinsics, side: int) -> FieldView:
        """A picture of side × side pixels; see `render_field`."""
        field, lens = self._field, lens_of(pooled_intrinsics(intrinsics, side))
        colors = np.empty((side * side, 3), dtype=np.float32)
        alpha, depth = np.empty((2, side * side), dtype=np.float32)
        cameras = grid_cameras([camera], field.placement, field.side)
        background = tuple(np.float32(value) for value in field.background.color)

        def part(begin: int, end: int) -> None:
            kernels.render_rays(
                self._grid,
                cameras,
                lens,
                side,
                background,
                np.float32(LEAST_LIGHT),
                begin,
                end,
                sample_room(self._most),
                colors,
                alpha,
                depth,
            )

        self._share(side * side, part)
        depth *= field.voxel_size
        shape = (side, side)
        return FieldView(colors.reshape(*shape, 3), alpha.reshape(shape), depth.reshape(shape))

    def weights(self, camera: Camera, frustum: Frustum) -> RayWeights:
        """See `ray_weights`."""
        field, rays = self._field, FEATURE_MAP_SIDE**2
        weights = np.zeros((frustum.plane_count, rays), dtype=np.float32)
        remainder = np.empty(rays, dtype=np.float32)
        cameras = grid_cameras([camera], field.placement, field.side)

        def part(begin: int, end: int) -> None:
            kernels.weigh_planes(
                self._grid,
                cameras,
                lens_of(frustum.map_intrinsics),
                FEATURE_MAP_SIDE,
                frustum.near_plane / field.voxel_size,
                frustum.voxel_size / field.voxel_size,
                np.float32(LEAST_LIGHT),
                begin,
                end,
                sample_room(self._most),
                weights,
                remainder,
            )

        self._share(rays, part)
        shape = (FEATURE_MAP_SIDE, FEATURE_MAP_SIDE)
        return RayWeights(weights.reshape(-1, *shape), remainder.reshape(shape))

    def _share(self, count: int, part: Callable[[int, int], None]) -> None:
        if self._threads == 1:
            part(0, count)
            return
        edges = np.linspace(0, count, self._threads * PARTS_PER_THREAD + 1).astype(int).tolist()
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(part, edges[:-1], edges[1:]))


def render_field(
    field: RadianceField,
    camera: Camera,
    intrinsics: Intrinsics,
    side: int,
    threads: int | None = None,
) -> FieldView:
    """A picture of a field from a camera.

    Args:
        field: what is seen.
        camera: from where.
        intrinsics: of a capture's stored pictures; scaled to side × side as pooled pictures are.
        side: pixels.
        threads: all processors without.
    """
    return FieldRenderer(field, threads or os.cpu_count() or 1).render(camera, intrinsics, side)


def ray_weights(
    field: RadianceField, camera: Camera, frustum: Frustum, threads: int | None = None
) -> RayWeights:
    """What each plane of `frustum` contributes to each ray of its 64 × 64 map."""
    return FieldRenderer(field, threads or os.cpu_count() or 1).weights(camera, frustum)
