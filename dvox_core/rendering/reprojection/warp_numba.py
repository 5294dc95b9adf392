"""The warp of `reprojection`, compiled: a few milliseconds on one core.

Importing this module loads numba and, the first time on a machine, compiles for some seconds:
only off the window's thread (`warm_up`). What was compiled is kept on disk.
"""

import threading
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P
from dvox_core.rendering.frame import BORDER
from dvox_core.rendering.reprojection.warp import (
    BACKDROP_REACH,
    DROPPED_STRETCH,
    KEPT_STRETCH,
    MARK,
    NEAREST,
    Pixels,
    WarpSource,
    WarpTarget,
    backdrop_rays,
)

Array = NDArray[np.float32]


# Constants go into the compiled functions as arguments: what is kept on disk is known by this file
# alone, and would outlive a change of theirs.


class FastWarp:
    """Warps into buffers of its own that are kept from call to call. Used from one thread."""

    def __init__(self) -> None:
        self._side = 0
        self._make_buffers(0)

    def __call__(
        self, sources: Sequence[WarpSource], weights: Sequence[float], target: WarpTarget
    ) -> Pixels:
        """[side, side, 4]: as `warp_plainly`; a new array each time."""
        side = target.side
        if side != self._side:
            self._make_buffers(side)
        self._total[:] = 0
        self._covered[:] = 0
        lens = target.intrinsics
        for source, weight in zip(sources, weights, strict=True):
            rotation, translation = target.motion_from(source.camera)
            _draw_mesh(
                source.depths,
                (target.ray_size, lens.focal, lens.principal_x, lens.principal_y),
                (target.first_pixel, target.pixel_size),
                rotation,
                translation,
                (KEPT_STRETCH, DROPPED_STRETCH, NEAREST),
                (self._nearness, self._u, self._v, self._opacity),
            )
            _soften(self._opacity, target.soft_reach, self._soft)
            scale = source.colors.shape[0] / (lens.width - 2 * BORDER)
            _add_colors(
                source.colors,
                (scale, BORDER - 0.5),
                weight,
                (self._u, self._v, self._soft),
                self._total,
                self._covered,
            )
        whole = sum(weights)
        picture = np.empty((side, side, 4), dtype=np.uint8)
        _finish(self._total, self._covered, picture)
        for source, weight in zip(sources, weights, strict=True):
            rays = backdrop_rays(source, target)
            share = weight / whole
            looks = (share, MARK, float(BACKDROP_REACH))
            _add_backdrop(source.backdrop, rays, looks, self._total, self._covered)
        _fill(self._total, self._covered, picture)
        return picture

    def _make_buffers(self, side: int) -> None:
        self._side = side
        planes: Array = np.zeros((6, side, side), dtype=np.float32)
        self._nearness, self._u, self._v, self._opacity, self._soft, self._covered = planes
        self._total: Array = np.zeros((side, side, 4), dtype=np.float32)


_warm = threading.Event()


def is_warm() -> bool:
    """Whether a warp will run at once."""
    return _warm.is_set()


def warm_up() -> None:
    """Compile, or load what was compiled: half a second, or some seconds the first time."""
    lens = Intrinsics(128.0, 64.0, 64.0, 128, 128)
    source = WarpSource(
        Camera(np.eye(4)),
        np.ones((P, P), dtype=np.float32),
        np.zeros((16, 16, 4), dtype=np.uint8),
        np.zeros((P, P, 4), dtype=np.uint8),
        1.0,
    )
    FastWarp()([source], [1.0], WarpTarget(source.camera, lens, 16))
    _warm.set()


@njit(nogil=True, cache=True)
def _draw_mesh(depths, lens, view, rotation, translation, limits, planes):  # type: ignore[no-untyped-def]
    """See `reprojection.draw_mesh`."""
    ray_size, focal, principal_x, principal_y = lens
    first, size = view
    kept, dropped, nearest = limits
    nearness, us, vs, opacity = planes
    rays = depths.shape[0]
    side = nearness.shape[0]
    nearness[:] = 0
    opacity[:] = 0
    x = np.empty((rays, rays))
    y = np.empty((rays, rays))
    inverse = np.empty((rays, rays))
    for row in range(rays):
        for column in range(rays):
            depth = np.float64(depths[row, column])
            a = (column * ray_size - principal_x) / focal * depth
            b = (row * ray_size - principal_y) / focal * depth
            ahead = rotation[2, 0] * a + rotation[2, 1] * b + rotation[2, 2] * depth
            ahead += translation[2]
            if ahead <= nearest * depth or depth <= 0:
                inverse[row, column] = 0
                continue
            right = rotation[0, 0] * a + rotation[0, 1] * b + rotation[0, 2] * depth
            down = rotation[1, 0] * a + rotation[1, 1] * b + rotation[1, 2] * depth
            near = 1 / ahead
            inverse[row, column] = near
            x[row, column] = ((right + translation[0]) * near * focal + principal_x - first) / size
            y[row, column] = ((down + translation[1]) * near * focal + principal_y - first) / size
    longest_kept = (kept * ray_size / size) ** 2
    for row in range(rays - 1):
        for column in range(rays - 1):
            for half in range(2):
                # The corner with the right angle, then one beside and one below or above it.
                r0, c0, r1, c1 = row + half, column + half, row + half, column + 1 - half
                r2, c2 = row + 1 - half, column + half
                n0, n1, n2 = inverse[r0, c0], inverse[r1, c1], inverse[r2, c2]
                if n0 == 0 or n1 == 0 or n2 == 0:
                    continue
                ax, ay = x[r0, c0], y[r0, c0]
                bx, by = x[r1, c1] - ax, y[r1, c1] - ay
                cx, cy = x[r2, c2] - ax, y[r2, c2] - ay
                area = bx * cy - by * cx
                if area <= 1e-9:
                    continue
                longest = max(
                    bx * bx + by * by,
                    cx * cx + cy * cy,
                    ((bx - cx) ** 2 + (by - cy) ** 2) / 2,
                )
                z0, z1, z2 = n0 * depths[r0, c0], n1 * depths[r1, c1], n2 * depths[r2, c2]
                nearing = max(z0, z1, z2)
                share = 1.0
                if longest > longest_kept * nearing * nearing:
                    stretch = np.sqrt(longest) * size / (ray_size * nearing)
                    share = (dropped - stretch) / (dropped - kept)
                    if share <= 0:
                        continue
                first_x = max(int(np.ceil(ax + min(0.0, bx, cx) - 1e-6)), 0)
                last_x = min(int(np.floor(ax + max(0.0, bx, cx) + 1e-6)), side - 1)
                first_y = max(int(np.ceil(ay + min(0.0, by, cy) - 1e-6)), 0)
                last_y = min(int(np.floor(ay + max(0.0, by, cy) + 1e-6)), side - 1)
                over = 1 / area
                for py in range(first_y, last_y + 1):
                    for px in range(first_x, last_x + 1):
                        second = ((px - ax) * cy - (py - ay) * cx) * over
                        third = (bx * (py - ay) - by * (px - ax)) * over
                        part = 1 - second - third
                        if part < -1e-6 or second < -1e-6 or third < -1e-6:
                            continue
                        near = part * n0 + second * n1 + third * n2
                        if near > nearness[py, px]:
                            nearness[py, px] = near
                            opacity[py, px] = share
                            q0, q1, q2 = part * z0, second * z1, third * z2
                            scale = ray_size / (q0 + q1 + q2)
                            us[py, px] = scale * (q0 * c0 + q1 * c1 + q2 * c2)
                            vs[py, px] = scale * (q0 * r0 + q1 * r1 + q2 * r2)


@njit(nogil=True, cache=True)
def _soften(opacity, reach, soft):  # type: ignore[no-untyped-def]
    """See `reprojection.softened`."""
    last = opacity.shape[0] - 1
    for row in range(last + 1):
        above, below = max(row - reach, 0), min(row + reach, last)
        for column in range(last + 1):
            own = opacity[row, column]
            if own <= 0:
                soft[row, column] = 0
                continue
            left, right = max(column - reach, 0), min(column + reach, last)
            total = opacity[above, left] + opacity[above, column] + opacity[above, right]
            total += opacity[row, left] + own + opacity[row, right]
            total += opacity[below, left] + opacity[below, column] + opacity[below, right]
            soft[row, column] = min(own, total / 9)


@njit(nogil=True, cache=True)
def _add_colors(colors, pixels, weight, planes, total, covered):  # type: ignore[no-untyped-def]
    """Add what the mesh shows to the weighted sums."""
    us, vs, opacity = planes
    scale, origin = pixels
    side, last = total.shape[0], colors.shape[0] - 1
    for row in range(side):
        for column in range(side):
            shown = opacity[row, column]
            if shown <= 0:
                continue
            u = min(max((us[row, column] - origin) * scale - 0.5, 0.0), last)
            v = min(max((vs[row, column] - origin) * scale - 0.5, 0.0), last)
            left, upper = min(int(u), max(last - 1, 0)), min(int(v), max(last - 1, 0))
            right, lower = min(left + 1, last), min(upper + 1, last)
            across, down = u - left, v - upper
            share = weight * shown
            for channel in range(3):
                first = (
                    colors[upper, left, channel] * (1 - across)
                    + colors[upper, right, channel] * across
                )
                second = (
                    colors[lower, left, channel] * (1 - across)
                    + colors[lower, right, channel] * across
                )
                total[row, column, channel] += share * (first * (1 - down) + second * down)
            total[row, column, 3] += share
            covered[row, column] = max(covered[row, column], shown)


@njit(nogil=True, cache=True)
def _finish(total, covered, picture):  # type: ignore[no-untyped-def]
    """Divide the sums by their weights; those of pixels with a hole start anew as what is seen."""
    side = total.shape[0]
    for row in range(side):
        for column in range(side):
            picture[row, column, 3] = 255
            shown = covered[row, column]
            over = shown / total[row, column, 3] if shown > 0 else 0.0
            for channel in range(3):
                value = total[row, column, channel] * over
                if shown < 1:
                    total[row, column, channel] = value
                else:
                    picture[row, column, channel] = np.uint8(value + 0.5)


@njit(nogil=True, cache=True)
def _add_backdrop(backdrop, rays, looks, total, covered):  # type: ignore[no-untyped-def]
    """Put the backdrop into holes, darkened where it is a guess."""
    side = total.shape[0]
    weight, mark, reach = looks
    rays_a_side = backdrop.shape[0]
    last = rays_a_side - 1.0
    for row in range(side):
        for column in range(side):
            hole = 1 - covered[row, column]
            if hole <= 0:
                continue
            ahead = rays[2, 0] * column + rays[2, 1] * row + rays[2, 2]
            met = ahead > 1e-9
            u = (rays[0, 0] * column + rays[0, 1] * row + rays[0, 2]) / ahead if met else 0.0
            v = (rays[1, 0] * column + rays[1, 1] * row + rays[1, 2]) / ahead if met else 0.0
            away = max(-u, u - last, -v, v - last, 0.0)
            u, v = min(max(u, 0.0), last), min(max(v, 0.0), last)
            left, upper = min(int(u), rays_a_side - 2), min(int(v), rays_a_side - 2)
            across, down = u - left, v - upper
            a, b = (1 - across) * (1 - down), across * (1 - down)
            c, d = (1 - across) * down, across * down
            known = 0.0
            if met:
                known = (
                    a * backdrop[upper, left, 3]
                    + b * backdrop[upper, left + 1, 3]
                    + c * backdrop[upper + 1, left, 3]
                    + d * backdrop[upper + 1, left + 1, 3]
                ) / 127.5
                known = min(max(known - min(away / reach, 1.0), 0.0), 1.0)
            share = weight * hole * (1 - mark * (1 - known))
            for channel in range(3):
                total[row, column, channel] += share * (
                    a * backdrop[upper, left, channel]
                    + b * backdrop[upper, left + 1, channel]
                    + c * backdrop[upper + 1, left, channel]
                    + d * backdrop[upper + 1, left + 1, channel]
                )


@njit(nogil=True, cache=True)
def _fill(total, covered, picture):  # type: ignore[no-untyped-def]
    """Write the pixels with a hole."""
    side = total.shape[0]
    for row in range(side):
        for column in range(side):
            if covered[row, column] < 1:
                for channel in range(3):
                    picture[row, column, channel] = np.uint8(total[row, column, channel] + 0.5)
