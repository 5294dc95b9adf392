"""Maps and volumes as pictures with a title, a bar of colours and its range, for papers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont  # draws words; the files are written by imageio

from dvox_core.rendering.colormaps import colorize, table

Volume = NDArray[np.float32]

PAPER, INK, FAINT = (255, 255, 255), (28, 32, 39), (138, 147, 161)
MAP_SIDE = 512
"""A map is enlarged to about so many pixels, by a whole factor and without smoothing."""

MARGIN, BAR_HEIGHT, TEXT = 16, 14, 15
PROJECTIONS = ("along z (x →, y ↑)", "along y (x →, z ↑)", "along x (y →, z ↑)")
"""What is seen of a volume [z, y, x] along each of its axes, turned so that the axes grow."""


def map_plate(
    values: NDArray[np.float32],  # [H, W]
    title: str,
    unit: str,
    color_map: str,
    low: float,
    high: float,
) -> Image.Image:
    """A map with its legend; `low` and `high` are the ends of the colours."""
    picture = colorize(values, low, max(high, low + 1e-6), color_map)[..., :3]
    return _plate([picture], [""], title, (low, high, unit, color_map))


def volume_plate(volume: Volume, title: str, unit: str, color_map: str) -> Image.Image:
    """The largest values of a volume [G, G, G] (z, y, x) along each axis, side by side."""
    high = float(volume.max())
    views = [volume.max(axis=axis)[::-1] for axis in range(3)]
    pictures = [colorize(view, 0.0, max(high, 1e-6), color_map)[..., :3] for view in views]
    titles = [f"largest {name}" for name in PROJECTIONS]
    return _plate(pictures, titles, title, (0.0, high, unit, color_map))


def color_volume_plate(colors: Volume, weights: Volume, title: str) -> Image.Image:
    """Colours [3, G, G, G] of the voxels with most weight [G, G, G] along each axis."""
    pictures = []
    for axis in range(3):
        strongest = np.expand_dims(weights.argmax(axis=axis), axis)
        seen = [np.take_along_axis(channel, strongest, axis).squeeze(axis) for channel in colors]
        pictures.append(np.rint(np.stack(seen, axis=-1)[::-1] * 255).astype(np.uint8))
    return _plate(pictures, [f"strongest {name}" for name in PROJECTIONS], title, None)


def _plate(
    pictures: Sequence[NDArray[np.uint8]],
    subtitles: Sequence[str],
    title: str,
    legend: tuple[float, float, str, str] | None,  # low, high, unit, colour map
) -> Image.Image:
    enlarged = [_enlarged(picture) for picture in pictures]
    side, line = enlarged[0].width, TEXT + 8
    width = len(enlarged) * (side + MARGIN) + MARGIN
    has_subtitles = any(subtitles)
    top = MARGIN + line + (line if has_subtitles else 0)
    foot = top + enlarged[0].height + MARGIN
    height = foot + (BAR_HEIGHT + 4 + line if legend else 0)
    plate = Image.new("RGB", (width, height), PAPER)
    draw, font = ImageDraw.Draw(plate), ImageFont.load_default(TEXT)
    draw.text((MARGIN, MARGIN - 2), title, INK, font)
    for number, (picture, subtitle) in enumerate(zip(enlarged, subtitles, strict=True)):
        left = MARGIN + number * (side + MARGIN)
        if has_subtitles:
            draw.text((left, MARGIN + line - 2), subtitle, FAINT, font)
        plate.paste(picture, (left, top))
    if legend:
        low, high, unit, color_map = legend
        bar = Image.fromarray(table(color_map)[None]).resize((side, BAR_HEIGHT))
        plate.paste(bar, (MARGIN, foot))
        below = foot + BAR_HEIGHT + 4
        draw.text((MARGIN, below), f"{low:.3g}", INK, font)
        draw.text((MARGIN + side, below), f"{high:.3g} {unit}".strip(), INK, font, anchor="ra")
    return plate


def _enlarged(picture: NDArray[np.uint8]) -> Image.Image:
    height, width = picture.shape[:2]
    factor = max(1, MAP_SIDE // max(height, width))
    size = (width * factor, height * factor)
    return Image.fromarray(picture).resize(size, Image.Resampling.NEAREST)
