"""Compares two views: pictures, depth and depth weights, as difference maps with a figure."""

import enum
import math
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.frustum import Frustum
from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import BORDER, Extra, Frame
from dvox_core.rendering.pictures import EMPTY_COLOR, Legend, depth_range, surface_depths
from dvox_core.rendering.scores import psnr

Pixel = TypeVar("Pixel", bound=np.generic)

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Ends of a difference's range: few, so that it stays while the scene turns."""


class ComparedQuantity(enum.Enum):
    """What of two views is compared."""

    PICTURE = "Picture"
    DEPTH = "Expected depth"
    ENTROPY = "Entropy"
    HIGHEST = "Maximum weight along the rays"
    GRID = "Voxel features, from above"

    @property
    def extras(self) -> Extra:
        """What both frames must carry."""
        needed = {ComparedQuantity.HIGHEST: Extra.VISIBILITY, ComparedQuantity.DEPTH: Extra.ENTROPY}
        return needed.get(self, Extra.ENTROPY if self is ComparedQuantity.ENTROPY else Extra.NONE)


@dataclass(frozen=True, eq=False)
class MapPair:
    """Maps of two views in one scale, and their difference.

    Attributes:
        first, second: [P, P]; NaN where not known.
        legend: of both.
        difference: [P, P], second − first.
        difference_legend: symmetric about 0.
        mean_difference: the mean of its magnitude, in the legend's unit.
    """

    first: NDArray[np.floating[Any]]
    second: NDArray[np.floating[Any]]
    legend: Legend
    difference: NDArray[np.floating[Any]]
    difference_legend: Legend
    mean_difference: float


def compare_maps(
    quantity: ComparedQuantity,
    first: Frame,
    second: Frame,
    first_frustum: Frustum,
    second_frustum: Frustum,
) -> MapPair | None:
    """Maps of two frames from one camera; None where a frame does not carry the quantity."""
    one = _map(quantity, first, first_frustum)
    two = _map(quantity, second, second_frustum)
    if one is None or two is None:
        return None
    return _pair(one, two, _legend(quantity, one, two, first_frustum))


def compare_grids(
    first: NDArray[np.floating[Any]],  # [G, G, G] (z, y, x), feature norms
    second: NDArray[np.floating[Any]],  # [H, H, H]
) -> MapPair:
    """Two grids seen from above, x to the right and y upwards: the largest norm of each column.

    A grid of another size is resampled.
    """
    one, two = (volume.max(axis=0)[::-1] for volume in (first, second))
    two = same_size(two, len(one))
    high = float(max(one.max(), two.max())) or 1.0
    return _pair(one, two, Legend("Feature norm", "norm", colormaps.FEATURES, 0.0, high))


def _pair(
    one: NDArray[np.floating[Any]], two: NDArray[np.floating[Any]], legend: Legend
) -> MapPair:
    difference = two - one
    known = np.abs(difference[np.isfinite(difference)])
    reach = float(np.percentile(known, 98)) if known.size else 1.0
    end = min((step for step in STEPS if step >= reach), default=STEPS[-1])
    return MapPair(
        one,
        two,
        legend,
        difference,
        Legend("Difference", legend.unit, colormaps.DIFFERENCE, -end, end, EMPTY_COLOR),
        float(known.mean()) if known.size else float("nan"),
    )


def picture_difference(
    first: NDArray[np.uint8],  # [S, S, 3]
    second: NDArray[np.uint8],  # [T, T, 3]
    shown: NDArray[np.bool_] | None = None,  # [T, T], of a padded second one: what it shows
) -> NDArray[np.float32]:
    """[S, S]: mean over the channels of second − first, −1…1; another size is resampled.

    NaN in the untrained border of either, and where the second one is padded.
    """
    fitted = same_size(second, len(first))
    difference = fitted.astype(np.int16) - first
    # Channel by channel: numpy's sum over three is four times as slow.
    total = difference[..., 0] + difference[..., 1] + difference[..., 2]
    values = total * np.float32(1 / (3 * 255))
    return _where_compared(values, len(second), shown)


def picture_error(
    first: NDArray[np.uint8],  # [S, S, 3]
    second: NDArray[np.uint8],  # [T, T, 3]
    shown: NDArray[np.bool_] | None = None,  # [T, T]
) -> NDArray[np.float32]:
    """[S, S]: mean over the channels of |second − first|, 0…1; see `picture_difference`."""
    fitted = same_size(second, len(first))
    error = np.abs(fitted.astype(np.int16) - first).mean(axis=-1, dtype=np.float32) / 255
    return _where_compared(error, len(second), shown)


def picture_psnr(
    first: NDArray[np.uint8],  # [S, S, 3]
    second: NDArray[np.uint8],  # [T, T, 3]
    shown: NDArray[np.bool_] | None = None,  # [T, T]
) -> float:
    """PSNR in dB of what `picture_difference` compares; NaN where that is nothing."""
    inner = _trained_in_both(len(first), len(second))
    ours, true = first[inner, inner], same_size(second, len(first))[inner, inner]
    if shown is not None:
        known = same_size(shown, len(first))[inner, inner]
        if not known.any():
            return math.nan
        ours, true = ours[known], true[known]
    return psnr(true, ours)


def _where_compared(
    values: NDArray[np.floating[Any]],  # [S, S]
    other: int,
    shown: NDArray[np.bool_] | None,  # [other, other]
) -> NDArray[np.float32]:
    """Values that can be compared with a picture of `other` pixels; NaN elsewhere."""
    inner = _trained_in_both(len(values), other)
    compared = np.full(values.shape, np.nan, dtype=np.float32)
    compared[inner, inner] = values[inner, inner]
    if shown is not None:
        compared[~same_size(shown, len(values))] = np.nan
    return compared


def _trained_in_both(side: int, other: int) -> slice:
    """Rows, and columns, of a picture of `side` pixels that are trained in one of `other` too."""
    border = max(BORDER, math.ceil(BORDER * side / other))
    return slice(border, side - border)


def same_size(picture: NDArray[Pixel], side: int) -> NDArray[Pixel]:
    """A picture or map [T, T, …] as [side, side, …], each pixel the nearest one."""
    if len(picture) == side:
        return picture
    nearest = np.minimum(
        ((np.arange(side) + 0.5) * len(picture) / side).astype(int), len(picture) - 1
    )
    return np.ascontiguousarray(picture[nearest][:, nearest])


def _map(
    quantity: ComparedQuantity, frame: Frame, frustum: Frustum
) -> NDArray[np.floating[Any]] | None:
    if quantity is ComparedQuantity.DEPTH:
        return surface_depths(frame, frustum)
    if quantity is ComparedQuantity.ENTROPY:
        return frame.entropy
    if quantity is ComparedQuantity.HIGHEST and frame.visibility is not None:
        return np.asarray(frame.visibility.max(axis=0))
    return None


def _legend(
    quantity: ComparedQuantity,
    one: NDArray[np.floating[Any]],
    two: NDArray[np.floating[Any]],
    frustum: Frustum,
) -> Legend:
    if quantity is ComparedQuantity.ENTROPY:
        bits = float(np.log2(frustum.plane_count))
        return Legend("Entropy of the depth weights", "bits", colormaps.ENTROPY, 0.0, bits)
    if quantity is ComparedQuantity.HIGHEST:
        return Legend("Maximum weight", "weight", colormaps.WEIGHTS, 0.0, 1.0)
    both = np.concatenate([values[np.isfinite(values)] for values in (one, two)])
    low, high = frustum.near_plane, frustum.far_plane
    if both.size >= 16:
        chosen = depth_range(*(float(value) for value in np.percentile(both, (2, 98))))
        low, high = chosen.low, chosen.high
    return Legend("Expected depth", "world units", colormaps.DEPTH, low, high, EMPTY_COLOR)
