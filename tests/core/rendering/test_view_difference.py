"""Two views compared: maps in one scale, signed differences, PSNR."""

import numpy as np
import pytest

from dvox_core.rendering.frame import Extra
from dvox_core.rendering.view_difference import (
    ComparedQuantity,
    compare_grids,
    compare_maps,
    picture_difference,
    picture_error,
    picture_psnr,
    same_size,
)
from tests.helpers.fakes import fake_frame, fake_scene

SCENE = fake_scene()
EVERYTHING = Extra.ENTROPY | Extra.VISIBILITY


def frame(**changes):
    made = fake_frame(SCENE, SCENE.start_camera, EVERYTHING)
    for name, value in changes.items():
        object.__setattr__(made, name, value)
    return made


def compared(quantity, one, two):
    return compare_maps(quantity, one, two, SCENE.frustum, SCENE.frustum)


def test_the_difference_is_second_minus_first_in_world_units():
    one = frame()
    pair = compared(ComparedQuantity.DEPTH, one, frame(depth=one.depth + 0.25))
    known = np.isfinite(pair.difference)
    assert known.any()
    np.testing.assert_allclose(pair.difference[known], 0.25, atol=1e-5)
    assert pair.mean_difference == pytest.approx(0.25, abs=1e-5)
    assert pair.difference_legend.low == -pair.difference_legend.high
    assert pair.difference_legend.high >= 0.25
    assert pair.legend.low <= np.nanmin(one.depth[known]) <= pair.legend.high


def test_equal_frames_differ_by_nothing():
    for quantity in (ComparedQuantity.DEPTH, ComparedQuantity.ENTROPY, ComparedQuantity.HIGHEST):
        pair = compared(quantity, frame(), frame())
        assert pair.mean_difference == 0
    assert picture_psnr(frame().picture, frame().picture) == np.inf


def test_a_frame_without_the_quantity_has_no_maps():
    assert compared(ComparedQuantity.ENTROPY, frame(), frame(entropy=None)) is None
    assert compared(ComparedQuantity.HIGHEST, frame(visibility=None), frame()) is None
    assert compared(ComparedQuantity.PICTURE, frame(), frame()) is None


def test_pictures_differ_by_the_mean_of_their_channels():
    black, grey = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), (51, 102, 0), np.uint8)
    inner = np.s_[5:-5, 5:-5]
    np.testing.assert_allclose(picture_difference(black, grey)[inner], 0.2, atol=1e-6)
    np.testing.assert_allclose(picture_difference(grey, black)[inner], -0.2, atol=1e-6)


def test_the_untrained_border_of_either_picture_is_left_out():
    """A border of 5 pixels of 64 covers 10 of 128."""
    large = np.full((128, 128, 3), 100, np.uint8)
    small = np.full((64, 64, 3), 100, np.uint8)
    small[:5], small[-5:], small[:, :5], small[:, -5:] = 0, 0, 255, 255
    assert picture_psnr(large, small) == picture_psnr(small, large) == np.inf
    difference = picture_difference(large, small)
    assert np.isnan(difference[9, 64])
    assert (difference[10:-10, 10:-10] == 0).all()
    assert np.isfinite(difference).sum() == 108**2
    assert np.isfinite(picture_difference(small, large)).sum() == 54**2


def test_another_size_is_resampled_to_the_first():
    small = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    assert (same_size(small, 64) == large).all()
    assert (same_size(large, 16) == small).all()
    assert picture_psnr(large, small) == np.inf


def test_where_the_second_picture_is_padded_nothing_is_compared():
    first, second = np.full((64, 64, 3), 100, np.uint8), np.full((64, 64, 3), 255, np.uint8)
    second[:, 32:] = 110
    shown = np.zeros((64, 64), dtype=bool)
    shown[:, 32:] = True
    assert picture_psnr(first, second, shown) == pytest.approx(20 * np.log10(255 / 10))
    large = first.repeat(2, axis=0).repeat(2, axis=1)
    assert picture_psnr(large, second, shown) == pytest.approx(20 * np.log10(255 / 10))
    for compare in (picture_difference, picture_error):
        for one in (first, large):
            values, half = compare(one, second, shown), len(one) // 2
            assert np.isnan(values[:, :half]).all()
            known = values[np.isfinite(values)]
            np.testing.assert_allclose(known, 10 / 255, atol=1e-6)
            assert known.size == np.isfinite(compare(one, second)).sum() / 2
    assert np.isnan(picture_psnr(first, second, np.zeros_like(shown)))


def test_grids_are_seen_from_above_with_y_upwards():
    one, two = np.zeros((4, 4, 4), np.float32), np.zeros((4, 4, 4), np.float32)
    one[3, 0, 1] = 2.0  # z, y, x
    two[0, 0, 1] = 3.0
    pair = compare_grids(one, two)
    assert pair.first[3, 1] == 2.0
    assert pair.difference[3, 1] == 1.0
    assert (pair.legend.low, pair.legend.high) == (0.0, 3.0)
    coarse = compare_grids(one, two[::2, ::2, ::2])
    assert coarse.second.shape == (4, 4)
