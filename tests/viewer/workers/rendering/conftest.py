"""Render threads and sessions whose renderers live in memory."""

import pytest

from tests.helpers.fakes import FakeRendererFactory, fake_opener
from viewer.state.viewer_state import ViewerState
from viewer.workers.rendering.render_thread import RenderThread
from viewer.workers.rendering.scene_session import SceneSession


@pytest.fixture
def factory():
    return FakeRendererFactory()


@pytest.fixture
def thread(qapp, factory):
    thread = RenderThread(factory)
    yield thread
    for renderer in factory.made:
        renderer.gate.set()
    thread.stop()


@pytest.fixture
def state(qapp):
    return ViewerState()


@pytest.fixture
def make_session(state, factory):
    sessions = []

    def make(**options):
        options = {
            "open_scene": fake_opener,
            "create_renderer": factory,
            "warm_up": None,
            **options,
        }
        session = SceneSession(state, **options)
        sessions.append(session)
        return session

    yield make
    for renderer in factory.made:
        renderer.gate.set()
    for session in sessions:
        session.stop()
