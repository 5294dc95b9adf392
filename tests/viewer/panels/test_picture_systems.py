"""Systems without depth and voxels: every panel says so in one calm line."""

import dataclasses

import pytest

from dvox_core.model.picture_config import PictureModelConfig
from dvox_core.rendering.view_difference import ComparedQuantity
from tests.helpers.fakes import FakeRendererFactory, fake_opener
from tests.helpers.windows import open_scene
from viewer.state.viewer_state import DisplayMode
from viewer.text.scenes import why_no_depth
from viewer.viewport.reprojection.mode_pictures import ModePictures
from viewer.workers.comparison.comparison import ComparisonTarget

LINE = "Pix2Pix paints pictures without voxels, and knows no depth."


def picture_opener(path, intrinsics, progress):
    scene = fake_opener(path, intrinsics, progress)
    return dataclasses.replace(scene, config=PictureModelConfig("pix2pix", 128, 8))


@pytest.fixture
def window(make_window, qtbot, scene_file):
    window = make_window(open_scene=picture_opener)
    open_scene(qtbot, window, scene_file)
    return window


def test_panels_and_modes_say_what_a_picture_system_does_not_know(window, qtbot, scene_file):
    assert why_no_depth(window.state.scene.config) == LINE
    for name in ("ray", "weights"):
        window.docks.show_panel(name)
        panel = window.docks.panels[name]
        qtbot.waitUntil(lambda panel=panel: panel.live and panel.none.isVisible())
        assert panel.none._label.text().startswith(LINE)
        assert not panel.occlusion.isVisible()
    window.docks.show_panel("voxels")
    voxels = window.docks.panels["voxels"]
    qtbot.waitUntil(voxels.no_voxels.isVisible)

    window.state.set_display_mode(DisplayMode.DEPTH)
    assert ModePictures(window.state).problem.startswith(LINE)
    window.state.set_display_mode(DisplayMode.RGB)

    # Beside DeepVoxels: pictures are compared, depths and grids are not, and nothing is read.
    second = window.comparison.second
    second.read, second.create_renderer = fake_opener, FakeRendererFactory()
    window.docks.show_panel("compare")
    compare = window.docks.panels["compare"]
    compare.against.choose(ComparisonTarget.SCENE)
    window.comparison_controller.open_second(scene_file)
    qtbot.waitUntil(lambda: compare.verdict.text() != "")
    compare.quantity.choose(ComparedQuantity.DEPTH)
    qtbot.waitUntil(lambda: compare.verdict.text() == f"lego: {LINE}")
    compare.quantity.choose(ComparedQuantity.GRID)
    qtbot.waitUntil(lambda: "has no voxels to compare" in compare.verdict.text())
    assert not window.comparison.grids.is_reading
    assert not window.notifications.messages
