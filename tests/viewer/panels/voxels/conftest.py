"""A window with a real small scene and its voxels panel."""

import pytest

from tests.helpers.voxel_panel import opener


@pytest.fixture
def open_panel(make_window, tmp_path, qtbot):
    """A window with a real small scene, and its voxels panel in view."""

    def make(name="robot.dvox"):
        window = make_window(open_scene=opener)
        path = tmp_path / name
        path.write_bytes(b"scene")
        with qtbot.waitSignal(window.viewport.picture_shown):
            window.files.open(path)
        window.docks.show_panel("voxels")
        panel = window.docks.panels["voxels"]
        qtbot.waitUntil(lambda: panel.found is not None)
        return window, panel

    return make
