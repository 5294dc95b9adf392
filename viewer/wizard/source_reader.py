"""Reads sources, their thumbnails and pictures, off the window's thread."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from dvox_core.data.background_check import background_differs
from dvox_core.data.formats import recognise
from dvox_core.data.object_folder import ObjectFolder
from dvox_core.data.photo_files import open_photo
from dvox_core.data.photos import PhotoFolder, Video
from dvox_core.data.pictures import small_picture
from dvox_core.data.source import Dropped
from dvox_core.data.survey import survey_source
from dvox_core.errors import UserError
from viewer.widgets.images import array_image
from viewer.wizard.object_masks import masked_picture, read_mask
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

    def report_all(done: int, total: int, what: str) -> None:
        progress(done / total if total else 0.0, what)

    progress(0.0, "looking at what it is")
    found = recognise(given)
    if isinstance(found, (PhotoFolder, Video)):
        source = found.read(given, workspace, report_all)
        survey = survey_source(source)  # heads of small JPEGs: quick
    else:
        source = found.read(given, workspace, report)
        survey = survey_source(source, report)
    progress(1.0, "looking at the background")
    differs = background_differs(survey)
    return FoundSource(given, source.cameras_from or given, source, survey, differs)


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A small picture.

    Attributes:
        index: of the view; -1 for a picture that was left out.
        problem: a line where it cannot be decoded; or "".
        left_out: why it was left out, with its name; or "".
    """

    index: int
    image: QImage
    problem: str = ""
    left_out: str = ""


def load_thumbnails(
    found_source: FoundSource, limit: int, progress: Report, masks: ObjectFolder | None = None
) -> list[Thumbnail]:
    """Small pictures of all that was left out, and of at most `limit` views, evenly spread.

    Args:
        found_source: whose pictures.
        limit: of views.
        progress: as operations report it; may raise `Cancelled`.
        masks: where they are, pictures are pale around the object.
    """
    count = len(found_source.survey.views)
    indices = np.unique(np.linspace(0, count - 1, min(count, limit)).round().astype(int))
    dropped = found_source.source.dropped[:MAX_THUMBNAILS]
    thumbnails = []
    for number, index in enumerate(indices):
        progress(number / (len(indices) + len(dropped)), "making thumbnails")
        thumbnails.append(load_picture(found_source, int(index), THUMBNAIL_SIDE, masks))
    return [*(_dropped_thumbnail(one) for one in dropped), *thumbnails]


def _dropped_thumbnail(dropped: Dropped) -> Thumbnail:
    words = f"{dropped.name} is left out: {dropped.reason}"
    try:
        picture = open_photo(dropped.picture_path)
    except UserError:
        return Thumbnail(-1, QImage(), left_out=words)
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Thumbnail(-1, array_image(np.asarray(picture)), left_out=words)


def load_picture(
    found_source: FoundSource,
    index: int,
    side: int = LARGE_SIDE,
    masks: ObjectFolder | None = None,
) -> Thumbnail:
    """One view's picture, as import would open it; pale around the object where there are masks."""
    view, upright = found_source.survey.views[index], found_source.survey.upright[index]
    try:
        picture = np.asarray(small_picture(view.picture_path, side, upright=upright))
        if masks is not None:
            picture = masked_picture(picture, read_mask(masks.mask_path(view.name)))
    except UserError as error:
        return Thumbnail(index, QImage(), " ".join(str(error).split()))
    return Thumbnail(index, array_image(picture))
