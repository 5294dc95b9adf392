"""Scores of pictures, of which the true ones may be padded."""

import numpy as np
import pytest

from dvox_core.data.true_pictures import TruePicture
from dvox_core.rendering.scores import psnr, score_against, score_picture, shows_anything

RANDOM = np.random.default_rng(0)
TRUE = RANDOM.integers(0, 256, (48, 48, 3), dtype=np.uint8)
NOISY = np.clip(TRUE.astype(int) + RANDOM.integers(-9, 10, TRUE.shape), 0, 255).astype(np.uint8)


def shown(columns: slice) -> np.ndarray:
    known = np.zeros((48, 48), dtype=bool)
    known[:, columns] = True
    return known


def test_what_is_padded_is_neither_wrong_nor_right() -> None:
    wrong = NOISY.copy()
    wrong[:, :24] = 255 - TRUE[:, :24]
    padded = TruePicture(TRUE, shown(slice(24, None)))
    score = score_against(wrong, padded)
    assert score.psnr == psnr(NOISY[5:-5, 24:-5], TRUE[5:-5, 24:-5])
    half = score_picture(np.where(padded.shown[..., None], NOISY, TRUE), TRUE)
    assert half.psnr == pytest.approx(score.psnr + 3, abs=0.3)  # half its pixels would be right
    assert score.ssim < half.ssim
    assert score.ssim == pytest.approx(score_picture(NOISY, TRUE).ssim, abs=0.01)


def test_a_picture_that_shows_all_scores_as_one_without_padding() -> None:
    plain = score_picture(NOISY, TRUE)
    assert score_against(NOISY, TruePicture(TRUE)) == plain
    everything = score_against(NOISY, TruePicture(TRUE, shown(slice(None))))
    assert (everything.psnr, everything.ssim) == pytest.approx((plain.psnr, plain.ssim))


def test_a_picture_that_is_padding_but_for_its_border_cannot_be_scored() -> None:
    assert not shows_anything(TruePicture(TRUE, shown(slice(0, 8))))
    assert shows_anything(TruePicture(TRUE, shown(slice(0, 9))))
    assert shows_anything(TruePicture(TRUE))
