"""Fuses rendered views to one coloured point cloud, by depth and visibility."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import UserError
from dvox_core.exporting.depth_views import DepthView, Progress

Floats = NDArray[np.float32]

POINTS_A_SIDE = 128
"""Pixels of a view that are taken, a side: twice as fine as the network's own rays."""


@dataclass(frozen=True)
class FusionSettings:
    """What of the views becomes points.

    Attributes:
        spacing: world units; points of one cube of this side become one.
        tolerance: world units; two views agree on a point whose depths differ by no more.
        trust: points of which the network is less sure than this, 0…1, are left out.
        least_views: how many views must see a point at its place; its own counts.
    """

    spacing: float
    tolerance: float
    trust: float = 0.3
    least_views: int = 3


@dataclass(frozen=True, eq=False)
class PointCloud:
    """Points of a scene's surface.

    Attributes:
        positions: [N, 3] float32, in the world.
        normals: [N, 3] float32, unit vectors, towards the views that see the point.
        colors: [N, 3] uint8.
        trust: [N] float32 in 0…1, the mean of the pixels that became the point.
        views: [N] int32, the mean number of views that agree on it.
    """

    positions: Floats
    normals: Floats
    colors: NDArray[np.uint8]
    trust: Floats
    views: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.positions)


def fuse_points(
    views: Sequence[DepthView], settings: FusionSettings, progress: Progress
) -> PointCloud:
    """Points that views agree on.

    Every point of a view is looked for in all others. A view agrees where its own depth there is
    the point's; it objects where it sees through the point, that is, sees a surface behind it or
    nothing at all. A point behind another view's surface is hidden from it, which says nothing.
    Points with enough views that agree and fewer that object stay; then points that lie together
    become one.

    Raises:
        UserError: no point is left.
    """
    least = min(settings.least_views, len(views))
    kept: list[_Candidates] = []
    for number, view in enumerate(views):
        progress(number / len(views), f"comparing view {number + 1} of {len(views)} with others")
        candidates = _candidates(view, settings.trust)
        agreeing = np.ones(len(candidates.positions), dtype=np.int32)
        objecting = np.zeros(len(candidates.positions), dtype=np.int32)
        for other in views:
            if other is view:
                continue
            rows, columns, depths, inside = other.at(candidates.positions)
            surface = other.depth[rows, columns]
            with np.errstate(invalid="ignore"):
                agreeing += inside & (np.abs(depths - surface) <= settings.tolerance)
                behind = np.isnan(surface) | (surface > depths + settings.tolerance)
            objecting += inside & behind
        stays = (agreeing >= least) & (objecting < agreeing)
        kept.append(candidates.only(stays, agreeing[stays]))
    whole = _Candidates.joined(kept)
    if not len(whole.positions):
        raise UserError(
            "no point is left: the views do not agree, or the network is nowhere sure enough; "
            "lower the trust, or take more views"
        )
    return _merged(whole, settings.spacing)


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Points of a view, or of several: [M, …]."""

    positions: Floats
    normals: Floats
    colors: Floats
    trust: Floats
    views: NDArray[np.int32]

    def only(self, mask: NDArray[np.bool_], views: NDArray[np.int32]) -> "_Candidates":
        return _Candidates(
            self.positions[mask], self.normals[mask], self.colors[mask], self.trust[mask], views
        )

    @classmethod
    def joined(cls, parts: Sequence["_Candidates"]) -> "_Candidates":
        return cls(
            np.concatenate([part.positions for part in parts]),
            np.concatenate([part.normals for part in parts]),
            np.concatenate([part.colors for part in parts]),
            np.concatenate([part.trust for part in parts]),
            np.concatenate([part.views for part in parts]),
        )


def _candidates(view: DepthView, trust: float) -> _Candidates:
    """A view's points that have a surface, a normal and enough trust."""
    step = max(1, round(view.depth.shape[0] / POINTS_A_SIDE))
    normals = surface_normals(view)[::step, ::step]
    points = view.points()[::step, ::step]
    trusted = view.trust[::step, ::step]
    good = np.isfinite(points).all(axis=2) & np.isfinite(normals).all(axis=2) & (trusted >= trust)
    positions = points[good]
    return _Candidates(
        positions,
        normals[good],
        view.picture[::step, ::step][good].astype(np.float32),
        trusted[good],
        np.zeros(len(positions), dtype=np.int32),
    )


def surface_normals(view: DepthView) -> Floats:
    """[N, N, 3]: unit vectors towards the camera; NaN where a neighbour has no surface.

    By differences over as many pixels as lie between two of the network's rays: within that
    distance the depth is a straight line and tells nothing.
    """
    reach = max(1, round(view.depth.shape[0] / 64))
    points = view.points()
    normals = np.full_like(points, np.nan)
    across = points[reach:-reach, 2 * reach :] - points[reach:-reach, : -2 * reach]
    down = points[2 * reach :, reach:-reach] - points[: -2 * reach, reach:-reach]
    # Across × down looks away from the camera in its axes (x right, y down, z forward).
    towards = np.cross(down, across)
    length = np.linalg.norm(towards, axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        normals[reach:-reach, reach:-reach] = towards / length
    return normals


def _merged(points: _Candidates, spacing: float) -> PointCloud:
    """One point for each cube of side `spacing` that has some, at the mean of what is in it."""
    cells = np.floor((points.positions - points.positions.min(axis=0)) / spacing).astype(np.int64)
    sides = cells.max(axis=0) + 1
    keys = (cells[:, 0] * sides[1] + cells[:, 1]) * sides[2] + cells[:, 2]
    _, places, counts = np.unique(keys, return_inverse=True, return_counts=True)

    def means(values: Floats) -> NDArray[np.float64]:
        columns = values.reshape(len(values), -1).T
        sums = [np.bincount(places, column, minlength=len(counts)) for column in columns]
        return np.asarray(np.stack(sums, axis=1) / counts[:, None])

    normals = means(points.normals)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return PointCloud(
        means(points.positions).astype(np.float32),
        normals.astype(np.float32),
        np.rint(means(points.colors)).astype(np.uint8),
        means(points.trust)[:, 0].astype(np.float32),
        np.rint(means(points.views.astype(np.float32))[:, 0]).astype(np.int32),
    )
