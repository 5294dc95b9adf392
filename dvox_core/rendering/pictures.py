"""What to show of a frame: picture, depth or entropy as colours, with their legend."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import BORDER, Frame, without_border
from dvox_core.rendering.trust_maps import TrustTerm

EMPTY_COLOR = (46, 49, 56)
"""Of rays that meet nothing, in depth pictures."""

UNDECIDED = 0.85
"""Share of the greatest possible entropy from which on a ray is said to meet nothing.

On a scene of a white background, rays of the background have 0.87 and more in 19 of 20 cases, and
rays of the object stay below 0.7.
"""


@dataclass(frozen=True)
class Legend:
    """What the colours of a picture mean: `low` to `high` of a colour map.

    On a logarithmic legend, whose `low` is above 0, equal steps of colour are equal ratios.
    """

    title: str
    unit: str
    colormap: str
    low: float
    high: float
    empty_color: tuple[int, int, int] | None = None  # of pixels without a value, if there may be
    is_logarithmic: bool = False


ToLegend = Callable[[Legend], Legend]
"""Changes what colours mean: see `MapScale.applied_to`."""


def unchanged(legend: Legend) -> Legend:
    """The colours as they are."""
    return legend


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture ready to be shown.

    Attributes:
        rgba: [H, W, 4] uint8, contiguous, opaque.
        legend: what its colours mean; None for RGB.
    """

    rgba: NDArray[np.uint8]
    legend: Legend | None = None


@dataclass(frozen=True)
class DepthRange:
    """The depths that the colours span, kept stable while the camera moves, world units."""

    low: float
    high: float

    def following(self, depths: NDArray[np.floating[Any]]) -> "DepthRange":
        """This range, or a new one when `depths` [N] leave it or use less than half of it."""
        depths = depths[np.isfinite(depths)]
        if depths.size < 16:
            return self
        low, high = (float(value) for value in np.percentile(depths, (1, 99)))
        span = self.high - self.low
        slack = 0.02 * span  # a few outliers do not move the legend
        inside = low >= self.low - slack and high <= self.high + slack
        if inside and _span(low, high) >= span / 2:
            return self
        return depth_range(low, high)


def depth_range(low: float, high: float) -> DepthRange:
    """A range around depths `low` to `high`, a little wider, at round numbers."""
    span = _span(low, high)
    step = 10 ** np.floor(np.log10(span))
    step = float(step / 10 if span / step < 4 else step / 5)
    wider = 0.1 * span
    return DepthRange(
        max(float(np.floor((low - wider) / step) * step), 0.0),
        float(np.ceil((high + wider) / step) * step),
    )


def _span(low: float, high: float) -> float:
    """What depths `low` to `high` take of a range; a flat wall still takes a little."""
    return max(high - low, 1e-6, 1e-3 * abs(high))


def start_range(frustum: Frustum) -> DepthRange:
    """The range before any depth was seen: all that the model can express."""
    return DepthRange(frustum.near_plane, frustum.far_plane)


def has_surface(frame: Frame, frustum: Frustum) -> NDArray[np.bool_] | None:
    """[64, 64]: where a ray meets something; None without depth.

    An empty ray's weights are nearly all alike, and their expectation means nothing.
    """
    if frame.depth is None:
        return None
    met = np.ones(frame.depth.shape, dtype=bool)
    if frame.contribution_depth is not None:
        met &= np.isfinite(frame.contribution_depth)
    if frame.entropy is not None:
        met &= frame.entropy < UNDECIDED * np.log2(frustum.plane_count)
    return met


def surface_depths(frame: Frame, frustum: Frustum) -> NDArray[np.float32] | None:
    """[64, 64]: the expected depth where a ray meets something, else NaN; None without depth."""
    met = has_surface(frame, frustum)
    if met is None or frame.depth is None:
        return None
    return np.where(met, frame.depth, np.float32(np.nan))


def rgb_picture(frame: Frame) -> Picture:
    """What the network painted."""
    return Picture(_opaque(without_border(frame.picture)))


def depth_picture(
    frame: Frame, frustum: Frustum, depths: DepthRange, scale: ToLegend = unchanged
) -> Picture | None:
    """The expected depth where a ray meets something; None without depth.

    Tell empty rays well by asking for `Extra.ENTROPY` when the frame is rendered.
    """
    values = surface_depths(frame, frustum)
    if values is None:
        return None
    legend = Legend("Depth", "world units", colormaps.DEPTH, depths.low, depths.high, EMPTY_COLOR)
    return _colored(values, frame, scale(legend))


def entropy_picture(frame: Frame, frustum: Frustum, scale: ToLegend = unchanged) -> Picture | None:
    """The entropy of the depth weights; None when the frame does not carry it."""
    if frame.entropy is None:
        return None
    bits = float(np.log2(frustum.plane_count))
    legend = Legend("Entropy of the depth weights", "bits", colormaps.ENTROPY, 0.0, bits)
    return _colored(frame.entropy, frame, scale(legend))


def outside_picture(frame: Frame, scale: ToLegend = unchanged) -> Picture | None:
    """The weight outside the grid; None when the frame does not carry it."""
    if frame.outside_share is None:
        return None
    legend = Legend("Weight outside the grid", "share", colormaps.ENTROPY, 0.0, 1.0)
    return _colored(frame.outside_share, frame, scale(legend))


def trust_picture(frame: Frame, term: TrustTerm, scale: ToLegend = unchanged) -> Picture | None:
    """The trust in each ray that meets something, or one of its terms; None without it."""
    values = None if frame.trust is None else frame.trust.maps.get(term)
    if values is None:
        return None
    legend = Legend(term.value, "0 … 1", colormaps.TRUST, 0.0, 1.0, EMPTY_COLOR)
    return _colored(values, frame, scale(legend))


def _colored(values: NDArray[np.floating[Any]], frame: Frame, legend: Legend) -> Picture:
    fine = enlarge(values, frame.picture.shape[0])
    return Picture(colors_of(fine, legend), legend)


def colors_of(values: NDArray[np.floating[Any]], legend: Legend) -> NDArray[np.uint8]:
    """[..., 4] uint8: the colours that a legend gives to values [...]; NaN is `EMPTY_COLOR`."""
    low, high = legend.low, legend.high
    if legend.is_logarithmic:
        values, low, high = np.log(np.maximum(values, low)), np.log(low), np.log(high)
    return colormaps.colorize(values, low, high, legend.colormap, EMPTY_COLOR)


def enlarge(
    values: NDArray[np.floating[Any]],  # [64, 64], NaN where not known
    side: int,  # S, of the picture with its border
) -> NDArray[np.float32]:
    """[S − 10, S − 10]: values for every shown pixel, linear between the rays.

    A pixel takes part in what is known around it, and is NaN where that is less than half: the
    edge of what is known stays sharp and unmixed.
    """
    known = np.isfinite(values)
    if known.all():
        return _interpolate(values.astype(np.float32), side)
    share = _interpolate(known.astype(np.float32), side)
    total = _interpolate(np.where(known, values, 0).astype(np.float32), side)
    share[share < 0.5] = np.nan
    return np.asarray(total / share)


def _interpolate(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """[64, 64] → [S − 10, S − 10].

    Pixel u of the picture looks along ray u·64/S of the map, as the intrinsics scale. Not by
    matrix products: their threads wait for those of the network, 30 ms and more.
    """
    rays = np.arange(BORDER, side - BORDER) * (FEATURE_MAP_SIDE / side)
    lower = np.minimum(np.floor(rays), FEATURE_MAP_SIDE - 2).astype(int)
    upper_share = np.clip(rays - lower, 0, 1).astype(np.float32)
    rows = values[lower]
    rows += (values[lower + 1] - rows) * upper_share[:, None]
    rows = np.ascontiguousarray(rows.T)  # so that columns are taken as whole rows too
    fine = rows[lower]
    fine += (rows[lower + 1] - fine) * upper_share[:, None]
    return np.ascontiguousarray(fine.T)


def _opaque(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rgba = np.full((*rgb.shape[:2], 4), 255, dtype=np.uint8)
    rgba[..., :3] = rgb
    return rgba
