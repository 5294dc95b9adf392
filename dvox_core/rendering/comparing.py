"""Compares two views: pictures, depth and depth weights, as difference maps with a figure."""

import enum
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.frustum import Frustum
from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import Extra, Frame, without_border
from dvox_core.rendering.pictures import EMPTY_COLOR, Legend, depth_range, surface_depths
from dvox_core.rendering.scores import psnr

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Ends of a difference's range: few, so that it stays while the scene turns."""


class Quantity(enum.Enum):
    """What of two views is compared."""

    PICTURE = "Picture"
    DEPTH = "Expected depth"
    ENTROPY = "Entropy"
    HIGHEST = "Maximum weight along the rays"

    @property
    def extras(self) -> Extra:
        """What both frames must carry."""
        needed = {Quantity.HIGHEST: Extra.VISIBILITY, Quantity.PICTURE: Extra.NONE}
        return needed.get(self, Extra.ENTROPY)


@dataclass(frozen=True, eq=False)
class MapPair:
    """Maps of two views in one scale, and their difference.

    Attributes:
        first, second: [P, P]; NaN where not known.
        legend: of both.
        difference: [P, P], second − first; None where they are of different views.
        difference_legend: symmetric about 0.
        mean_difference: the mean of its magnitude, in the legend's unit; NaN without one.
    """

    first: NDArray[np.floating[Any]]
    second: NDArray[np.floating[Any]]
    legend: Legend
    difference: NDArray[np.floating[Any]]
    difference_legend: Legend
    mean_difference: float


def compare_maps(
    quantity: Quantity, first: Frame, second: Frame, first_frustum: Frustum, second_frustum: Frustum
) -> MapPair | None:
    """Maps of two frames; None where a frame does not carry the quantity (or for pictures)."""
    one = _map(quantity, first, first_frustum)
    two = _map(quantity, second, second_frustum)
    if one is None or two is None:
        return None
    difference = two - one
    known = np.abs(difference[np.isfinite(difference)])
    reach = float(np.percentile(known, 98)) if known.size else 1.0
    end = min((step for step in STEPS if step >= reach), default=STEPS[-1])
    legend = _legend(quantity, one, two, first_frustum)
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
) -> NDArray[np.float32]:
    """[S, S]: mean over the channels of second − first, −1…1; another size is resampled."""
    fitted = same_size(second, len(first))
    mean = (fitted.astype(np.int16) - first).sum(axis=2, dtype=np.int32)
    return np.asarray(mean / np.float32(3 * 255), dtype=np.float32)


def picture_psnr(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """PSNR in dB without the untrained borders; another size is resampled."""
    return psnr(without_border(same_size(second, len(first))), without_border(first))


def same_size(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A picture [T, T, 3] as [side, side, 3], each pixel the nearest one."""
    if len(picture) == side:
        return picture
    nearest = np.minimum(
        ((np.arange(side) + 0.5) * len(picture) / side).astype(int), len(picture) - 1
    )
    return np.ascontiguousarray(picture[nearest][:, nearest])


def _map(quantity: Quantity, frame: Frame, frustum: Frustum) -> NDArray[np.floating[Any]] | None:
    if quantity is Quantity.DEPTH:
        return surface_depths(frame, frustum)
    if quantity is Quantity.ENTROPY:
        return frame.entropy
    if quantity is Quantity.HIGHEST and frame.visibility is not None:
        return np.asarray(frame.visibility.max(axis=0))
    return None


def _legend(
    quantity: Quantity,
    one: NDArray[np.floating[Any]],
    two: NDArray[np.floating[Any]],
    frustum: Frustum,
) -> Legend:
    if quantity is Quantity.ENTROPY:
        bits = float(np.log2(frustum.plane_count))
        return Legend("Entropy of the depth weights", "bits", colormaps.ENTROPY, 0.0, bits)
    if quantity is Quantity.HIGHEST:
        return Legend("Maximum weight", "weight", colormaps.WEIGHTS, 0.0, 1.0)
    both = np.concatenate([values[np.isfinite(values)] for values in (one, two)])
    low, high = frustum.near_plane, frustum.far_plane
    if both.size >= 16:
        chosen = depth_range(*(float(value) for value in np.percentile(both, (2, 98))))
        low, high = chosen.low, chosen.high
    return Legend("Expected depth", "world units", colormaps.DEPTH, low, high, EMPTY_COLOR)
