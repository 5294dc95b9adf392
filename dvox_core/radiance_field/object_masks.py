"""Masks of the object in a capture's box, by its geometry: no other model is needed.

A radiance field with surroundings is fitted to the pictures as they are. What lies in the box then
explains the object alone, and the part of a picture that it covers is the object's mask there.
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
from dvox_core.data.capture import Capture, View
from dvox_core.data.loading import load_capture
from dvox_core.data.pictures import has_transparency, open_picture, parse_color
from dvox_core.errors import CaptureError
from dvox_core.radiance_field.checks import require_sound_views
from dvox_core.radiance_field.config import FieldConfig, FieldStage
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.fitting import FieldFitter
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.views import load_field_views

Progress = Callable[[int, int, str], None]
Mask = NDArray[np.uint8]

FIT_SIDE = 128
"""Pictures are fitted at so many pixels: shape needs no more."""

MASK_STAGES = (
    FieldStage(32, 250, 4096, 0.5, 0.05, 0.5, 32),
    FieldStage(64, 450, 8192, 0.3, 0.05, 0.2, 64),
)
PRESSURE = 1e-3
"""More than a field for pictures needs: what could as well be outside the box has to be."""

OPAQUE = 0.1
"""Opacity of a voxel from which on it counts as something."""

SMALLEST_PART = 0.05
"""Parts of the box's content with a smaller share of the largest one's voxels are left out."""

FACE_SHARE = 0.03
"""With a larger share of a box's face filled, something goes on beyond it."""

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


def fit_object(
    capture: Capture, progress: Progress, config: FieldConfig | None = None, seed: int = 0
) -> RadianceField:
    """What lies in the capture's box, without what is around it.

    Args:
        capture: pictures of the object before any background.
        progress: called as work goes on; may raise `Cancelled`.
        config: of the fit; with surroundings.
        seed: of the fit's rays.

    Raises:
        CaptureError: nothing can be fitted to these views.
    """
    config = config or FieldConfig(stages=MASK_STAGES, pressure=PRESSURE)
    views = load_field_views(capture, min(FIT_SIDE, capture.intrinsics.height))
    require_sound_views(views, capture.placement)
    fitter = FieldFitter(views, capture.placement, config, seed, threads=os.cpu_count())
    try:
        while not fitter.is_done:
            progress(fitter.step_number, config.steps, "finding the object")
            fitter.step()
        field = fitter.field
    finally:
        fitter.close()
    field = replace(field, background=replace(field.background, surroundings=None))
    return without_small_parts(field)


def without_small_parts(field: RadianceField) -> RadianceField:
    """The field with its small separate parts made empty.

    Raises:
        CaptureError: there is nothing in it.
    """
    labels, count = ndimage.label(field.opacity() > OPAQUE)
    if not count:
        raise CaptureError(
            "nothing was found in the box: place it around the object (centre and side), or give "
            "the pictures masks"
        )
    sizes = np.bincount(labels.reshape(-1))[1:]
    kept = np.concatenate([[False], sizes >= SMALLEST_PART * sizes.max()])
    near = ndimage.binary_dilation(kept[labels], iterations=1)
    return replace(field, density=np.where(near, field.density, -10.0).astype(np.float32))


def object_coverage(field: RadianceField, capture: Capture, view: View, side: int) -> Mask:
    """[side, side] uint8: how much of each pixel of a view the field covers, 255 all of it."""
    renderer = FieldRenderer(field, os.cpu_count() or 1)
    alpha = renderer.render(view.camera, capture.intrinsics, side).alpha
    return np.asarray(np.clip(np.round(alpha * 255), 0, 255), dtype=np.uint8)


def as_mask(coverage: Mask, threshold: float = THRESHOLD) -> Mask:
    """Coverage with a clear edge at `threshold` (0…1), without specks.

    What is kept is the largest connected part and those of at least a twentieth of it.
    """
    share = coverage.astype(np.float32) / 255
    labels, count = ndimage.label(share > threshold)
    if count > 1:
        sizes = np.bincount(labels.reshape(-1))[1:]
        kept = np.concatenate([[True], sizes >= SMALLEST_PART * sizes.max()])
        share = np.where(kept[labels], share, 0.0)
    soft = np.clip((share - threshold) / (2 * SOFTNESS) + 0.5, 0, 1)
    return np.asarray(np.round(soft * 255), dtype=np.uint8)


def shown(path: Path) -> Mask:
    """[H, W] uint8: 255 where a picture shows anything; less where it is transparent or padded."""
    with Image.open(path) as file:
        if not has_transparency(file):
            return np.full((file.height, file.width), 255, dtype=np.uint8)
        return np.asarray(file.convert("RGBA").getchannel("A"))


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
    config: FieldConfig | None = None,
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
        fit_to: a capture of the same world and box whose pictures are fitted instead, as those of
            `path` are padded; see `crop` of `ImportOptions`.
        config: of the fit.

    Raises:
        CaptureError: nothing was found, or a file cannot be used.
    """
    parse_color(background)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CaptureError(f"{out}: exists already; choose another folder, or delete this one")
    capture = load_capture(path, test_every=0)
    fitted = capture if fit_to is None else load_capture(fit_to, test_every=0)
    if fitted.placement != capture.placement:
        raise CaptureError(
            f"{fit_to}: has another box than {path}; import both with the same centre and scale"
        )
    field = fit_object(fitted, progress, config)

    def mask_of(view: View, picture: Image.Image) -> Mask:
        return as_mask(object_coverage(field, capture, view, picture.width), threshold)

    report = write_masked(path, capture, out, mask_of, background, progress)
    return replace(report, warning=box_warning(field))


def box_warning(field: RadianceField) -> str:
    """What is likely wrong with a box whose content reaches its faces, as a line; or ""."""
    opaque = field.opacity() > OPAQUE
    faces = []
    for axis, name in ((2, "x"), (1, "y"), (0, "z")):
        for sign, index in (("−", 1), ("+", -2)):  # the outermost voxels mix with what is outside
            if opaque.take(index, axis).mean() > FACE_SHARE:
                faces.append(f"{sign}{name}")
    if not faces:
        return ""
    return (
        f"what is in the box reaches its faces at {', '.join(faces)}: if that is the object, make "
        "the box larger, and if it is a floor or a wall, smaller (import --center --scale)"
    )


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
            mask = np.minimum(mask_of(view, picture), shown(view.picture_path))
            shares.append(float(mask.mean() / 255))
            for name in ("rgb", PHOTOS, MASKS):
                (target / name).mkdir(parents=True, exist_ok=True)
            shutil.copy2(view.picture_path, target / PHOTOS / view.picture_path.name)
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
        mask = np.minimum(mask, shown(photos[0]))
        shares.append(float(mask.mean() / 255))
        with atomic_file(view.picture_path) as temporary:
            put_on(picture, mask, background).save(temporary)
    progress(len(capture.views), len(capture.views), "masking pictures")
    return MaskReport(len(shares), (min(shares), float(np.mean(shares)), max(shares)))
