"""Chooses the pictures that cameras are looked for in: sharp frames of a video, photos not blurred.

All of them are written as JPEGs of moderate size, without what photos say of place and people.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dvox_core.data.photo_files import open_photo
from dvox_core.data.source import Progress
from dvox_core.data.video_frames import video_frames
from dvox_core.errors import CaptureError
from dvox_core.safe_names import safe_file_name

LARGEST_SIDE = 1600
"""Pictures are shrunk to this many pixels for matching and for import; more gains nothing."""

FEWEST_PHOTOS = 3

NUMBER_LENGTH = 6
"""Characters before a photo's own name in the name that it is written under."""

BLURRED_SHARE = 0.12
"""A photo with less than this share of the median sharpness is blurred, whatever it shows."""


def pick_sharp_frames(path: Path, folder: Path, count: int, progress: Progress) -> tuple[int, int]:
    """Write the sharpest frame of each of `count` equal stretches of a video as a JPEG.

    Returns:
        (frames of the video, frames written).

    Raises:
        CaptureError: no video that can be decoded, or one with too few frames.
    """
    sharpness = []
    for index, frame in enumerate(video_frames(path)):
        progress(index, 0, "looking for sharp frames")
        sharpness.append(frame_sharpness(frame))
    total = len(sharpness)
    if total < FEWEST_PHOTOS:
        raise CaptureError(
            f"{path}: has {total} frames; film slowly around the scene, for 20 seconds or more"
        )
    stretches = np.array_split(np.arange(total), min(count, total))
    chosen = {int(part[np.argmax(np.array(sharpness)[part])]) for part in stretches}
    for index, frame in enumerate(video_frames(path)):
        if index in chosen:
            progress(index, total, "writing sharp frames")
            _shrunk(Image.fromarray(frame)).save(folder / f"frame{index:06d}.jpg", quality=95)
    return total, len(chosen)


def write_photos(photos: list[Path], folder: Path, progress: Progress) -> list[int]:
    """Write photos as 00000_NAME.jpg and so on, those that are blurred left out.

    Returns:
        The numbers of the blurred ones.

    Raises:
        CaptureError: a photo cannot be read.
    """
    files, sharpness = [], []
    for index, photo in enumerate(photos):
        progress(index, len(photos), "reading photos")
        picture = _shrunk(open_photo(photo))
        files.append(folder / written_name(index, photo))
        picture.save(files[-1], quality=95)
        sharpness.append(frame_sharpness(np.asarray(picture)))
    limit = BLURRED_SHARE * float(np.median(sharpness))
    blurred = [index for index, value in enumerate(sharpness) if value < limit]
    if len(photos) - len(blurred) < FEWEST_PHOTOS:
        return []
    for index in blurred:
        files[index].unlink()
    return blurred


def written_name(index: int, photo: Path) -> str:
    """The name under which a photo is written: in its order, and without blanks."""
    return f"{index:0{NUMBER_LENGTH - 1}d}_{safe_file_name(photo.stem)}.jpg"


def frame_sharpness(frame: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of a picture [H, W, 3], shrunk to about 500 pixels."""
    from scipy import ndimage  # 25 MiB that the window need not hold

    step = max(1, max(frame.shape[:2]) // 500)
    grey = Image.fromarray(frame).convert("L").reduce(step)
    return float(ndimage.laplace(np.asarray(grey, dtype=np.float32)).var())


def _shrunk(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    copy.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    return copy
