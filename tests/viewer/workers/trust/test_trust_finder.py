"""Finds the support of a scene in the background, and tells the trust in its frames."""

import numpy as np
import pytest

from dvox_core.rendering.create import create_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.pictures import start_range
from dvox_core.rendering.trust_maps import TrustTerm
from tests.helpers.scenes import SMALL_COLLAPSE, random_scene
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.viewport.reprojection.mode_pictures import ModePictures, compose
from viewer.workers.trust.trust_finder import CameraTrustAnswers, TrustFinder, TrustQuestion


@pytest.fixture
def state(qapp, tmp_path, monkeypatch):
    monkeypatch.setenv("DVOX_CACHE", str(tmp_path / "cache"))
    return ViewerState()


@pytest.fixture
def finder(state):
    finder = TrustFinder(state)
    yield finder
    finder.stop()


def test_the_trust_mode_finds_the_support_and_frames_tell_their_trust(state, finder, qtbot):
    scene = random_scene()
    state.set_scene(scene)
    assert not finder.is_busy
    renderer = create_renderer(scene, "cpu", "float32")
    wanted = DisplayMode.TRUST.extras
    frame = renderer.render(scene.start_camera, wanted | Extra.ENTROPY)
    assert finder.complete(scene, frame, wanted).trust is None  # nothing is known yet
    lines = []
    state.trust_line_changed.connect(lines.append)
    with qtbot.waitSignal(finder.changed):
        state.set_display_mode(DisplayMode.TRUST)
        pictures = ModePictures(state)
        assert "training views" in pictures.problem
    assert lines[-1] == state.trust_line == ""
    assert finder.complete(scene, frame, Extra.VISIBILITY).trust is None  # nobody asked for it
    told = finder.complete(scene, frame, wanted)
    assert DisplayMode.TRUST.is_carried_by(told)
    depths = start_range(scene.frustum)
    shown = [
        compose(told, DisplayMode.TRUST, scene.frustum, depths, term)
        for term in (TrustTerm.TRUST, TrustTerm.CERTAINTY)
    ]
    assert [picture.legend.title for picture in shown] == ["Trust", "Certainty of depth"]
    assert (shown[0].rgba != shown[1].rgba).any()
    assert compose(frame, DisplayMode.TRUST, scene.frustum, depths) is None
    # The number of a view that is not rendered is that of the frame.
    answers = CameraTrustAnswers()
    question = TrustQuestion(scene, finder.support, [scene.start_camera], frame.interventions)
    (maps,) = answers.answer(question).maps
    for term, values in told.trust.maps.items():
        np.testing.assert_allclose(maps.maps[term], values, atol=1e-4)
    renderer.close()


def test_another_scene_begins_without_support_and_what_runs_can_be_given_up(state, finder, qtbot):
    state.set_scene(random_scene())
    with qtbot.waitSignal(finder.changed):
        finder.begin()
    assert finder.support is not None
    state.set_scene(random_scene(seed=1))
    assert finder.support is None
    finder.begin()
    assert finder.is_busy
    finder.cancel()
    assert not finder.is_busy
    assert finder.support is None
    assert "Given up" in state.trust_line


def test_a_model_without_depth_weights_is_left_alone(state, finder):
    state.set_scene(random_scene(SMALL_COLLAPSE))
    state.set_display_mode(DisplayMode.TRUST)
    assert not finder.is_busy
