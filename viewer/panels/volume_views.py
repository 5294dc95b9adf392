"""Flat views of a volume [G, G, G] (z, y, x): the brightest along an axis, and cuts."""

import numpy as np
from numpy.typing import NDArray

AXES = ("z", "y", "x")
"""In the order of a volume's axes; a view along one shows the other two, the first one down."""


def brightest(volume: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """[G, G]: the highest value along an axis."""
    highest: NDArray[np.float32] = volume.max(axis=axis)
    return highest


def cut(volume: NDArray[np.float32], axis: int, layer: int) -> NDArray[np.float32]:
    """[G, G]: one layer across an axis."""
    return volume.take(layer, axis=axis)
