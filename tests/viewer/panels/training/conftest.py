"""A finished run, and a window that watches it."""

import pytest

from tests.helpers.captures import cube_capture
from tests.helpers.runs import quick_run


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return quick_run(folder / "lego", cube_capture(folder / "cube", train=4, test=1)).path


@pytest.fixture
def watching(window, finished, qtbot):
    """A window that watches a finished run and shows its scene."""
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.training.attach(finished)
    panel = panel_of(window)
    qtbot.waitUntil(lambda: panel.snapshots.pictures["Network"].rgba is not None)
    return window


def panel_of(window):
    return window.docks.panels["training"]
