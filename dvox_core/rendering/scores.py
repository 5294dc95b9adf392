"""Scores a picture against the true one: PSNR and SSIM of what both are known to show."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.capture import View
from dvox_core.data.true_pictures import TruePicture, load_true_picture
from dvox_core.errors import CaptureError
from dvox_core.rendering.frame import without_border

SSIM_WINDOW = 7
"""Side in pixels of the window that scikit-image's SSIM compares by default."""

Distance = Callable[[NDArray[np.uint8], NDArray[np.uint8]], float]
"""How far a picture is from the truth, [S, S, 3] each: `LpipsDistance`."""


@dataclass(frozen=True)
class PictureScore:
    """How near a picture is to the truth.

    Attributes:
        psnr: peak signal-to-noise ratio in dB; infinite for equal pictures.
        ssim: structural similarity, 1 for equal pictures.
        lpips: how different they look, 0 for equal pictures; None where nobody asked for it.
    """

    psnr: float
    ssim: float
    lpips: float | None = None


def psnr(picture: NDArray[np.uint8], reference: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio of two uint8 pictures of one shape, in dB; ∞ if equal."""
    error = np.mean((picture.astype(np.float64) - reference.astype(np.float64)) ** 2)
    return math.inf if error == 0 else float(10 * np.log10(255**2 / error))


def score_picture(
    picture: NDArray[np.uint8],  # [S, S, 3]
    truth: NDArray[np.uint8],  # [S, S, 3]
) -> PictureScore:
    """Score a picture; its outermost 5 pixels, which training leaves out, do not count."""
    from skimage.metrics import structural_similarity  # slow to import, and not for viewing

    if picture.shape != truth.shape:
        raise ValueError(f"pictures of shapes {picture.shape} and {truth.shape}")
    ours, true = without_border(picture), without_border(truth)
    ssim = structural_similarity(  # type: ignore[no-untyped-call]
        true, ours, channel_axis=2, win_size=SSIM_WINDOW, data_range=255
    )
    return PictureScore(psnr(ours, true), float(ssim))


def score_against(picture: NDArray[np.uint8], truth: TruePicture) -> PictureScore:
    """As `score_picture`, but where the true picture was padded nothing is compared.

    PSNR is that of the pixels that it shows, SSIM that of windows around them, in which padding
    counts as right.

    Args:
        picture: [S, S, 3].
        truth: of the same view and size; `shows_anything` in it.
    """
    if truth.shown is None:
        return score_picture(picture, truth.pixels)
    from skimage.metrics import structural_similarity

    shown, true = without_border(truth.shown), without_border(truth.pixels)
    ours = without_border(with_padding_right(picture, truth))
    _, similarity = structural_similarity(  # type: ignore[no-untyped-call]
        true, ours, channel_axis=2, win_size=SSIM_WINDOW, data_range=255, full=True
    )
    ssim = float(_whole_windows(similarity)[_whole_windows(shown)].mean())
    return PictureScore(psnr(ours[shown], true[shown]), ssim)


def with_padding_right(picture: NDArray[np.uint8], truth: TruePicture) -> NDArray[np.uint8]:
    """A picture with the true one's pixels where that was padded, so that they count as right."""
    if truth.shown is None:
        return picture
    return np.where(truth.shown[..., None], picture, truth.pixels)


def load_scored(views: Sequence[View], side: int) -> list[tuple[View, TruePicture]]:
    """Views with their true pictures; not those that show nothing but padding.

    Raises:
        CaptureError: a picture cannot be read, or none shows anything.
    """
    pairs = [(view, load_true_picture(view.picture_path, side)) for view in views]
    scored = [(view, truth) for view, truth in pairs if shows_anything(truth)]
    if views and not scored:
        raise CaptureError("the pictures to score by show nothing but padding")
    return scored


def shows_anything(truth: TruePicture) -> bool:
    """Whether a true picture has any pixel that a picture can be scored by."""
    return truth.shown is None or bool(_whole_windows(without_border(truth.shown)).any())


def _whole_windows(values: NDArray[Any]) -> NDArray[Any]:
    """Those of [H, W, …] around which a window of the SSIM lies in the picture."""
    edge = SSIM_WINDOW // 2
    return values[edge:-edge, edge:-edge]


def mean_score(scores: list[PictureScore]) -> PictureScore:
    """The mean over views; NaN if there are none."""
    if not scores:
        return PictureScore(math.nan, math.nan)
    count = len(scores)
    distances = [score.lpips for score in scores if score.lpips is not None]
    return PictureScore(
        sum(score.psnr for score in scores) / count,
        sum(score.ssim for score in scores) / count,
        sum(distances) / count if len(distances) == count else None,
    )
