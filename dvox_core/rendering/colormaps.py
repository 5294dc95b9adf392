"""Colours for values: viridis for depth, magma for entropy and weights."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

DEPTH = "viridis"
ENTROPY = "magma"


@cache
def table(name: str) -> NDArray[np.uint8]:
    """[256, 3] uint8: the colours of a map by its name in the `cmap` catalogue, low to high."""
    import cmap  # here, as its import takes longer than a window may wait: see `warm_up`

    colors = np.asarray(cmap.Colormap(name).lut(256), dtype=np.float64)[:, :3]
    entries = np.rint(colors * 255).astype(np.uint8)
    entries.flags.writeable = False
    return entries


def warm_up() -> None:
    """Make the maps that the window uses; call it off the window's thread."""
    for name in (DEPTH, ENTROPY):
        table(name)


def colorize(
    values: NDArray[np.floating],  # [...], any unit
    low: float,  # the value of the map's first colour
    high: float,  # the value of the map's last colour, above `low`
    name: str,
) -> NDArray[np.uint8]:
    """[..., 3] uint8: each value's colour; values beyond the range take the end's, NaN the first.

    Raises:
        ValueError: `high` is not above `low`.
    """
    if not high > low:
        raise ValueError(f"the range of colours is empty: {low} … {high}")
    scaled = np.nan_to_num((values - low) * (256 / (high - low)), nan=0.0, posinf=255, neginf=0)
    return np.asarray(table(name)[np.clip(scaled, 0, 255).astype(np.uint8)])
