"""A mesh of rendered views: their depths fused to a signed distance, and its zero surface."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dvox_core.errors import UserError
from dvox_core.exporting.depth_views import DepthView, Progress
from dvox_core.geometry.grid import GridPlacement

Floats = NDArray[np.float32]

SMALLEST_PART = 0.01
"""Parts of fewer triangles than this share of the largest part's are left out: they float."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface of triangles.

    Attributes:
        vertices: [V, 3] float32, in the world.
        normals: [V, 3] float32, unit vectors, outwards.
        colors: [V, 3] uint8.
        triangles: [T, 3] int32, counter-clockwise seen from outside.
    """

    vertices: Floats
    normals: Floats
    colors: NDArray[np.uint8]
    triangles: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class DistanceVolume:
    """A truncated signed distance function (Curless and Levoy 1996), axes (x, y, z).

    Attributes:
        origin: [3] float64, the world's place of entry (0, 0, 0).
        spacing: world units between entries.
        distances: [R, R, R] float32 in −1…1, in truncations; positive outside.
        weights: [R, R, R] float32, 0 where no view says anything.
        colors: [R, R, R, 3] float32 in 0…255, known near the surface.
    """

    origin: NDArray[np.float64]
    spacing: float
    distances: Floats
    weights: Floats
    colors: Floats


def fuse_distances(
    views: Sequence[DepthView],
    placement: GridPlacement,
    resolution: int,  # R, entries a side of the voxel grid's cube
    truncation: float,  # world units
    progress: Progress,
) -> DistanceVolume:
    """Fuse views to signed distances in the cube of the voxel grid.

    A view says of a point how far it lies before (positive) or behind its own surface there, up to
    one truncation behind; what is farther behind is hidden. A ray that meets nothing says that
    all along it is outside. Each is weighted by its trust.
    """
    spacing = placement.scale / (resolution - 1)
    origin = np.asarray(placement.center) - placement.scale / 2
    axis = (np.arange(resolution) * spacing).astype(np.float32)
    shape = (resolution,) * 3
    sums, weights = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    color_weights, colors = np.zeros(shape, np.float32), np.zeros((*shape, 3), np.float32)
    y, z = np.meshgrid(axis, axis, indexing="ij")
    for number, view in enumerate(views):
        progress(number / len(views), f"fusing view {number + 1} of {len(views)}")
        for layer in range(resolution):  # a layer at a time: little memory
            x = np.full(y.size, axis[layer])
            points = np.stack([x, y.ravel(), z.ravel()], axis=1) + origin.astype(np.float32)
            rows, columns, depths, inside = view.at(points)
            surface = view.depth[rows, columns]
            with np.errstate(invalid="ignore"):
                ahead = np.where(np.isnan(surface), 1, (surface - depths) / truncation)
            told = inside & (ahead >= -1)
            weight = np.where(told, np.maximum(view.trust[rows, columns], 0.05), 0)
            sums[layer] += (weight * np.minimum(ahead, 1)).reshape(y.shape)
            weights[layer] += weight.reshape(y.shape)
            near = np.where(told & (np.abs(ahead) < 1), weight, 0)
            color_weights[layer] += near.reshape(y.shape)
            colors[layer] += (near[:, None] * view.picture[rows, columns]).reshape(*y.shape, 3)
    distances = np.divide(sums, weights, out=np.ones(shape, np.float32), where=weights > 0)
    colors /= np.maximum(color_weights, np.finfo(np.float32).tiny)[..., None]
    return DistanceVolume(origin, spacing, distances, weights, colors)


def extract_mesh(volume: DistanceVolume) -> Mesh:
    """The surface where the distance is 0, by marching cubes (scikit-image), floaters left out.

    Raises:
        UserError: there is none.
    """
    from skimage.measure import marching_cubes

    known = volume.weights > 0
    if not (known.any() and volume.distances[known].min() < 0 < volume.distances[known].max()):
        raise UserError("no surface is left: the views see none in the voxel grid; take more views")
    try:
        places, triangles, _, _ = marching_cubes(  # type: ignore[no-untyped-call]
            volume.distances, 0.0, mask=_whole_cubes(known), gradient_direction="descent"
        )
    except (ValueError, RuntimeError) as error:  # nothing crosses zero where it is known
        raise UserError(
            "no surface is left: the views see none in the voxel grid; take more views"
        ) from error
    used = _large_parts(triangles, len(places))
    triangles, places = _without_unused(triangles[used], places)
    gradient = np.stack(
        [
            map_coordinates(part, places.T, order=1, mode="nearest")
            for part in np.gradient(volume.distances)
        ],
        axis=1,
    )
    normals = gradient / np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), 1e-12)
    colors = [map_coordinates(volume.colors[..., c], places.T, order=1) for c in range(3)]
    return Mesh(
        (volume.origin + places * volume.spacing).astype(np.float32),
        normals.astype(np.float32),
        np.clip(np.rint(np.stack(colors, axis=1)), 0, 255).astype(np.uint8),
        triangles.astype(np.int32),
    )


def _whole_cubes(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True at the last corner of each cube all of whose eight corners are known.

    scikit-image asks the mask for that corner alone, and would make a surface where known and
    unknown meet.
    """
    whole = known
    for axis in range(3):
        whole = whole & np.roll(whole, 1, axis)
        whole[(slice(None),) * axis + (0,)] = False
    return whole


def _large_parts(triangles: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Which triangles belong to parts that are not small beside the largest."""
    pairs = np.concatenate([triangles[:, :2], triangles[:, 1:]])
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    part = labels[triangles[:, 0]]
    sizes = np.bincount(part)
    return np.asarray(sizes[part] >= SMALLEST_PART * sizes.max())


def _without_unused(
    triangles: NDArray[np.int32], places: Floats
) -> tuple[NDArray[np.int32], Floats]:
    used, inverse = np.unique(triangles, return_inverse=True)
    return inverse.reshape(-1, 3).astype(np.int32), places[used]
