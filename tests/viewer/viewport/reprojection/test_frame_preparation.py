"""Pictures that are prepared on the thread that renders."""

import numpy as np
import pytest

from dvox_core.rendering.pictures import start_range
from dvox_core.rendering.reprojection.warp_sources import warp_source
from tests.helpers.fakes import fake_frame, fake_scene
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.viewport.reprojection.frame_preparation import Preparation
from viewer.viewport.reprojection.mode_pictures import compose


@pytest.fixture
def scene():
    return fake_scene()


def test_what_was_prepared_is_what_the_window_would_have_made(qapp, scene):
    state = ViewerState()
    state.set_scene(scene)
    preparation = Preparation(state, lambda: 64)
    frame = fake_frame(scene, scene.start_camera)
    preparation.prepare(frame)
    picture, source = preparation.pop(frame)
    plain = compose(frame, DisplayMode.RGB, scene.frustum, start_range(scene.frustum))
    expected = warp_source(frame, plain.rgba, scene.frustum, scene.pivot, 64)
    assert np.array_equal(picture.rgba, plain.rgba)
    for name in ("depths", "colors", "backdrop", "backdrop_depth"):
        assert np.array_equal(getattr(source, name), getattr(expected, name)), name
    assert preparation.pop(frame) is None


def test_nothing_is_prepared_in_other_modes_and_what_was_is_forgotten(qapp, scene):
    state = ViewerState()
    state.set_scene(scene)
    preparation = Preparation(state, lambda: 64)
    frames = [fake_frame(scene, view.camera) for view in scene.cameras[:6]]
    preparation.prepare(frames[0])
    state.set_display_mode(DisplayMode.DEPTH)
    assert preparation.pop(frames[0]) is None
    preparation.prepare(frames[0])
    assert preparation.pop(frames[0]) is None
    state.set_display_mode(DisplayMode.RGB)
    for frame in frames:
        preparation.prepare(frame)
    kept = [preparation.pop(frame) is not None for frame in frames]
    assert kept == [False, False, True, True, True, True]


def test_the_window_makes_nothing_of_a_frame_itself_in_the_rgb_mode(
    open_window, qtbot, monkeypatch
):
    first, made = open_window.state.frame, []  # the first may come before what prepares it
    monkeypatch.setattr("viewer.viewport.reprojection.reprojector.warp_source", made.append)
    monkeypatch.setattr(open_window.viewport.reprojector, "_compose", made.append)
    for _ in range(4):
        with qtbot.waitSignal(open_window.viewport.picture_shown):
            open_window.viewport.navigator.turn(0.1, 0.0)
    assert [frame for frame in made if frame is not first] == []
