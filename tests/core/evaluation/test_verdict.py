"""Scores in words."""

import pytest

from dvox_core.evaluation.verdict import verdict


@pytest.mark.parametrize(
    ("psnr", "nearest", "words"),
    [
        (24.2, 18.1, "better than the nearest photo by 6 dB"),
        (18.9, 17.4, "better than the nearest photo by 1.5 dB"),
        (18.0, 17.7, "no better than the nearest photo; train longer"),
        (14.0, 17.0, "worse than the nearest photo by 3 dB; train longer"),
        (21.25, None, "21.2 dB on views that it has not seen"),
    ],
)
def test_a_score_is_told_beside_the_nearest_photos(psnr, nearest, words) -> None:
    assert verdict(psnr, nearest) == words
    assert verdict(psnr, nearest, "seen from all around") == words


def test_sides_without_a_photo_are_named() -> None:
    seen = "seen from 150° of 360°, nothing from behind"
    words = verdict(24.0, 18.0, seen)
    assert words.endswith("by 6 dB; soft from behind, where no photo looked")
