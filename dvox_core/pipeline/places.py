"""Where a voxel is in the picture of a stage, and which voxel a place of it shows.

Places are shares of a picture's sides, (across, down) in 0…1.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.frustum import Frustum
from dvox_core.inspection.rays import ray_table
from dvox_core.inspection.volume_view import VolumeView
from dvox_core.model.scene import Scene

Array = NDArray[np.float32]
Place = tuple[float, float]
VoxelIndex = tuple[int, int, int]

SEEN = 0.15
"""A voxel of a cloud stops the eye if it is so strong, of 1."""


class Places(Protocol):
    """Between the voxels of a grid and the picture of a stage."""

    def place_of(self, voxel: VoxelIndex) -> Place | None:
        """Where a voxel (x, y, z) is; None where the picture does not show it."""
        ...

    def voxel_at(self, place: Place) -> VoxelIndex | None:
        """The voxel that is seen at a place; None where there is none."""
        ...


@dataclass(frozen=True, eq=False)
class CloudPlaces:
    """Of a cloud; `strength` is [G, G, G] in 0…1."""

    scene: Scene
    view: VolumeView
    strength: Array

    def place_of(self, voxel: VoxelIndex) -> Place | None:
        """Its middle, whatever lies before it."""
        seen = self.view.camera.world_to_camera @ np.append(_world(self.scene, voxel), 1.0)
        x = seen[0] / seen[2] * self.view.focal + self.view.center_x
        y = seen[1] / seen[2] * self.view.focal + self.view.center_y
        return _within(((x + 0.5) / self.view.width, (y + 0.5) / self.view.height))

    def voxel_at(self, place: Place) -> VoxelIndex | None:
        """The first one that stops the eye, else the strongest on the way."""
        view, side = self.view, self.strength.shape[0]
        x = (place[0] * view.width - 0.5 - view.center_x) / view.focal
        y = (place[1] * view.height - 0.5 - view.center_y) / view.focal
        to_grid = self.scene.placement.world_to_grid(side) @ view.camera.camera_to_world
        way = to_grid[:3, :3] @ np.array([x, y, 1.0])
        way /= np.linalg.norm(way)
        start = float(np.linalg.norm(to_grid[:3, 3] - side / 2)) - side
        steps = to_grid[:3, 3] + np.arange(max(start, 0.0), start + 2 * side, 0.5)[:, None] * way
        return _on_the_way(np.floor(steps + 0.5).astype(np.int64), self.strength)


@dataclass(frozen=True, eq=False)
class CutPlaces:
    """Of a slice, or of the maxima along an axis; `strength` is [G, G, G]."""

    strength: Array
    axis: int  # 0…2: along x, y or z
    plane: int | None  # None for maxima

    def place_of(self, voxel: VoxelIndex) -> Place | None:
        """Its middle; a voxel of another slice is shown where it would be."""
        side = self.strength.shape[0]
        across, up = (voxel[axis] for axis in shown_axes(self.axis))
        return ((across + 0.5) / side, 1 - (up + 0.5) / side)

    def voxel_at(self, place: Place) -> VoxelIndex | None:
        """The slice's, or the strongest one behind the place."""
        side = self.strength.shape[0]
        voxel = [0, 0, 0]
        across, up = shown_axes(self.axis)
        voxel[across] = min(max(int(place[0] * side), 0), side - 1)
        voxel[up] = min(max(int((1 - place[1]) * side), 0), side - 1)
        if self.plane is not None:
            voxel[self.axis] = self.plane
            return (voxel[0], voxel[1], voxel[2])
        row: list[int | slice] = [voxel[2], voxel[1], voxel[0]]
        row[2 - self.axis] = slice(None)
        voxel[self.axis] = int(np.argmax(self.strength[tuple(row)]))
        return (voxel[0], voxel[1], voxel[2])


@dataclass(frozen=True, eq=False)
class RayPlaces:
    """Of a picture or a map that a camera sees.

    Attributes:
        strength: [G, G, G], what the eye stops at where there are no depth weights.
        weights: [D, P, P] of the view, where they are known.
        inset: the share of the picture's side that is cut off at each edge.
    """

    scene: Scene
    camera: Camera
    strength: Array | None
    weights: Array | None
    inset: float = 0.0

    def place_of(self, voxel: VoxelIndex) -> Place | None:
        """Where the camera sees its middle."""
        pixel = _pixel(self.scene, self.camera, voxel)
        if pixel is None:
            return None
        whole = ((pixel[0] + 0.5) / P, (pixel[1] + 0.5) / P)
        return _within(
            (
                (whole[0] - self.inset) / (1 - 2 * self.inset),
                (whole[1] - self.inset) / (1 - 2 * self.inset),
            )
        )

    def places_of_points(
        self,
        world: NDArray[np.float64],  # [N, 3]
    ) -> NDArray[np.float64]:
        """[N, 2]: where points are seen, in the picture or beside it; NaN behind the camera."""
        to_camera = self.camera.world_to_camera
        seen = world @ to_camera[:3, :3].T + to_camera[:3, 3]
        lens = self.scene.frustum.map_intrinsics
        depths = np.where(seen[:, 2:] > 1e-9, seen[:, 2:], np.nan)
        principal = np.array([lens.principal_x, lens.principal_y])
        whole = (seen[:, :2] / depths * lens.focal + principal + 0.5) / P
        return np.asarray((whole - self.inset) / (1 - 2 * self.inset))

    def voxel_at(self, place: Place) -> VoxelIndex | None:
        """The one with most weight on the ray, else the first one that stops the eye."""
        u, v = (
            min(max(int((share * (1 - 2 * self.inset) + self.inset) * P), 0), P - 1)
            for share in place
        )
        planes = self.scene.frustum.plane_count
        weights = np.zeros(planes, np.float32) if self.weights is None else self.weights[:, v, u]
        table = ray_table(self.scene, self.camera, weights, u, v)
        if not table.inside.any():
            return None
        if self.weights is not None:
            best = int(np.where(table.inside, table.weights, -1).argmax())
            x, y, z = table.voxels[best].tolist()
            return (x, y, z)
        if self.strength is None:
            return None
        return _on_the_way(table.voxels[table.inside], self.strength)


@dataclass(frozen=True, eq=False)
class FanPlaces:
    """Of a frustum from above, near at the bottom; `strength` is [D, P, P]."""

    scene: Scene
    camera: Camera
    strength: Array

    def place_of(self, voxel: VoxelIndex) -> Place | None:
        """Where its middle is, seen from above."""
        seen = self.camera.world_to_camera @ np.append(_world(self.scene, voxel), 1.0)
        near, far, half = fan_extent(self.scene.frustum)
        return _within(((seen[0] / half + 1) / 2, (far - seen[2]) / (far - near)))

    def voxel_at(self, place: Place) -> VoxelIndex | None:
        """The strongest one of the column."""
        frustum = self.scene.frustum
        column, plane = fan_sample(frustum, np.asarray(place[0]), np.asarray(place[1]))
        if not 0 <= column < P or not 0 <= plane < frustum.plane_count:
            return None
        row = int(self.strength[plane, :, column].argmax())
        table = ray_table(
            self.scene, self.camera, self.strength[:, row, int(column)], int(column), row
        )
        if not table.inside[plane]:
            return None
        x, y, z = table.voxels[plane].tolist()
        return (x, y, z)


@dataclass(frozen=True, eq=False)
class FrustumCutPlaces:
    """Of a slice of a frustum or of maxima in it, along its columns, rows or planes."""

    scene: Scene
    camera: Camera
    strength: Array  # [D, P, P]
    axis: int  # 0…2: along columns, rows, planes
    plane: int | None

    def place_of(self, voxel: VoxelIndex) -> Place | None:
        """Where its sample is; one of another slice is shown where it would be."""
        pixel = _pixel(self.scene, self.camera, voxel)
        if pixel is None:
            return None
        u, v, depth = pixel
        frustum = self.scene.frustum
        plane = (depth - frustum.near_plane) / frustum.voxel_size
        down = 1 - (plane + 0.5) / frustum.plane_count
        if self.axis == 2:
            return _within(((u + 0.5) / P, (v + 0.5) / P))
        return _within(((u + 0.5) / P, down) if self.axis == 1 else ((v + 0.5) / P, down))

    def voxel_at(self, place: Place) -> VoxelIndex | None:
        """The slice's, or the strongest one behind the place."""
        planes = self.strength.shape[0]
        across = min(max(int(place[0] * P), 0), P - 1)
        if self.axis == 2:
            down = min(max(int(place[1] * P), 0), P - 1)
            u, v = across, down
            k = self.plane
            k = int(self.strength[:, v, u].argmax()) if k is None else k
        else:
            k = min(max(int((1 - place[1]) * planes), 0), planes - 1)
            other = self.plane
            if self.axis == 1:
                u = across
                v = int(self.strength[k, :, u].argmax()) if other is None else other
            else:
                v = across
                u = int(self.strength[k, v].argmax()) if other is None else other
        table = ray_table(self.scene, self.camera, self.strength[:, v, u], u, v)
        if not table.inside[k]:
            return None
        x, y, z = table.voxels[k].tolist()
        return (x, y, z)


def shown_axes(axis: int) -> tuple[int, int]:
    """What goes across and what upwards in a cut along an axis: numbers of x, y, z."""
    return ((1, 2), (0, 2), (0, 1))[axis]


def fan_extent(frustum: Frustum) -> tuple[float, float, float]:
    """Nearest and farthest depth of a frustum, and half its width there, world units."""
    slopes = frustum.rays()[0, :, 0]
    return frustum.near_plane, frustum.far_plane, float(frustum.far_plane * np.abs(slopes).max())


def fan_sample(
    frustum: Frustum, across: NDArray[np.float64], down: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column and plane of the samples at places of a fan; beyond the frustum a column is −1."""
    near, far, half = fan_extent(frustum)
    lens = frustum.map_intrinsics
    depth = far - down * (far - near)
    x = (2 * across - 1) * half
    column = np.floor(x / np.maximum(depth, 1e-9) * lens.focal + lens.principal_x + 0.5)
    plane = np.floor((depth - near) / frustum.voxel_size + 0.5)
    column = np.where((column >= 0) & (column < P), column, -1)
    plane = np.clip(plane, 0, frustum.plane_count - 1)
    return column.astype(np.int64), plane.astype(np.int64)


def _on_the_way(voxels: NDArray[np.int64], strength: Array) -> VoxelIndex | None:
    """The first of voxels [N, 3] (x, y, z) that stops the eye, else the strongest."""
    side = strength.shape[0]
    inside = ((voxels >= 0) & (voxels < side)).all(axis=1)
    voxels = voxels[inside]
    if not len(voxels):
        return None
    found = strength[voxels[:, 2], voxels[:, 1], voxels[:, 0]]
    stops = found >= SEEN
    chosen = int(stops.argmax()) if stops.any() else int(found.argmax())
    x, y, z = voxels[chosen].tolist()
    return (x, y, z)


def _world(scene: Scene, voxel: VoxelIndex) -> NDArray[np.float64]:
    to_world = scene.placement.grid_to_world(scene.voxel_config.grid_size)
    return np.asarray(to_world[:3, :3] @ np.array(voxel, dtype=np.float64) + to_world[:3, 3])


def _pixel(scene: Scene, camera: Camera, voxel: VoxelIndex) -> tuple[float, float, float] | None:
    """Column and row in the P × P map, and depth; None behind the camera."""
    seen = camera.world_to_camera @ np.append(_world(scene, voxel), 1.0)
    if seen[2] <= 1e-9:
        return None
    lens = scene.frustum.map_intrinsics
    u = seen[0] / seen[2] * lens.focal + lens.principal_x
    v = seen[1] / seen[2] * lens.focal + lens.principal_y
    return float(u), float(v), float(seen[2])


def _within(place: Place) -> Place | None:
    across, down = float(place[0]), float(place[1])
    return (across, down) if 0 <= across <= 1 and 0 <= down <= 1 else None
