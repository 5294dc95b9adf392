"""A viewport whose network waits, so that only kept frames are shown."""

from pathlib import Path

import pytest
import shiboken6
from PySide6.QtGui import QGuiApplication

from dvox_core.rendering.reprojection import warp_numba as reprojection_fast
from tests.helpers.fakes import FakeRendererFactory, fake_opener
from viewer.state.viewer_state import ViewerState
from viewer.viewport.canvas import create
from viewer.viewport.viewport import Viewport
from viewer.workers.rendering.scene_session import SceneSession


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """The warp is there from the first painting on."""
    reprojection_fast.warm_up()


@pytest.fixture(params=["qpainter", "opengl"])
def canvas_kind(request, monkeypatch):
    if request.param == "opengl" and QGuiApplication.platformName() != "xcb":
        pytest.skip("needs OpenGL: run under Xvfb")
    monkeypatch.setenv(create.CANVAS_VARIABLE, request.param)
    return request.param


@pytest.fixture
def viewport(qtbot, themes, canvas_kind):
    """A viewport whose network waits at a gate after the first picture."""
    themes.set_motion(False)
    factory = FakeRendererFactory()
    state = ViewerState()
    session = SceneSession(state, open_scene=fake_opener, create_renderer=factory, warm_up=None)
    viewport = Viewport(state, session, themes)
    viewport.state, viewport.session, viewport.themes = state, session, themes
    viewport.resize(420, 400)
    viewport.set_hud_visible(False)
    viewport.show()
    qtbot.waitExposed(viewport)
    with qtbot.waitSignal(viewport.picture_shown):
        session.open(Path("ball.pth"))
    viewport.gate = factory.newest.gate
    viewport.gate.clear()
    yield viewport
    for renderer in factory.made:
        renderer.gate.set()
    session.stop()
    if shiboken6.isValid(viewport):
        viewport.close()
        viewport.deleteLater()
