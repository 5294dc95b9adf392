"""An open Compare panel, and what it compares with."""

import pytest

from tests.helpers.fakes import FakeRendererFactory, fake_opener
from tests.helpers.scene_captures import write_capture


@pytest.fixture
def panel(open_window, qtbot):
    open_window.docks.show_panel("compare")
    panel = open_window.docks.panels["compare"]
    qtbot.waitUntil(lambda: panel.live)
    return panel


@pytest.fixture
def second(open_window):
    """Second scenes of the open window, made in memory."""
    factory = FakeRendererFactory()
    worker = open_window.comparison.second
    worker.read, worker.create_renderer = fake_opener, factory
    return factory


@pytest.fixture
def capture(open_window, tmp_path):
    """The open scene's capture, beside its file: found by itself."""
    return write_capture(tmp_path / "lego_capture", open_window.state.scene)
