"""Pictures of frames in the display modes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import Extra, without_border
from dvox_core.rendering.pictures import (
    EMPTY_COLOR,
    DepthRange,
    depth_range,
    enlarge,
    start_range,
)
from tests.helpers.fakes import fake_frame, fake_scene
from viewer.state.viewer_state import DisplayMode
from viewer.viewport.reprojection.mode_pictures import compose


def test_the_rgb_picture_is_the_networks_without_its_border():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    picture = compose(frame, DisplayMode.RGB, scene.frustum, start_range(scene.frustum))
    assert np.array_equal(picture.rgba[..., :3], without_border(frame.picture))
    assert (picture.rgba[..., 3] == 255).all()
    assert picture.legend is None


def test_the_depth_picture_has_the_depths_colours_and_tells_where_nothing_is():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    picture = compose(frame, DisplayMode.DEPTH, scene.frustum, DepthRange(3.0, 5.0))
    middle = 64 - 5
    depth = frame.depth[32, 32]
    wanted = colormaps.table("viridis")[int((depth - 3) / 2 * 256)]
    assert np.abs(picture.rgba[middle, middle, :3].astype(int) - wanted).max() <= 2
    assert tuple(picture.rgba[3, 3, :3]) == EMPTY_COLOR
    assert (picture.legend.low, picture.legend.high) == (3.0, 5.0)
    assert picture.legend.unit == "world units"


def test_rays_whose_weights_are_all_alike_count_as_empty():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, Extra.ENTROPY)
    object.__setattr__(frame, "contribution_depth", np.full((64, 64), 4.0, np.float32))
    picture = compose(frame, DisplayMode.DEPTH, scene.frustum, DepthRange(3.0, 5.0))
    assert tuple(picture.rgba[3, 3, :3]) == EMPTY_COLOR
    assert tuple(picture.rgba[59, 59, :3]) != EMPTY_COLOR


def test_the_entropy_picture_spans_zero_to_all_bits():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, Extra.ENTROPY)
    picture = compose(frame, DisplayMode.ENTROPY, scene.frustum, start_range(scene.frustum))
    assert (picture.legend.low, picture.legend.high) == (0.0, 5.0)  # 32 planes
    assert tuple(picture.rgba[3, 3, :3]) == tuple(colormaps.table("magma")[255])


def test_the_weight_outside_is_shown_where_a_frame_carries_it():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera, Extra.OUTSIDE)
    picture = compose(frame, DisplayMode.OUTSIDE, scene.frustum, start_range(scene.frustum))
    assert (picture.legend.low, picture.legend.high) == (0.0, 1.0)
    assert tuple(picture.rgba[3, 3, :3]) == tuple(colormaps.table("magma")[int(0.9 * 256)])
    assert DisplayMode.OUTSIDE.is_carried_by(frame)
    assert not DisplayMode.ENTROPY.is_carried_by(frame)


def test_a_frame_without_what_a_mode_shows_has_no_picture_in_it():
    scene = fake_scene(occlusion=False)
    frame = fake_frame(scene, scene.start_camera, Extra.ENTROPY)
    for mode in (DisplayMode.DEPTH, DisplayMode.ENTROPY, DisplayMode.OUTSIDE):
        assert compose(frame, mode, scene.frustum, start_range(scene.frustum)) is None


def test_enlarging_is_linear_between_the_rays_that_the_pixels_look_along():
    values = np.add.outer(np.arange(64.0), 100 * np.arange(64.0)).astype(np.float32)
    fine = enlarge(values, 128)
    rows = np.minimum(np.arange(5, 123) / 2, 63)
    plain = np.add.outer(rows, 100 * rows)
    assert fine.shape == (118, 118)
    assert np.allclose(fine, plain, atol=1e-2)


def test_unknown_values_do_not_mix_into_known_ones():
    values = np.full((64, 64), 2.0, np.float32)
    values[:, :32] = np.nan
    fine = enlarge(values, 256)
    known = np.isfinite(fine)
    assert np.allclose(fine[known], 2.0)
    assert 0.45 < known.mean() < 0.55


def test_colours_follow_the_plain_lookup():
    values = np.random.default_rng(1).uniform(-1, 3, (20, 20))
    fast = colormaps.colorize(values, 0.0, 2.0, "viridis")
    table = colormaps.table("viridis")
    for row in range(20):
        for column in range(20):
            entry = int(min(max(values[row, column] * 128, 0), 255))
            assert tuple(fast[row, column]) == (*table[entry], 255)
    values[3, 4] = np.nan
    assert tuple(colormaps.colorize(values, 0, 2, "viridis", (1, 2, 3))[3, 4]) == (1, 2, 3, 255)
    with pytest.raises(ValueError, match="empty"):
        colormaps.colorize(values, 1.0, 1.0, "viridis")


def test_the_depth_range_stays_while_depths_stay_inside_and_moves_when_they_leave():
    steady = DepthRange(2.0, 4.0)
    inside = np.linspace(2.1, 3.9, 500)
    assert steady.following(inside) is steady
    assert steady.following(inside * 0.9 + 0.3) is steady
    farther = steady.following(np.linspace(2.5, 6.0, 500))
    assert farther.high >= 6.0
    narrower = steady.following(np.linspace(2.9, 3.1, 500))
    assert narrower.low <= 2.9
    assert narrower.high >= 3.1
    assert narrower.high - narrower.low < 0.5
    assert steady.following(np.full(500, np.nan)) is steady


@given(st.floats(0.01, 50), st.floats(0, 20))
def test_depth_ranges_hold_the_depths_at_round_numbers(low, span):
    found = depth_range(low, low + span)
    assert 0 <= found.low <= low
    assert found.high >= low + span
    assert found.following(np.linspace(low, low + span, 100)).high == pytest.approx(found.high)
