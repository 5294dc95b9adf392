"""Viewports in windows of their own, with renderers that live in memory."""

import pytest
import shiboken6

from tests.helpers.fakes import FakeRendererFactory, fake_opener
from viewer.state.viewer_state import ViewerState
from viewer.viewport.viewport import Viewport
from viewer.workers.rendering.scene_session import SceneSession


@pytest.fixture
def factory():
    return FakeRendererFactory()


@pytest.fixture
def make_viewport(qtbot, themes, factory):
    """A viewport in a window of its own, on the canvas that this platform gets or another."""
    made = []

    def make(canvas=None, size=(640, 480)):
        state = ViewerState()
        session = SceneSession(state, open_scene=fake_opener, create_renderer=factory, warm_up=None)
        viewport = Viewport(state, session, themes, canvas=canvas)
        viewport.state, viewport.session = state, session
        made.append(viewport)
        viewport.resize(*size)
        viewport.show()
        qtbot.waitExposed(viewport)
        return viewport

    yield make
    for renderer in factory.made:
        renderer.gate.set()
    for viewport in made:
        viewport.session.stop()
        if shiboken6.isValid(viewport):
            viewport.close()
            viewport.deleteLater()


@pytest.fixture
def viewport(make_viewport):
    return make_viewport()
