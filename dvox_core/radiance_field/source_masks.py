"""Finds the object of a source's pictures before any import: a mask for each, in its own pixels."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage

from dvox_core.atomic_files import atomic_folder
from dvox_core.data.importing import ImportOptions, plan_import, write_capture
from dvox_core.data.lens import Lens, Window
from dvox_core.data.loading import load_capture
from dvox_core.data.object_folder import COVERAGE, MASKS, ObjectFolder
from dvox_core.data.pictures import EXIF_ORIENTATION
from dvox_core.data.source import Source
from dvox_core.data.survey import Survey, intrinsics_of
from dvox_core.errors import CaptureError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.object_finding import FoundObject
from dvox_core.radiance_field.object_masks import (
    FIT_SIDE,
    STANDARD_FIT,
    THRESHOLD,
    Fit,
    Mask,
    MaskReport,
    Progress,
    as_mask,
    look_for_object,
)
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.views import FieldViews, load_shown_views
from dvox_core.safe_names import safe_file_names

MASK_SIDE = 384
"""Of the longer side of masks, in pixels, at most; import fits them to their pictures."""

RENDERED_SIDE = 256


def find_source_object(
    path: Path,
    source: Source,
    survey: Survey,
    out: Path,
    progress: Progress,
    *,
    threshold: float = THRESHOLD,
    fit: Fit = STANDARD_FIT,
) -> MaskReport:
    """Find the object that a source's pictures show, and write masks and places of it to `out`.

    The pictures are looked at whole, so that no square and no box cuts the object.

    Args:
        path: the source's, for errors.
        source: as its format read it.
        survey: of that source.
        out: a folder that does not exist yet, or is empty; see `object_folder`.
        progress: called as work goes on; may raise `Cancelled`.
        threshold: share of a pixel that the object covers at least.
        fit: how long the object is looked for.

    Raises:
        CaptureError: nothing was found, or a file cannot be used.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CaptureError(f"{out}: exists already; choose another folder, or delete this one")
    found = look_for_object(*whole_views(path, source, survey, progress), progress, fit)
    shares = []
    files = _file_names([view.name for view in survey.views])
    with atomic_folder(out) as folder:
        (folder / MASKS).mkdir(parents=True)
        (folder / COVERAGE).mkdir()
        coverages = _Coverages(found, survey)
        for index, view in enumerate(survey.views):
            progress(index, len(survey.views), "masking pictures")
            coverage = coverages.of(index)
            mask = as_mask(coverage, threshold)
            shares.append(float(mask.mean() / 255))
            Image.fromarray(coverage).save(folder / COVERAGE / files[view.name])
            Image.fromarray(mask).save(folder / MASKS / files[view.name])
        ObjectFolder(folder, found.points, files).write_facts()
    progress(len(survey.views), len(survey.views), "masking pictures")
    return MaskReport(len(shares), (min(shares), float(np.mean(shares)), max(shares)))


def whole_views(
    path: Path, source: Source, survey: Survey, progress: Progress
) -> tuple[FieldViews, GridPlacement]:
    """All that a source's pictures show, as a field is fitted to it, and the box by its cameras.

    Raises:
        CaptureError: a picture cannot be used, or no box can be placed.
    """
    options = ImportOptions(size=FIT_SIDE, crop="fit", test_every=0, masks=False, force=True)
    with tempfile.TemporaryDirectory() as workspace:
        whole = Path(workspace) / "whole"
        write_capture(plan_import(path, source, survey, options), whole, progress)
        capture = load_capture(whole, test_every=0)
        return load_shown_views(capture, FIT_SIDE), capture.placement


class _Coverages:
    """What the object covers of a source's pictures as they are stored."""

    def __init__(self, found: FoundObject, survey: Survey) -> None:
        self._renderer = FieldRenderer(found.indicator, os.cpu_count() or 1)
        self._survey = survey
        self._window = survey.wide_window
        self._places: dict[Lens, NDArray[np.float64]] = {}

    def of(self, index: int) -> Mask:
        """[H, W] uint8, 255 where all of a pixel is the object."""
        view, info = self._survey.views[index], self._survey.infos[index]
        intrinsics = intrinsics_of(self._window, RENDERED_SIDE)
        covered = self._renderer.render(view.camera, intrinsics, RENDERED_SIDE).alpha
        share = min(1.0, MASK_SIDE / max(view.lens.width, view.lens.height))
        lens = view.lens.scaled_to(
            max(1, round(share * view.lens.width)), max(1, round(share * view.lens.height))
        )
        if lens not in self._places:
            self._places = {lens: _places(lens, self._window)}
        values = ndimage.map_coordinates(covered, self._places[lens], order=1, cval=0.0)
        picture = Image.fromarray(np.clip(np.round(values * 255), 0, 255).astype(np.uint8))
        if self._survey.upright[index] and info.orientation in (2, 3, 4):
            # Masks are of pictures as stored, but for those that lie on their side.
            picture.getexif()[EXIF_ORIENTATION] = info.orientation
            picture = ImageOps.exif_transpose(picture)
        return np.asarray(picture)


def _places(lens: Lens, window: Window) -> NDArray[np.float64]:
    """[2, H, W]: row and column of each of a lens's pixels in a picture of the window."""
    rows, columns = np.mgrid[: lens.height, : lens.width] + 0.5
    rays = lens.unproject(np.stack([columns, rows], axis=-1).reshape(-1, 2))
    scale = RENDERED_SIDE / window.width
    # A capture's cameras are those of pixels' corners: the field is off by half a pixel as fitted.
    offset = 0.5 * RENDERED_SIDE / FIT_SIDE
    columns, rows = ((rays - (window.left, window.top)) * scale - offset).T
    places = np.stack([rows, columns]).reshape(2, lens.height, lens.width)
    return np.asarray(np.nan_to_num(places, nan=-RENDERED_SIDE))


def _file_names(views: list[str]) -> Mapping[str, str]:
    names = [f"{name}.png" for name in safe_file_names(views)]
    return dict(zip(views, names, strict=True))
