"""Makes pictures of frames ready to be warped: mesh, colours, and what may lie behind them."""

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.geometry.frustum import Frustum
from dvox_core.rendering.frame import BORDER, Frame
from dvox_core.rendering.reprojection.warp import BACKDROP_REACH, Floats, Pixels, WarpSource

ONE_COLOR = 40.0
"""Root mean square of colour differences, of 255, from which on surroundings are many-coloured."""


def warp_source(
    frame: Frame,
    colors: Pixels,  # [S − 10, S − 10, 4]
    frustum: Frustum,
    pivot: Floats,  # [3], world units
    most_pixels: int = 1 << 30,
) -> WarpSource:
    """What to warp `frame` by: its depth, or a plane at the pivot where it has none.

    Args:
        frame: gives camera and depth.
        colors: its picture without border, in a display mode.
        frustum: of the scene.
        pivot: what the hand turns around; empty rays are taken to lie as far as it.
        most_pixels: a side that need not be surpassed; larger pictures are averaged down.
    """
    depths = mesh_depths(frame, frustum, pivot)
    factor = max(-(-colors.shape[0] // most_pixels), 1)
    backdrop, depth = _backdrop(colors, depths, frustum.voxel_size)
    return WarpSource(frame.camera, depths, shrink(colors, factor), backdrop, depth)


def mesh_depths(frame: Frame, frustum: Frustum, pivot: Floats) -> NDArray[np.float32]:
    """[64, 64]: the contribution depth; the pivot's where a ray is empty or there is no depth."""
    ahead = float((pivot - frame.camera.position) @ frame.camera.forward)
    plane = np.float32(min(max(ahead, frustum.near_plane), frustum.far_plane))
    if frame.contribution_depth is None:
        return np.full((P, P), plane, dtype=np.float32)
    return np.where(np.isfinite(frame.contribution_depth), frame.contribution_depth, plane)


def shrink(pixels: Pixels, factor: int) -> Pixels:
    """[H, H, 4] → [H/factor, H/factor, 4]: means of blocks; a rest at the far edges is left out."""
    if factor == 1:
        return pixels
    side = pixels.shape[0] // factor
    # Sums of slices: eight times as fast as a mean over axes.
    total = np.full((side, side, pixels.shape[2]), factor * factor // 2, dtype=np.uint32)
    for row in range(factor):
        for column in range(factor):
            total += pixels[row : side * factor : factor, column : side * factor : factor]
    return (total // (factor * factor)).astype(np.uint8)


def _backdrop(
    colors: Pixels, depths: NDArray[np.float32], voxel_size: float
) -> tuple[Pixels, float]:
    """The backdrop [64, 64, 4] of a picture, and the depth that it stands at.

    Each ray takes the mean of the colours around it, weighted by exp(depth / 2 voxels): the
    farthest around prevail. Where all colours around are alike, that is no guess.
    """
    side = colors.shape[0] + 2 * BORDER
    # Ray r looks along pixel r · S/64 of the whole picture; on the border, the nearest one.
    places = np.rint(np.arange(P) * (side / P) - BORDER).astype(int)
    index = np.clip(places, 0, colors.shape[0] - 1)
    rays = colors[np.ix_(index, index)][..., :3].astype(np.float64)
    far = np.exp((depths.astype(np.float64) - depths.max()) / (2 * voxel_size))
    one = np.ones((P, P, 1))
    weighted = np.concatenate([rays, one, depths[..., None]], axis=-1) * far[..., None]
    squares = (rays**2).sum(axis=-1, keepdims=True)
    sums = _smooth(np.concatenate([weighted, rays, one, squares], axis=-1))
    means = sums[..., :5] / np.maximum(sums[..., 3:4], 1e-300)
    around = sums[..., 5:] / sums[..., 8:9]
    spread = np.sqrt(np.maximum(around[..., 4] - (around[..., :3] ** 2).sum(axis=-1), 0))
    far_itself = np.clip(1 - (means[..., 4] - depths - voxel_size) / (2 * voxel_size), 0, 1)
    known = np.maximum(np.clip(1 - spread / ONE_COLOR, 0, 1), far_itself / 2)
    backdrop = np.empty((P, P, 4), dtype=np.uint8)
    backdrop[..., :3] = np.clip(means[..., :3] + 0.5, 0, 255)
    backdrop[..., 3] = known * 255 + 0.5
    return backdrop, float(np.median(means[..., 4]))


def _smooth(values: Floats) -> Floats:
    """A window of ±`BACKDROP_REACH` rays with soft edges, along rows and columns.

    By shifted sums: matrix products wait for the network's threads, 30 ms and more.
    """
    offsets = np.arange(-BACKDROP_REACH, BACKDROP_REACH + 1)
    taps = np.exp(-0.5 * (offsets / (BACKDROP_REACH / 2.5)) ** 2)
    for axis in (0, 1):
        pad = [(BACKDROP_REACH, BACKDROP_REACH) if a == axis else (0, 0) for a in range(3)]
        padded = np.pad(values, pad, mode="edge")
        values = sum(
            tap * np.take(padded, range(shift, shift + P), axis=axis)
            for shift, tap in enumerate(taps)
        )
    return values
