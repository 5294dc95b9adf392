"""Colours for values.

Viridis for depth, magma for entropy and weights, mako for features, cividis for trust, diverging
for differences.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

DEPTH = "viridis"
ENTROPY = "magma"
WEIGHTS = "magma"
FEATURES = "mako"
DIFFERENCE = "vik"
TRUST = "cividis"


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
    for name in (DEPTH, ENTROPY, FEATURES, DIFFERENCE, TRUST):
        table(name)


def colorize(
    values: NDArray[np.floating],  # [...], any unit; NaN where not known
    low: float,  # the value of the map's first colour
    high: float,  # the value of the map's last colour, above `low`
    name: str,
    unknown: tuple[int, int, int] = (0, 0, 0),
) -> NDArray[np.uint8]:
    """[..., 4] uint8 RGBA, opaque: each value's colour; beyond the range the end's.

    Raises:
        ValueError: `high` is not above `low`.
    """
    if not high > low:
        raise ValueError(f"the range of colours is empty: {low} … {high}")
    entries = np.clip((values - low) * (256 / (high - low)), 0, 255)
    with np.errstate(invalid="ignore"):  # NaN, painted over below
        indices = entries.astype(np.uint8)
    # A pixel is one 32-bit number here: three times as fast as four bytes.
    pixels = _packed_table(name)[indices]
    missing = np.isnan(values)
    if missing.any():
        pixels[missing] = np.array([*unknown, 255], dtype=np.uint8).view(np.uint32)[0]
    return np.asarray(pixels[..., None].view(np.uint8))


@cache
def _packed_table(name: str) -> NDArray[np.uint32]:
    """[256]: the colours as RGBA bytes packed into one number each."""
    entries = np.full((256, 4), 255, dtype=np.uint8)
    entries[:, :3] = table(name)
    return entries.view(np.uint32)[:, 0]
