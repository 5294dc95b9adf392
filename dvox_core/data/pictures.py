"""Reads pictures of any kind as 8-bit RGB: orientation, transparency, depth and size settled.

By Pillow directly and not through imageio, which hands over arrays: orientation, palettes,
transparency, bit depth and a JPEG's quick reduction are known to Pillow's pictures alone.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageFile, ImageOps, UnidentifiedImageError

from dvox_core.data.lens import Lens, Window
from dvox_core.errors import CaptureError
from dvox_core.file_kinds import kind_of

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")

EXIF_ORIENTATION = 0x0112
EXIF_SIDEWAYS = (5, 6, 7, 8)
"""Orientations that exchange width and height."""

MOST_PIXELS = 150_000_000
"""Of a picture; the largest cameras take 100 to 150 million."""

MOST_PIXELS_A_BYTE, ALWAYS_FINE = 10_000, 20_000_000
"""More pixels a byte of a file than even a picture of one colour has; small ones do no harm."""

_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")


@dataclass(frozen=True)
class PictureInfo:
    """What a picture file's head says, before it is decoded.

    Attributes:
        width, height: as stored, pixels.
        sideways: its EXIF orientation exchanges width and height.
        orientation: EXIF's, 1 where the picture is upright or nothing is said.
        oddity: what has to be converted ("16-bit", "grey", "CMYK"), or an empty string.
        transparent: it has an alpha channel.
    """

    width: int
    height: int
    sideways: bool
    orientation: int
    oddity: str
    transparent: bool

    @property
    def turned(self) -> bool:
        """Whether EXIF says that the picture is to be turned to be upright."""
        return self.orientation != 1


def load_picture(path: Path, side: int, background: str = "white") -> NDArray[np.uint8]:
    """A square picture as [side, side, 3] uint8, shrunk by area or enlarged smoothly.

    The same file, side and background always give the same values: pixels as stored, for a
    capture's cameras are those of stored pixels whatever EXIF says.

    Args:
        path: the file.
        side: pixels.
        background: a colour's name or #rrggbb, put behind transparent pixels.

    Raises:
        CaptureError: unreadable or not square.
    """
    picture = open_picture(path, background, upright=False)
    if picture.width != picture.height:
        raise CaptureError(
            f"{path}: is {picture.width}×{picture.height}, not square; "
            "import the capture to have its pictures cropped"
        )
    return np.asarray(resize(picture, side))


def opaque_part(path: Path) -> NDArray[np.uint8]:
    """[H, W]: 255 where a picture shows anything; less where it is transparent or padded."""
    with Image.open(path) as file:
        if not has_transparency(file):
            return np.full((file.height, file.width), 255, dtype=np.uint8)
        return np.asarray(file.convert("RGBA").getchannel("A"))


def resize(picture: Image.Image, side: int, box: Window | None = None) -> Image.Image:
    """A picture, or a box of it in its pixels, as side × side pixels.

    Whole reduction factors average areas, others take a windowed sinc of the right width.
    """
    region = box or Window(0, 0, picture.width, picture.height)
    corners = (region.left, region.top, region.right, region.bottom)
    factor = region.width / side
    whole = factor == round(factor) and all(value == round(value) for value in corners)
    chosen = Image.Resampling.BOX if whole else Image.Resampling.LANCZOS
    return picture.resize((side, side), chosen, box=corners)


def open_picture(path: Path, background: str = "white", upright: bool = True) -> Image.Image:
    """Decode a picture to 8-bit RGB.

    Args:
        path: the file.
        background: a colour's name or #rrggbb, put behind transparent pixels.
        upright: turn the picture as its EXIF orientation says.

    Raises:
        CaptureError: unreadable, empty or cut short; the message names the file.
    """
    with _reading(path), Image.open(path) as file:
        _check_size(path, file)
        file.load()
        picture = ImageOps.exif_transpose(file) if upright else file.copy()
    return _as_rgb(picture, background)


def small_picture(
    path: Path, side: int, background: str = "white", upright: bool = True
) -> Image.Image:
    """A picture as `open_picture` gives it, shrunk to at most `side` pixels; quick for JPEGs.

    Raises:
        CaptureError: unreadable, empty or cut short.
    """
    with _reading(path), Image.open(path) as file:
        _check_size(path, file)
        file.draft("RGB", (side, side))  # a JPEG is decoded at ½, ¼ or ⅛ where that suffices
        file.load()
        picture = ImageOps.exif_transpose(file) if upright else file.copy()
    picture = _as_rgb(picture, background)
    picture.thumbnail((side, side), Image.Resampling.BOX, reducing_gap=2.0)
    return picture


def picture_info(path: Path) -> PictureInfo:
    """Read a picture's head.

    Raises:
        CaptureError: unreadable or empty.
    """
    with _reading(path), Image.open(path) as file:
        _check_size(path, file)
        orientation = file.getexif().get(EXIF_ORIENTATION, 1)
        return PictureInfo(
            width=file.width,
            height=file.height,
            sideways=orientation in EXIF_SIDEWAYS,
            orientation=orientation if orientation in range(2, 9) else 1,
            oddity=_oddity(file),
            transparent=has_transparency(file),
        )


def rectify(
    picture: Image.Image,  # RGB
    lens: Lens,
    window: Window,
    side: int,
) -> Image.Image:
    """What an ideal camera sees in a square window, as side × side pixels.

    Without distortion that is a crop and one resampling. With it, the picture is first shrunk by
    a whole factor to about twice the wanted resolution, straightened there, and then reduced.
    """
    if not lens.is_distorted:
        corners = np.array([[window.left, window.top], [window.right, window.bottom]])
        (left, top), (right, bottom) = lens.project(corners)
        limit = np.array([picture.width, picture.height])
        left, top = np.clip((left, top), 0, limit)
        right, bottom = np.clip((right, bottom), 0, limit)
        return resize(picture, side, _snapped(Window(left, top, right, bottom)))
    picture, lens = shrink_for(picture, lens, window, side)
    straight = _straighten(picture, lens, window, 2 * side)
    return straight.resize((side, side), Image.Resampling.BOX)


def shrink_for(
    picture: Image.Image, lens: Lens, window: Window, side: int
) -> tuple[Image.Image, Lens]:
    """A picture and its lens, shrunk by a whole factor to about twice what `side` pixels need.

    Args:
        picture: as the lens took it.
        lens: of the picture.
        window: what is wanted of it.
        side: pixels that the window will have.
    """
    density = window.width * min(lens.focal_x, lens.focal_y) / side
    shrink = max(1, int(density // 2))
    if shrink > 1:
        width, height = picture.width // shrink, picture.height // shrink
        scaled = (width * shrink, height * shrink)
        lens = replace(lens, width=scaled[0], height=scaled[1]).scaled_to(width, height)
        picture = picture.crop((0, 0, *scaled)).reduce(shrink)
    return picture, lens


def has_transparency(picture: Image.Image) -> bool:
    """Whether a picture has an alpha channel or a transparent palette entry."""
    return picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info


def with_mask(
    picture: Image.Image, mask_path: Path, background: str, orientation: int = 1
) -> Image.Image:
    """The picture with everything that its mask leaves black replaced by the background.

    Args:
        picture: RGB.
        mask_path: of the picture as stored; another resolution is fitted.
        background: a colour's name or #rrggbb.
        orientation: EXIF's, as which the picture was turned; the mask is turned alike.

    Raises:
        CaptureError: unreadable, or of another shape.
    """
    with _reading(mask_path), Image.open(mask_path) as file:
        _check_size(mask_path, file)
        file.load()
        mask = file.convert("L")
    sideways = orientation in EXIF_SIDEWAYS
    if not (sideways and _same_shape(mask, picture)):
        mask.getexif()[EXIF_ORIENTATION] = orientation
        mask = ImageOps.exif_transpose(mask)
    if not _same_shape(mask, picture):
        raise CaptureError(
            f"{mask_path}: is {mask.width}×{mask.height}, but the picture that it masks "
            f"{picture.width}×{picture.height}; put the mask of that picture there"
        )
    canvas = Image.new("RGB", picture.size, parse_color(background))
    is_coarse = mask.width < picture.width
    smooth = Image.Resampling.BILINEAR if is_coarse else Image.Resampling.NEAREST
    canvas.paste(picture, mask=mask.resize(picture.size, smooth))
    return canvas


def _same_shape(one: Image.Image, other: Image.Image) -> bool:
    return abs(one.width * other.height / (one.height * other.width) - 1) < 0.02


def parse_color(name: str) -> tuple[int, int, int]:
    """A colour's name or #rrggbb as (red, green, blue) in 0…255.

    Raises:
        CaptureError: no such colour.
    """
    try:
        return ImageColor.getrgb(name)[:3]
    except ValueError as error:
        raise CaptureError(
            f"“{name}” is no colour; write a name such as white, or #rrggbb"
        ) from error


def _as_rgb(picture: Image.Image, background: str) -> Image.Image:
    if picture.mode in _SIXTEEN_BIT_MODES:
        return _from_deep_grey(picture)
    if has_transparency(picture):
        rgba = picture.convert("RGBA")
        canvas = Image.new("RGBA", rgba.size, (*parse_color(background), 255))
        return Image.alpha_composite(canvas, rgba).convert("RGB")
    return picture.convert("RGB")


def _straighten(picture: Image.Image, lens: Lens, window: Window, side: int) -> Image.Image:
    """The window resampled through the lens, cubic, side × side pixels."""
    from scipy import ndimage  # 25 MiB that the window need not hold

    steps = (np.arange(side) + 0.5) / side
    x = window.left + steps * window.width
    y = window.top + steps * window.height
    pixels = lens.project(np.stack(np.meshgrid(x, y), axis=-1)) - 0.5
    positions = [pixels[..., 1], pixels[..., 0]]
    values = np.asarray(picture, dtype=np.float32)
    channels = [
        ndimage.map_coordinates(values[..., channel], positions, order=3, mode="nearest")
        for channel in range(3)
    ]
    straight = np.clip(np.round(np.stack(channels, axis=-1)), 0, 255).astype(np.uint8)
    return Image.fromarray(straight)


def _snapped(box: Window) -> Window:
    """The box with corners that miss whole pixels by rounding only put on them."""

    def snap(value: float) -> float:
        return float(round(value)) if abs(value - round(value)) < 1e-6 else float(value)

    return Window(snap(box.left), snap(box.top), snap(box.right), snap(box.bottom))


def _from_deep_grey(picture: Image.Image) -> Image.Image:
    """A 16-bit or floating-point grey picture as RGB; floats are taken as 0…1."""
    values = np.asarray(picture, dtype=np.float64)
    if picture.mode == "F":
        eight_bit = values * 255 if values.max(initial=0.0) <= 1 else values
    else:
        eight_bit = values / 257 if values.max(initial=0.0) > 255 else values
    grey = np.clip(np.round(eight_bit), 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _oddity(picture: ImageFile.ImageFile) -> str:
    stored = str(picture.tile[0].args) if picture.tile else ""
    if picture.mode in _SIXTEEN_BIT_MODES or re.search(r";16[BLN]", stored):
        return "16-bit"
    if picture.mode in ("L", "LA", "1", "La"):
        return "grey"
    return "CMYK" if picture.mode == "CMYK" else ""


def _check_size(path: Path, file: Image.Image) -> None:
    """Refuse a picture that asks for more memory than a picture of its bytes can mean.

    Raises:
        CaptureError: in one line.
    """
    pixels, size = file.width * file.height, path.stat().st_size
    if pixels > MOST_PIXELS or (pixels > ALWAYS_FINE and pixels > MOST_PIXELS_A_BYTE * size):
        raise CaptureError(
            f"{path}: claims {file.width}×{file.height} pixels in {size} bytes; save it again, "
            "with fewer pixels"
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns what goes wrong while a picture is read into one line that names the file."""
    try:
        yield
    except CaptureError:
        raise
    except FileNotFoundError as error:
        problem = "not found; put the picture there or leave its view out"
        raise CaptureError(f"{path}: {problem}") from error
    except (Image.DecompressionBombError, MemoryError) as error:
        problem = "is too large a picture; save it with fewer pixels"
        raise CaptureError(f"{path}: {problem}") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if path.is_file() and path.stat().st_size == 0:
            problem = "has zero bytes; copy the picture again or leave its view out"
        elif isinstance(error, UnidentifiedImageError):
            kind = kind_of(path)
            what = kind if kind and "picture" not in kind else "not a picture in a known format"
            problem = f"is {what}; save it as PNG or JPEG"
        else:
            problem = f"cannot be read ({error}); save it again or leave its view out"
        raise CaptureError(f"{path}: {problem}") from error
