"""A rectangle of the picture, and the rays that pass through it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE as P


@dataclass(frozen=True)
class PictureRectangle:
    """Pixels of the model's S × S picture, its border counted.

    Attributes:
        left, top: the first column and row.
        right, bottom: the column and row after the last.
    """

    left: int
    top: int
    right: int
    bottom: int

    def rays(self, image_size: int) -> NDArray[np.bool_]:
        """The rays of the P × P map that pass through it, at least the nearest one: [P, P]."""
        columns = _within(self.left, self.right, image_size)
        rows = _within(self.top, self.bottom, image_size)
        return np.asarray(rows[:, None] & columns[None, :])


def _within(first: int, end: int, image_size: int) -> NDArray[np.bool_]:
    """Which of the P rays along one side lie on pixels `first` … `end` − 1; at least one."""
    pixels = np.arange(P) * image_size / P
    chosen = (pixels >= first - 0.5) & (pixels < end - 0.5)
    if not chosen.any():
        chosen[np.abs(pixels - (first + end - 1) / 2).argmin()] = True
    return np.asarray(chosen)
