"""Masks of the object in a capture's box, by its geometry: no other model is needed.

A radiance field with surroundings is fitted to the pictures as they are. What stands out in it,
before floor and walls, is the object, and the part of a picture that it covers is its mask there.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from dvox_core.atomic_files import atomic_file, atomic_folder
from dvox_core.data.box_crop import SHOWN, shown_path
from dvox_core.data.capture import Capture, View
from dvox_core.data.loading import load_capture
from dvox_core.data.object_folder import box_warning
from dvox_core.data.pictures import opaque_part, open_picture, parse_color
from dvox_core.errors import CaptureError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.checks import require_sound_views
from dvox_core.radiance_field.config import FieldConfig, FieldStage
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.fitting import FieldFitter
from dvox_core.radiance_field.object_finding import FoundObject, find_object, find_roughly
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.views import FieldViews, load_shown_views

Progress = Callable[[int, int, str], None]
Mask = NDArray[np.uint8]

FIT_SIDE = 192
"""Pictures are fitted at so many pixels: shape needs no more."""

COARSE_STAGES = (FieldStage(32, 250, 4096, 0.5, 0.05, 0.5, 32),)
FINE_STAGES = (
    FieldStage(32, 150, 4096, 0.5, 0.05, 0.5, 32),
    FieldStage(64, 500, 8192, 0.3, 0.05, 0.2, 64),
)
PRESSURE = 1e-3
"""More than a field for pictures needs: what could as well be outside the box has to be."""

WIDE, CLOSE = 1.5, 1.25
"""Sides of the cubes that are fitted, in sides of the box and of the object's own box after a first
look: a box that cuts the object would be all that is ever found of it."""

LARGEST_SHARE_TO_CAMERA = 0.9

SMALLEST_PART = 0.05
"""Parts of a mask with a smaller share of the largest one's pixels are left out."""

LARGEST_HOLE = 0.01
"""Holes in a mask with a smaller share of the largest part's pixels are filled."""

SOFTNESS = 0.3
"""Coverage from this much below the threshold to as much above it fades from nothing to all."""

THRESHOLD = 0.5

PHOTOS, MASKS = "photos", "masks"
"""Folders of a masked capture beside rgb/: its pictures as they were, and what was kept of them."""


@dataclass(frozen=True)
class MaskReport:
    """What masking a capture did.

    Attributes:
        counts: how many pictures.
        shares: the smallest, the mean and the largest share of a picture that is the object.
        warning: what is likely wrong with the box, as a line; or "".
    """

    counts: int
    shares: tuple[float, float, float]
    warning: str = ""

    @property
    def line(self) -> str:
        """For people."""
        least, mean, most = (f"{share:.0%}" for share in self.shares)
        return f"{self.counts} pictures masked: the object fills {mean} of them, {least} to {most}"


@dataclass(frozen=True)
class Fit:
    """How the object is looked for.

    Attributes:
        coarse, fine: stages of the first look, and of the second, closer one.
    """

    coarse: tuple[FieldStage, ...] = COARSE_STAGES
    fine: tuple[FieldStage, ...] = FINE_STAGES

    @property
    def steps(self) -> int:
        """Of both."""
        return sum(stage.steps for stage in (*self.coarse, *self.fine))


STANDARD_FIT = Fit()


def look_for_object(
    views: FieldViews,
    box: GridPlacement,
    progress: Progress,
    fit: Fit = STANDARD_FIT,
    seed: int = 0,
) -> FoundObject:
    """Find the object by two fits: of all around the box, then of what was found there.

    Args:
        views: pictures of the object before any background.
        box: roughly around the object; its middle matters most.
        progress: called as work goes on; may raise `Cancelled`.
        fit: how long.
        seed: of the fits' rays.

    Raises:
        CaptureError: nothing can be fitted to these views, or nothing stands out.
    """

    def near(done: int) -> None:
        progress(done, fit.steps, "finding the object")

    roughly = look_roughly(views, box, near, fit.coarse, seed)
    begun = fit.steps - sum(stage.steps for stage in fit.fine)
    cube = _enlarged(roughly.box, CLOSE, views)
    field = _fitted(views, cube, fit.fine, seed, lambda done: near(begun + done))
    return find_object(field, views, roughly.box)


def look_roughly(
    views: FieldViews,
    box: GridPlacement,
    progress: Callable[[int], None],
    stages: tuple[FieldStage, ...] = COARSE_STAGES,
    seed: int = 0,
) -> FoundObject:
    """Where the object is, by the first seconds of a fit of all around the box.

    Its box and its places are right to about a tenth of its size; its outline is not.

    Args:
        views: pictures of the object before any background.
        box: roughly around the object; its middle matters most.
        progress: called with the steps that are done; may raise `Cancelled`.
        stages: of the fit.
        seed: of its rays.

    Raises:
        CaptureError: nothing can be fitted to these views, or nothing stands out.
    """
    require_sound_views(views, box)
    field = _fitted(views, _enlarged(box, WIDE, views), stages, seed, progress)
    return find_roughly(field, views, box)


def _fitted(
    views: FieldViews,
    cube: GridPlacement,
    stages: tuple[FieldStage, ...],
    seed: int,
    progress: Callable[[int], None],
) -> RadianceField:
    config = FieldConfig(stages=stages, pressure=PRESSURE)
    fitter = FieldFitter(views, cube, config, seed, threads=os.cpu_count())
    try:
        while not fitter.is_done:
            progress(fitter.step_number)
            fitter.step()
        return fitter.field
    finally:
        fitter.close()


def _enlarged(box: GridPlacement, share: float, views: FieldViews) -> GridPlacement:
    """The box so many times larger, as far as cameras stay outside."""
    positions = np.array([camera.position for camera in views.cameras])
    reach = float(np.abs(positions - np.asarray(box.center)).max(axis=1).min())
    widest = max(box.scale, 2 * LARGEST_SHARE_TO_CAMERA * reach)
    return replace(box, scale=min(share * box.scale, widest))


def object_coverage(found: FoundObject, capture: Capture, view: View, side: int) -> Mask:
    """[side, side] uint8: how much of each pixel of a view the object covers, 255 all of it."""
    renderer = FieldRenderer(found.indicator, os.cpu_count() or 1)
    covered = renderer.render(view.camera, capture.intrinsics, side).alpha
    return np.asarray(np.clip(np.round(covered * 255), 0, 255), dtype=np.uint8)


def as_mask(coverage: Mask, threshold: float = THRESHOLD) -> Mask:
    """Coverage with a clear edge at `threshold` (0…1), without specks and pinholes.

    What is kept is the largest connected part and those of at least a twentieth of it; holes of a
    hundredth of it are filled.
    """
    share = coverage.astype(np.float32) / 255
    labels, count = ndimage.label(share > threshold)
    if count:
        sizes = np.bincount(labels.reshape(-1))[1:]
        kept = np.concatenate([[False], sizes >= SMALLEST_PART * sizes.max()])
        # What is below the threshold fades out with the part next to it, or goes with it.
        nearest = ndimage.distance_transform_edt(
            labels == 0, return_distances=False, return_indices=True
        )
        share = np.where(kept[labels[tuple(nearest)]], share, 0.0)
        gaps = ndimage.label(share <= threshold)[0]
        sizes_of_gaps = np.bincount(gaps.reshape(-1))
        small = sizes_of_gaps < LARGEST_HOLE * sizes.max()
        small[0] = False
        share = np.where(small[gaps], 1.0, share)
    soft = np.clip((share - threshold) / (2 * SOFTNESS) + 0.5, 0, 1)
    return np.asarray(np.round(soft * 255), dtype=np.uint8)


def mask_again(coverage: Path, threshold: float) -> Mask:
    """[H, W]: the mask of a coverage that was written, at another threshold.

    Raises:
        CaptureError: it cannot be read.
    """
    try:
        with Image.open(coverage) as file:
            return as_mask(np.asarray(file.convert("L")), threshold)
    except OSError as error:
        raise CaptureError(f"{coverage}: cannot be read; find the object again") from error


def put_on(picture: Image.Image, mask: Mask, background: str) -> Image.Image:
    """The picture where its mask is white, the background where it is black."""
    canvas = Image.new("RGB", picture.size, parse_color(background))
    canvas.paste(picture, mask=Image.fromarray(mask).resize(picture.size, Image.Resampling.BICUBIC))
    return canvas


def mask_capture(
    path: Path,
    out: Path,
    progress: Progress,
    *,
    background: str = "white",
    threshold: float = THRESHOLD,
    fit_to: Path | None = None,
    fit: Fit = STANDARD_FIT,
) -> MaskReport:
    """Write a capture anew, with all but the object in its box replaced by the background.

    Each split of `out` has rgb/, and beside it photos/ (as they were) and masks/ (white is the
    object), which may be mended with any paint program; see `apply_masks`.

    Args:
        path: a capture as import writes it.
        out: a folder that does not exist yet, or is empty.
        progress: called as work goes on; may raise `Cancelled`.
        background: a colour's name or #rrggbb.
        threshold: share of a pixel that the object covers at least.
        fit_to: a capture of the same world whose pictures are fitted instead, as they show more;
            see `crop` of `ImportOptions`.
        fit: how long the object is looked for.

    Raises:
        CaptureError: nothing was found, or a file cannot be used.
    """
    parse_color(background)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CaptureError(f"{out}: exists already; choose another folder, or delete this one")
    capture = load_capture(path, test_every=0)
    fitted = capture if fit_to is None else load_capture(fit_to, test_every=0)
    views = load_shown_views(fitted, min(FIT_SIDE, fitted.intrinsics.height))
    found = look_for_object(views, capture.placement, progress, fit)
    own = found.within(capture.placement)

    def mask_of(view: View, picture: Image.Image) -> Mask:
        return as_mask(object_coverage(own, capture, view, picture.width), threshold)

    report = write_masked(path, capture, out, mask_of, background, progress)
    return replace(report, warning=box_warning(found.points, found.box, capture.placement))


def write_masked(
    path: Path,
    capture: Capture,
    out: Path,
    mask_of: Callable[[View, Image.Image], Mask],
    background: str,
    progress: Progress,
) -> MaskReport:
    """Write a capture with masks that are found picture by picture; see `mask_capture`."""
    shares = []
    with atomic_folder(out) as folder:
        for index, view in enumerate(capture.views):
            progress(index, len(capture.views), "masking pictures")
            split = view.picture_path.parent.parent
            target = folder / split.relative_to(path)
            picture = open_picture(view.picture_path, background, upright=False)
            mask = np.minimum(mask_of(view, picture), opaque_part(view.picture_path))
            shares.append(float(mask.mean() / 255))
            for name in ("rgb", PHOTOS, MASKS):
                (target / name).mkdir(parents=True, exist_ok=True)
            shutil.copy2(view.picture_path, target / PHOTOS / view.picture_path.name)
            shown = shown_path(view.picture_path)
            if shown.is_file():
                (target / SHOWN).mkdir(exist_ok=True)
                shutil.copy2(shown, target / SHOWN / shown.name)
            file = f"{view.picture_path.stem}.png"
            Image.fromarray(mask).save(target / MASKS / file)
            put_on(picture, mask, background).save(target / "rgb" / file)
        for text in path.rglob("*.txt"):  # poses, intrinsics and the import's report
            copy = folder / text.relative_to(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(text, copy)
    progress(len(capture.views), len(capture.views), "masking pictures")
    return MaskReport(len(shares), (min(shares), float(np.mean(shares)), max(shares)))


def apply_masks(path: Path, background: str, progress: Progress) -> MaskReport:
    """Put a masked capture's photos on the background anew, after its masks were mended.

    Raises:
        CaptureError: the capture has no photos/ and masks/, or one of them cannot be used.
    """
    capture = load_capture(path, test_every=0)
    shares = []
    for index, view in enumerate(capture.views):
        progress(index, len(capture.views), "masking pictures")
        split, stem = view.picture_path.parent.parent, view.picture_path.stem
        photos = sorted((split / PHOTOS).glob(f"{stem}.*"))
        mask_path = split / MASKS / f"{stem}.png"
        if not photos or not mask_path.is_file():
            missing = mask_path if photos else split / PHOTOS / f"{stem}.png"
            raise CaptureError(f"{missing}: not found; mask the capture again")
        picture = open_picture(photos[0], background, upright=False)
        mask = np.asarray(open_picture(mask_path, upright=False).convert("L"))
        mask = np.minimum(mask, opaque_part(photos[0]))
        shares.append(float(mask.mean() / 255))
        with atomic_file(view.picture_path) as temporary:
            put_on(picture, mask, background).save(temporary)
    progress(len(capture.views), len(capture.views), "masking pictures")
    return MaskReport(len(shares), (min(shares), float(np.mean(shares)), max(shares)))
