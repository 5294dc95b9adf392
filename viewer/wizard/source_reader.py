"""Reads sources and looks at plans: the wizard's work off the window's thread."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from dvox_core.data.formats import recognise
from dvox_core.data.importing import ImportOptions, ImportPlan, fit_grid, plan_import
from dvox_core.data.photos import PhotoFolder, Video
from dvox_core.data.pictures import small_picture
from dvox_core.data.placement import Placed, coverage
from dvox_core.data.source import SourceView
from dvox_core.data.structure_from_motion import find_cameras
from dvox_core.data.survey import survey_source
from dvox_core.data.turning import turn_source, turn_views
from dvox_core.errors import Cancelled, UserError
from dvox_core.geometry.cameras import Intrinsics
from viewer.view3d.projection import camera_pyramids
from viewer.wizard.plan import Finding

Report = Callable[[float, str], None]

THUMBNAIL_SIDE = 160  # pixels; tiles are half as wide, for screens of scale 2
MAX_THUMBNAILS = 48
LARGE_SIDE = 1024


def find_source(given: Path, workspace: Path, progress: Report) -> Finding:
    """Recognise what was chosen and read it; cameras of photos and videos are found first.

    Args:
        given: a file or a folder.
        workspace: an empty folder that lives as long as the finding.
        progress: as operations report it; may raise `Cancelled`.

    Raises:
        CaptureError: in one line, what is wrong and what to do.
    """

    def tell(done: int, total: int, what: str) -> None:
        words = f"{what}, {done} of {total}" if total else what
        progress(done / total if total else 0.0, words)

    progress(0.0, "looking at what it is")
    found = recognise(given)
    if isinstance(found, (PhotoFolder, Video)):
        folder = workspace / "cameras"
        folder.mkdir(parents=True)
        try:
            source = find_cameras(given, folder, tell)
        except (Cancelled, UserError):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        source = replace(source, format_name=found.name)
        return Finding(given, folder, source, survey_source(source, tell))
    source = found.read(given, workspace, tell)
    return Finding(given, given, source, survey_source(source, tell))


@dataclass(frozen=True, eq=False)
class Look:
    """What the import of a finding would make.

    Attributes:
        options: of the import that was looked at.
        views: turned as the options say; one a picture, blind ones too.
        points: [N, 3], turned likewise.
        intrinsics: of the imported pictures.
        placed: the grid and the near plane.
        pyramids: [views, 8, 2, 3], edges that show where each camera stands.
        shares: [views], the share of the grid that each sees, 0…1.
        camera_up: the cameras' up in the source's own world.
        plan: what would be imported; None where it cannot be.
        problem: why not, as a line; or "".
    """

    options: ImportOptions
    views: tuple[SourceView, ...]
    points: NDArray[np.float64]
    intrinsics: Intrinsics
    placed: Placed
    pyramids: NDArray[np.float64]
    shares: NDArray[np.float64]
    camera_up: tuple[float, float, float]
    plan: ImportPlan | None
    problem: str

    @property
    def blind(self) -> tuple[int, ...]:
        """Numbers of the views that see nothing of the grid."""
        return tuple(int(index) for index in np.flatnonzero(self.shares == 0))

    @property
    def inside(self) -> tuple[int, ...]:
        """Numbers of the views whose cameras stand inside the grid."""
        placement = self.placed.placement
        return tuple(
            index
            for index, view in enumerate(self.views)
            if placement.contains(view.camera.position)
        )


def look_at(finding: Finding, options: ImportOptions) -> Look:
    """Place the grid, count what every camera sees, and plan the import; reads no file.

    Raises:
        CaptureError: no grid can be placed at all.
    """
    survey = finding.survey
    source = turn_source(finding.source, options.up)
    views = turn_views(survey.views, options.up)
    cameras = [view.camera for view in views]
    intrinsics = survey.intrinsics(options.size)
    placed = fit_grid(finding.given, views, intrinsics, source, options)
    plan, problem = None, ""
    try:
        plan = plan_import(finding.path, finding.source, survey, options)
    except UserError as error:
        problem = " ".join(str(error).split())
    return Look(
        options=options,
        views=views,
        points=source.points,
        intrinsics=intrinsics,
        placed=placed,
        pyramids=camera_pyramids(views, np.asarray(placed.placement.center)),
        shares=coverage(cameras, intrinsics, placed.placement, placed.near_plane),
        camera_up=finding.camera_up,
        plan=plan,
        problem=problem,
    )


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A small picture of a view; `problem` is a line where it cannot be decoded."""

    index: int
    image: QImage
    problem: str = ""


def load_thumbnails(finding: Finding, progress: Report) -> list[Thumbnail]:
    """Small pictures of at most `MAX_THUMBNAILS` views, evenly spread."""
    count = len(finding.survey.views)
    shown = np.unique(np.linspace(0, count - 1, min(count, MAX_THUMBNAILS)).round().astype(int))
    thumbnails = []
    for number, index in enumerate(shown):
        progress(number / len(shown), "making thumbnails")
        thumbnails.append(load_picture(finding, int(index), THUMBNAIL_SIDE))
    return thumbnails


def load_picture(finding: Finding, index: int, side: int = LARGE_SIDE) -> Thumbnail:
    """One view's picture, as import would open it."""
    view, upright = finding.survey.views[index], finding.survey.upright[index]
    try:
        picture = small_picture(view.picture_path, side, upright=upright)
    except UserError as error:
        return Thumbnail(index, QImage(), " ".join(str(error).split()))
    size = (picture.width, picture.height, 3 * picture.width)
    image = QImage(picture.tobytes(), *size, QImage.Format.Format_RGB888)
    return Thumbnail(index, image.copy())
