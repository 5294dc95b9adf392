"""Whether the user moves the scene."""

import pytest

from tests.helpers.fakes import fake_scene
from viewer.state.interaction import InteractionState
from viewer.state.viewer_state import ViewerState


@pytest.fixture
def state(qapp):
    return ViewerState()


@pytest.fixture
def interaction(state, monkeypatch):
    monkeypatch.setattr("viewer.state.interaction.REST_MS", 50)
    return InteractionState(state)


def test_interaction_begins_with_a_movement_and_ends_a_moment_later(qtbot, state, interaction):
    changes = []
    interaction.interacting_changed.connect(changes.append)
    scene = fake_scene()
    state.set_scene(scene)
    assert not interaction.is_interacting  # nobody moved: the scene opened there
    state.set_camera(scene.cameras[1].camera)
    state.set_camera(scene.cameras[2].camera)
    assert interaction.is_interacting
    qtbot.waitUntil(lambda: not interaction.is_interacting)
    assert changes == [True, False]


def test_closing_a_scene_is_rest(state, interaction):
    scene = fake_scene()
    state.set_scene(scene)
    state.set_camera(scene.cameras[1].camera)
    state.set_scene(None)
    assert not interaction.is_interacting
