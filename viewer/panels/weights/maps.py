"""Maps of a frame's depth weights: planes, projections, cuts, and statistics of each ray."""

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.pictures import EMPTY_COLOR, Legend, depth_range, surface_depths
from viewer.state.map_scales import MapQuantity
from viewer.widgets.map_view import MapAxes

WEIGHT_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Upper ends of the scale of weights: few, so that it stays while the scene turns."""


class WeightsMode(enum.Enum):
    """What the browser shows.

    There is no mean along the rays: each ray's weights sum to 1, so it is 1/D everywhere.
    """

    PLANE = "One plane"
    HIGHEST = "Maximum along the rays"
    ROW_CUT = "Cut along a row"
    COLUMN_CUT = "Cut along a column"
    ABOVE = "Mean of all rows, from above"
    SIDE = "Mean of all columns, from the side"
    ABOVE_HIGHEST = "Maximum of all rows, from above"
    SIDE_HIGHEST = "Maximum of all columns, from the side"
    EXPECTED = "Expected depth"
    MOST_LIKELY = "Most likely depth"
    ENTROPY = "Entropy"
    OUTSIDE = "Weight outside the grid"

    @property
    def extras(self) -> Extra:
        """What a frame must carry for it; the entropy tells where there is a surface."""
        needed = {
            WeightsMode.EXPECTED: Extra.ENTROPY,
            WeightsMode.ENTROPY: Extra.ENTROPY,
            WeightsMode.OUTSIDE: Extra.OUTSIDE,
        }
        return needed.get(self, Extra.VISIBILITY)

    @property
    def quantity(self) -> MapQuantity:
        """What its colours stand for."""
        if self in (WeightsMode.EXPECTED, WeightsMode.MOST_LIKELY):
            return MapQuantity.DEPTH
        if self is WeightsMode.ENTROPY:
            return MapQuantity.ENTROPY
        return MapQuantity.OUTSIDE if self is WeightsMode.OUTSIDE else MapQuantity.WEIGHT

    @property
    def across(self) -> str:
        """What the map's columns are: "column" of the picture, or "depth"."""
        side = (WeightsMode.COLUMN_CUT, WeightsMode.SIDE, WeightsMode.SIDE_HIGHEST)
        return "depth" if self in side else "column"

    @property
    def down(self) -> str:
        """What the map's rows are: "row" of the picture, or "depth", which grows upwards."""
        above = (WeightsMode.ROW_CUT, WeightsMode.ABOVE, WeightsMode.ABOVE_HIGHEST)
        return "depth" if self in above else "row"


@dataclass(frozen=True, eq=False)
class WeightMap:
    """A map and what its colours mean.

    Attributes:
        values: [H, W]; NaN where not known.
        legend: with a range that fits the values.
    """

    values: NDArray[np.floating]
    legend: Legend


def weight_map(
    frame: Frame,
    frustum: Frustum,
    mode: WeightsMode,
    plane: int,  # for PLANE
    line: int,  # row or column of the map, for the cuts
) -> WeightMap | None:
    """The map of a frame; None when the frame does not carry what it needs."""
    if mode in (WeightsMode.EXPECTED, WeightsMode.ENTROPY, WeightsMode.OUTSIDE):
        return _ray_map(frame, frustum, mode)
    weights = frame.visibility
    if weights is None:
        return None
    if mode is WeightsMode.MOST_LIKELY:
        depths = frustum.plane_depths[weights.argmax(axis=0)]
        return WeightMap(depths, _depth_legend("Most likely depth", depths, frustum))
    # Depth grows upwards and to the right: near is at the bottom, as seen from above.
    if mode is WeightsMode.PLANE:
        values = weights[min(plane, len(weights) - 1)]
        # One scale for all planes, so that they can be compared.
        return WeightMap(values, _weight_legend("Weight of the plane", weights.max()))
    if mode is WeightsMode.HIGHEST:
        values = weights.max(axis=0)
    elif mode is WeightsMode.ROW_CUT:
        values = weights[::-1, line, :]
    elif mode is WeightsMode.COLUMN_CUT:
        values = weights[:, :, line].T
    elif mode is WeightsMode.ABOVE:
        values = weights.mean(axis=1)[::-1]
    elif mode is WeightsMode.SIDE:
        values = weights.mean(axis=2).T
    elif mode is WeightsMode.ABOVE_HIGHEST:
        values = weights.max(axis=1)[::-1]
    else:
        values = weights.max(axis=2).T
    return WeightMap(values, _weight_legend(mode.value, values.max()))


def map_entry(
    mode: WeightsMode, u: float, v: float, picture_side: int
) -> tuple[float | None, float | None]:
    """Where pixel (u, v) of the picture lies in a map: its column and row; None along depth."""
    share = FEATURE_MAP_SIDE / picture_side
    column = u * share if mode.across == "column" else None
    row = v * share if mode.down == "row" else None
    return column, row


def picture_pixel(
    mode: WeightsMode, column: float, row: float, line: int, picture_side: int
) -> tuple[float, float]:
    """The picture's pixel (u, v) of a map's entry; cuts know the other coordinate."""
    share = picture_side / FEATURE_MAP_SIDE
    if mode.across == "depth":
        return line * share, row * share
    if mode.down == "depth":
        return column * share, line * share
    return column * share, row * share


def map_axes(mode: WeightsMode, frustum: Frustum) -> MapAxes:
    """What a map's edges stand for: rays of the picture, or metric depth, which grows upwards."""
    half = (frustum.far_plane - frustum.near_plane) / (frustum.plane_count - 1) / 2
    near, far = frustum.near_plane - half, frustum.far_plane + half
    side = float(FEATURE_MAP_SIDE)
    across, down = ("column of rays", 0.0, side), ("row of rays", 0.0, side)
    if mode.across == "depth":
        across = ("metric depth (world units)", near, far)
    if mode.down == "depth":
        down = ("metric depth", far, near)
    return MapAxes(*across, *down)


def entry_depth(mode: WeightsMode, column: float, row: float, frustum: Frustum) -> float | None:
    """The metric depth that an entry of a cut stands for; None for maps of the picture."""
    last = frustum.plane_count - 1
    if mode.across == "depth":
        plane = round(column)
    elif mode.down == "depth":
        plane = last - round(row)
    else:
        return None
    return float(frustum.plane_depths[min(max(plane, 0), last)])


def _ray_map(frame: Frame, frustum: Frustum, mode: WeightsMode) -> WeightMap | None:
    if mode is WeightsMode.EXPECTED:
        depths = surface_depths(frame, frustum)
        if depths is None:
            return None
        return WeightMap(depths, _depth_legend("Expected depth", depths, frustum))
    if mode is WeightsMode.ENTROPY:
        if frame.entropy is None:
            return None
        bits = float(np.log2(frustum.plane_count))
        legend = Legend("Entropy of the depth weights", "bits", colormaps.ENTROPY, 0.0, bits)
        return WeightMap(frame.entropy, legend)
    if frame.outside_share is None:
        return None
    legend = Legend("Weight outside the grid", "share", colormaps.ENTROPY, 0.0, 1.0)
    return WeightMap(frame.outside_share, legend)


def _weight_legend(title: str, highest: float) -> Legend:
    top = min((step for step in WEIGHT_STEPS if step >= highest), default=1.0)
    return Legend(title, "weight", colormaps.ENTROPY, 0.0, top)


def _depth_legend(title: str, depths: NDArray[np.floating], frustum: Frustum) -> Legend:
    known = depths[np.isfinite(depths)]
    if known.size < 16:
        low, high = frustum.near_plane, frustum.far_plane
    else:
        chosen = depth_range(*(float(value) for value in np.percentile(known, (2, 98))))
        low, high = chosen.low, chosen.high
    return Legend(title, "world units", colormaps.DEPTH, low, high, EMPTY_COLOR)
