"""Makes the pictures of a comparison, both sides and difference; off the window's thread."""

import functools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.true_pictures import TruePicture
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import Frame, without_border
from dvox_core.rendering.pictures import Legend, colors_of
from dvox_core.rendering.scores import (
    Distance,
    PictureScore,
    score_against,
    shows_anything,
    with_padding_right,
)
from dvox_core.rendering.view_difference import (
    ComparedQuantity,
    MapPair,
    compare_grids,
    compare_maps,
    picture_difference,
    picture_psnr,
)
from viewer.text.scenes import why_no_depth
from viewer.text.units import decibels, scores, significant
from viewer.workers.comparison.comparison import ComparedView

Pixels = NDArray[np.uint8]
Grids = tuple[NDArray[np.float32], NDArray[np.float32]]

ONLY_PADDING = "The photo shows nothing here: its square lies outside the picture."

PICTURES = Legend("Difference of the pictures", "of 1", colormaps.DIFFERENCE, -0.5, 0.5)


@dataclass(frozen=True, eq=False)
class ComparisonInputs:
    """What is to be compared.

    Attributes:
        grids: the feature norms of both scenes, where they are known.
        with_lpips: whether pictures are scored by LPIPS too.
    """

    quantity: ComparedQuantity
    scene: Scene
    frame: Frame
    other: ComparedView
    grids: Grids | None
    with_lpips: bool = False

    def is_same(self, former: "ComparisonInputs | None") -> bool:
        """Whether another question has the same answer."""
        return (
            former is not None
            and self.quantity is former.quantity
            and self.frame is former.frame
            and self.other.picture is former.other.picture
            and self.other.frame is former.other.frame
            and self.other.is_here == former.other.is_here
            and self.grids is former.grids
            and self.with_lpips == former.with_lpips
        )


@dataclass(frozen=True, eq=False)
class Compared:
    """Pictures of both sides, [H, W, 4] each, and the verdict.

    Attributes:
        first, second: None where a side does not have the quantity.
        difference: None where the sides cannot be subtracted.
        legend: of the difference.
        verdict: the figure, or why there is none.
        score: against a true picture seen from here.
        problem: why there is no LPIPS although it was asked for; "" where there is.
    """

    sides: ComparisonInputs
    first: Pixels | None
    second: Pixels | None
    difference: Pixels | None
    legend: Legend | None
    verdict: str
    score: PictureScore | None = None
    problem: str = ""


def compare_sides(sides: ComparisonInputs) -> Compared:
    """Some 10 ms for pictures of 512 pixels."""
    other, frame = sides.other, sides.frame
    if sides.quantity is ComparedQuantity.PICTURE or other.frame is None:
        first, second = (_opaque(without_border(side.picture)) for side in (frame, other))
        if not other.is_here:
            return Compared(sides, first, second, None, None, _elsewhere(other))
        ratio = picture_psnr(frame.picture, other.picture, other.shown)
        if np.isnan(ratio):
            return Compared(sides, first, second, None, None, ONLY_PADDING)
        verdict = f"PSNR {decibels(ratio)}" if np.isfinite(ratio) else "The same picture"
        score, problem = None, ""
        truth = TruePicture(other.picture, other.shown)
        if other.frame is None and np.isfinite(ratio) and shows_anything(truth):  # a photo
            score, problem = _score(frame.picture, truth, sides.with_lpips)
            verdict = f"PSNR {scores(score.psnr, score.ssim, score.lpips)}"
        values = picture_difference(frame.picture, other.picture, other.shown)
        values = without_border(values)
        difference = _colored(values, PICTURES)
        return Compared(sides, first, second, difference, PICTURES, verdict, score, problem)
    pair = map_pair(sides)
    if pair is None:
        return Compared(sides, None, None, None, None, _why_not(sides))
    first, second = (_colored(values, pair.legend) for values in (pair.first, pair.second))
    if not other.is_here and sides.quantity is not ComparedQuantity.GRID:
        return Compared(sides, first, second, None, None, _elsewhere(other))
    verdict = f"Mean difference {significant(pair.mean_difference)} {pair.legend.unit}"
    difference = _colored(pair.difference, pair.difference_legend)
    return Compared(sides, first, second, difference, pair.difference_legend, verdict)


def _score(picture: Pixels, truth: TruePicture, with_lpips: bool) -> tuple[PictureScore, str]:
    """The score of a picture whose truth is known, and why LPIPS is missing."""
    score = score_against(picture, truth)
    if not with_lpips:
        return score, ""
    try:
        distance = _lpips()(with_padding_right(picture, truth), truth.pixels)
        return replace(score, lpips=distance), ""
    except UserError as error:
        return score, str(error)


@functools.cache
def _lpips() -> Distance:
    """By AlexNet: VGG16's takes seconds on a CPU."""
    from dvox_core.evaluation.lpips import load_lpips  # torch: not on the window's thread

    return load_lpips("alex")


def map_pair(sides: ComparisonInputs) -> MapPair | None:
    """Both sides as maps; None where one of them does not have the quantity."""
    other = sides.other
    if sides.quantity is ComparedQuantity.GRID:
        return None if sides.grids is None else compare_grids(*sides.grids)
    if other.frame is None or other.scene is None:
        return None
    return compare_maps(
        sides.quantity, sides.frame, other.frame, sides.scene.frustum, other.scene.frustum
    )


def _why_not(sides: ComparisonInputs) -> str:
    """Why there are no maps to compare: one calm line."""
    scenes = [sides.scene] if sides.other.scene is None else [sides.scene, sides.other.scene]
    if sides.quantity is ComparedQuantity.GRID:
        for scene in scenes:
            if not scene.config.has_grid:
                return f"{scene.name}: this system has no voxels to compare."
    for scene in scenes:
        if why := why_no_depth(scene.config):
            return f"{scene.name}: {why[0].lower() + why[1:] if why.startswith('This') else why}"
    return "On its way."


def _elsewhere(other: ComparedView) -> str:
    if other.frame is None:
        return "Seen from another place: go to this view to compare."
    return "On its way…"


def _colored(values: NDArray[np.floating], legend: Legend) -> Pixels:
    return colors_of(values, legend)


def _opaque(rgb: NDArray[np.uint8]) -> Pixels:
    rgba = np.full((*rgb.shape[:2], 4), 255, dtype=np.uint8)
    rgba[..., :3] = rgb
    return rgba
