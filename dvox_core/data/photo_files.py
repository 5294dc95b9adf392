"""Photos as cameras and telephones write them: HEIC and RAW too, where their readers are there.

What a photo says of place, time and people stays behind: only its pixels are handed on, upright.
"""

import importlib
from pathlib import Path
from typing import Any

from PIL import Image

from dvox_core.data.deepvoxels_files import list_files
from dvox_core.data.pictures import PICTURE_ENDINGS, open_picture
from dvox_core.errors import CaptureError
from dvox_core.program import install_command

HEIC_ENDINGS = (".heic", ".heif", ".hif")
RAW_ENDINGS = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw")
PHOTO_ENDINGS = (*PICTURE_ENDINGS, *HEIC_ENDINGS, *RAW_ENDINGS)


def photos_in(path: Path) -> list[Path]:
    """The photos of a folder, or of images/ in it, by their numbers.

    Of a RAW photo beside a picture of the same name, the picture is taken.
    """
    for folder in (path, path / "images"):
        found = list_files(folder, PHOTO_ENDINGS) if folder.is_dir() else []
        if found:
            developed = {photo.stem for photo in found if photo.suffix.lower() not in RAW_ENDINGS}
            return [
                photo
                for photo in found
                if photo.suffix.lower() not in RAW_ENDINGS or photo.stem not in developed
            ]
    return []


def open_photo(path: Path) -> Image.Image:
    """A photo's pixels, RGB and upright; nothing else of what is in the file.

    Raises:
        CaptureError: it cannot be read, or its reader is not installed; the message names it.
    """
    suffix = path.suffix.lower()
    if suffix in RAW_ENDINGS:
        return _develop(path)
    if suffix in HEIC_ENDINGS:
        _reader("pillow_heif", "pillow-heif", path, "HEIC").register_heif_opener()
    picture = open_picture(path)
    return Image.frombytes("RGB", picture.size, picture.tobytes())


def _develop(path: Path) -> Image.Image:
    rawpy = _reader("rawpy", "rawpy", path, "a RAW")
    try:
        with rawpy.imread(str(path)) as raw:
            return Image.fromarray(raw.postprocess(use_camera_wb=True))
    except (OSError, rawpy.LibRawError) as error:
        reason = error.args[0] if error.args else error
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise CaptureError(
            f"{path}: cannot be developed ({said}); save it as JPEG, or leave it out"
        ) from error


def _reader(module: str, distribution: str, path: Path, kind: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise CaptureError(
            f"{path}: {kind} photos need {distribution}, which is not installed; run: "
            f"{install_command(distribution)}"
        ) from error
