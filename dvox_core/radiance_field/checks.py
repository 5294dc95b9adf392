"""Tells within a fit's first minute, in a line, what is likely wrong with a capture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import CaptureError
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.field import Array, RadianceField
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.views import FieldViews

FEWEST_VIEWS = 2
LEAST_CONTRAST = 0.01
"""Standard deviation of all pictures' values, of 1, below which there is nothing to see."""

CHECKED_VIEWS = 8
CHECKED_SIDE = 32
LEAST_SHARE_SEEN = 0.002
"""Share of the pictures' pixels that a found object covers at least."""

LEAST_GAIN_DB = 3.0
"""A fit is better than one picture for all views by so much at least. Robot and lego: 11 dB
after the first stage, the fox with surroundings 13; with shuffled poses −1 and −0.4, and 1.4 for
the tests' plain cube."""

NEAR_COLOR = 0.06
PLAIN_SHARE = 0.9


@dataclass(frozen=True)
class BorderColor:
    """What the pictures' borders look like.

    Attributes:
        color: their median, red, green, blue in 0…1.
        share: of the border's pixels that are within 0.06 of it in every channel.
    """

    color: tuple[float, float, float]
    share: float

    @property
    def is_plain(self) -> bool:
        """Whether the pictures stand before one colour."""
        return self.share >= PLAIN_SHARE


def border_color(views: FieldViews) -> BorderColor:
    """The colour behind the object, as far as the pictures' outermost pixels tell."""
    pictures = views.pictures
    borders = [pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]]
    pixels = np.concatenate([border.reshape(-1, 3) for border in borders]) * views.value_scale
    median = np.median(pixels, axis=0)
    near = (np.abs(pixels - median) <= NEAR_COLOR).all(axis=1).mean()
    red, green, blue = (float(value) for value in median)
    return BorderColor((red, green, blue), float(near))


def require_sound_views(views: FieldViews, placement: GridPlacement) -> None:
    """Refuse what no field can be fitted to, before a step is made.

    Raises:
        CaptureError: too few views, pictures without contrast, or cameras inside the cube.
    """
    count = len(views.cameras)
    if count < FEWEST_VIEWS:
        raise CaptureError(
            f"{count} training view{'s' * (count != 1)}: shape is found from the difference "
            "between views; give pictures from all around the object, 50 or more"
        )
    contrast = float(np.std(_small(views)))
    if contrast < LEAST_CONTRAST:
        raise CaptureError(
            f"the pictures hold nothing but one tone (contrast {contrast:.3f} of 1); look at them: "
            "are they black, overexposed, or masked away?"
        )
    inside = sum(placement.contains(camera.position) for camera in views.cameras)
    if inside:
        raise CaptureError(
            f"{inside} of {count} cameras are inside the voxel grid (side {placement.scale:.3g}); "
            "make the grid smaller or move its centre to the object, so that all look at it from "
            "outside"
        )


def doubt_about(field: RadianceField, views: FieldViews, psnr: float) -> str:
    """What is likely wrong when a fit's first stages found nothing; '' if they found something.

    Args:
        field: as it is after a stage.
        views: what it is fitted to.
        psnr: decibels, the mean of the last steps.
    """
    renderer = FieldRenderer(field)
    chosen = np.linspace(0, len(views.cameras) - 1, CHECKED_VIEWS).astype(int)
    seen = [
        renderer.render(views.cameras[number], views.intrinsics, CHECKED_SIDE).alpha.mean()
        for number in chosen
    ]
    if max(seen) < LEAST_SHARE_SEEN:
        return (
            "the fit finds nothing in the voxel grid: the object is outside it, or the poses do "
            "not belong to the pictures; check the grid's centre and scale, and the poses' "
            "direction (camera-to-world, z forward)"
        )
    gain = psnr - mean_picture_psnr(views)
    if gain >= LEAST_GAIN_DB:
        return ""
    if not border_color(views).is_plain and field.background.surroundings is None:
        return (
            "the fit is no better than one picture for all views: the pictures show more than the "
            "object in the voxel grid; fit them with surroundings, or mask the background"
        )
    return (
        "the fit is no better than one picture for all views: the poses likely do not belong to "
        "the pictures; check their order and direction (camera-to-world, z forward) and the focal "
        "length"
    )


def mean_picture_psnr(views: FieldViews) -> float:
    """Decibels of showing the mean of all pictures for every view."""
    small = _small(views)
    error = float(np.square(small - small.mean(axis=0)).mean())
    return -10 * float(np.log10(max(error, 1e-10)))


def _small(views: FieldViews) -> Array:
    """[N, h, w, 3] in 0…1: every so many-th pixel, 64 at most along a side."""
    pictures: NDArray[np.generic] = views.pictures
    step = max(1, -(-pictures.shape[1] // 64))
    return np.asarray(pictures[:, ::step, ::step], dtype=np.float32) * np.float32(views.value_scale)
