"""Reads sources, their thumbnails and pictures, off the window's thread."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from dvox_core.data.formats import recognise
from dvox_core.data.photos import PhotoFolder, Video
from dvox_core.data.pictures import small_picture
from dvox_core.data.structure_from_motion import find_cameras
from dvox_core.data.survey import survey_source
from dvox_core.errors import Cancelled, UserError
from viewer.widgets.images import array_image
from viewer.wizard.plan import FoundSource

Report = Callable[[float, str], None]

THUMBNAIL_SIDE = 160  # pixels; tiles are half as wide, for screens of scale 2
MAX_THUMBNAILS = 48
LARGE_SIDE = 1024


def find_source(given: Path, workspace: Path, progress: Report) -> FoundSource:
    """Recognise what was chosen and read it; cameras of photos and videos are found first.

    Args:
        given: a file or a folder.
        workspace: an empty folder for what belongs to the source.
        progress: as operations report it; may raise `Cancelled`.

    Raises:
        CaptureError: in one line, what is wrong and what to do.
    """

    def report(done: int, total: int, what: str) -> None:
        text = f"{what}, {done} of {total}" if total else what
        progress(done / total if total else 0.0, text)

    progress(0.0, "looking at what it is")
    found = recognise(given)
    if isinstance(found, (PhotoFolder, Video)):
        folder = workspace / "cameras"
        folder.mkdir(parents=True)
        try:
            source = find_cameras(given, folder, report)
        except (Cancelled, UserError):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        source = replace(source, format_name=found.name)
        return FoundSource(given, folder, source, survey_source(source, report))
    source = found.read(given, workspace, report)
    return FoundSource(given, given, source, survey_source(source, report))


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A small picture of a view; `problem` is a line where it cannot be decoded."""

    index: int
    image: QImage
    problem: str = ""


def load_thumbnails(found_source: FoundSource, progress: Report) -> list[Thumbnail]:
    """Small pictures of at most `MAX_THUMBNAILS` views, evenly spread."""
    count = len(found_source.survey.views)
    indices = np.unique(np.linspace(0, count - 1, min(count, MAX_THUMBNAILS)).round().astype(int))
    thumbnails = []
    for number, index in enumerate(indices):
        progress(number / len(indices), "making thumbnails")
        thumbnails.append(load_picture(found_source, int(index), THUMBNAIL_SIDE))
    return thumbnails


def load_picture(found_source: FoundSource, index: int, side: int = LARGE_SIDE) -> Thumbnail:
    """One view's picture, as import would open it."""
    view, upright = found_source.survey.views[index], found_source.survey.upright[index]
    try:
        picture = small_picture(view.picture_path, side, upright=upright)
    except UserError as error:
        return Thumbnail(index, QImage(), " ".join(str(error).split()))
    return Thumbnail(index, array_image(np.asarray(picture)))
