"""What an import tells of its decisions about pictures, lenses and squares."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.box_crop import BoxCrop, lost_share, padded_share
from dvox_core.data.lens import Lens
from dvox_core.data.loading import exif_notes, oddity_notes
from dvox_core.data.placement import Placed
from dvox_core.data.source import SourceView
from dvox_core.data.survey import Survey
from dvox_core.geometry.cameras import Intrinsics


def numbers_text(values: Sequence[float]) -> str:
    """Numbers in a row, short."""
    return ", ".join(f"{value:.4g}" for value in values)


def picture_messages(survey: Survey, background: str, masks: bool) -> list[str]:
    """What is peculiar of the pictures: kinds, orientation, transparency, masks."""
    views, infos, upright = survey.views, survey.infos, survey.upright
    lines = []
    oddities: dict[str, list[str]] = {}
    for view, info in zip(views, infos, strict=True):
        if info.oddity:
            oddities.setdefault(info.oddity, []).append(view.picture_path.name)
    lines += oddity_notes(oddities)
    turned = sum(info.turned and turn for info, turn in zip(infos, upright, strict=True))
    ignored = sum(info.turned for info in infos) - turned
    if turned:
        lines.append(f"{turned} pictures turned as their EXIF orientation says")
    lines += exif_notes(ignored)
    transparent = sum(info.transparent for info in infos)
    if transparent:
        lines.append(f"{transparent} transparent pictures put on {background}")
    masked = sum(view.mask_path is not None for view in views)
    if masked and masks:
        lines.append(f"{masked} pictures have masks: their black parts are {background}")
    elif masked:
        lines.append(f"{masked} masks ignored")
    return lines


def lens_messages(survey: Survey) -> list[str]:
    """What becomes of the pictures' lenses."""
    views = survey.views
    lenses = list(dict.fromkeys(view.lens for view in views))
    lines = []
    distorted = sum(view.lens.is_distorted for view in views)
    if distorted:
        lines.append(f"{distorted} pictures undistorted")
    folded = {lens for lens in lenses if lens.is_folded}
    if folded:
        count = sum(view.lens in folded for view in views)
        lines.append(
            f"{count} pictures have a distortion that bends back towards their corners: only what "
            "lies inside is used; check the coefficients if the cut is too narrow"
        )
    if len(lenses) > 1:
        lines.append(f"{len(lenses)} different cameras resampled to one")
    return lines


def crop_messages(survey: Survey, intrinsics: Intrinsics) -> list[str]:
    """What the square that all views see leaves of the pictures."""
    lines = []
    lens, side = survey.views[0].lens, survey.crop_side
    if lens.width != lens.height or abs(side / lens.width - 1) > 0.01:
        lines.append(
            f"cropped to the square that all views see whole: about {side:.0f} of "
            f"{lens.width}×{lens.height} pixels, {_kept(lens, side):.0%} of the picture"
        )
    if side < 0.95 * intrinsics.width:
        lines.append(
            f"pictures enlarged from {side:.0f} to {intrinsics.width} pixels; a smaller --size "
            "would lose nothing"
        )
    return lines


def camera_message(intrinsics: Intrinsics) -> str:
    """The one camera of the imported pictures."""
    return (
        f"camera: {intrinsics.width}×{intrinsics.height}, focal length {intrinsics.focal:.2f}, "
        f"principal point ({intrinsics.principal_x:.2f}, {intrinsics.principal_y:.2f})"
    )


def _kept(lens: Lens, side: float) -> float:
    return min(1.0, side * side / (lens.width * lens.height))


def inside_messages(names: Sequence[str], views: Sequence[SourceView], placed: Placed) -> list[str]:
    """Cameras that stand in the grid."""
    inside = [
        name
        for name, view in zip(names, views, strict=True)
        if placed.placement.contains(view.camera.position)
    ]
    if not inside:
        return []
    return [
        f"{len(inside)} cameras are inside the grid; choose a smaller side: {', '.join(inside)}"
    ]


def padding_messages(
    views: Sequence[SourceView], crop: BoxCrop, points: NDArray[np.float64] | None
) -> list[str]:
    """How far squares around the box leave their pictures, and what of an object they lose.

    Args:
        views: as they were.
        crop: what they are cropped to.
        points: [N, 3] of the object's surface, where they are known.
    """
    shares = [
        padded_share(view.lens, crop.window, turn)
        for view, turn in zip(views, crop.turns, strict=True)
    ]
    lines = ["cropped to a square around the box in each picture"]
    padded = sum(share > 0.005 for share in shares)
    if padded:
        lines.append(
            f"{padded} squares leave their picture and are padded there, by {max(shares):.0%} at "
            "the most"
        )
    if points is None:
        return lines
    lost = [lost_share(view, crop, index, points) for index, view in enumerate(views)]
    cut = sum(share > 0.01 for share in lost)
    if cut:
        lines.append(
            f"warning: {cut} squares cut off parts of the object that their pictures show, "
            f"{max(lost):.0%} of it at the most: they were taken from much nearer"
        )
    return lines
