"""The pipeline panel on a real small scene: stages, marks, the replay, and what it costs."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from dvox_core.inspection.edit_files import read_edits, write_edits
from dvox_core.model.scene import SceneCamera
from dvox_core.pipeline.stages import Stage
from dvox_core.rendering.frame import Extra
from tests.core.pipeline.test_stages import without_parts
from tests.helpers.captures import cube_capture
from tests.helpers.scenes import random_scene
from viewer.state.selection import Voxel


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    return cube_capture(tmp_path_factory.mktemp("at") / "robot_capture", train=5, test=1)


@pytest.fixture
def window(make_window, capture, qtbot):
    """A window with a small scene of the capture, and the panel in view."""

    def opener(path, intrinsics, progress):
        cameras = tuple(SceneCamera(v.name, v.split, v.camera) for v in capture.views)
        return replace(
            random_scene(),
            path=path,
            name=path.stem,
            cameras=cameras,
            intrinsics=capture.intrinsics,
            placement=capture.placement,
            near_plane=capture.near_plane,
        )

    window = make_window(opener)
    file = capture.views[0].picture_path.parents[3] / "robot.dvox"
    file.write_bytes(b"scene")
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(file)
    return window


def shown(window, qtbot):
    """The panel in view, with all that it can tell."""
    window.docks.show_panel("pipeline")
    panel = window.docks.panels["pipeline"]
    qtbot.waitUntil(
        lambda: (
            panel.answer is not None
            and panel.answer.stages[Stage.LIFTED].picture is not None
            and panel.answer.stages[Stage.COLLAPSED].picture is not None
        )
    )
    return panel


def turn(window):
    camera = window.state.camera
    views = window.state.scene.cameras
    window.state.set_camera(next(v.camera for v in views if v.camera != camera))


def test_all_stages_are_shown_and_a_hidden_panel_costs_nothing(window, qtbot):
    panel = window.docks.panels["pipeline"]
    turn(window)
    qtbot.waitUntil(lambda: not window.session.is_waiting)
    assert (panel.refresh_count, panel.worker.answer_count, panel.sheet.paint_count) == (0, 0, 0)
    assert not panel.worker.running
    assert Extra.COLLAPSED not in window.state.extras
    assert panel.source.count() == 1  # not even the capture is looked at

    shown(window, qtbot)
    for stage, tile in panel.sheet.tiles.items():
        assert tile.image is not None, (stage, tile.note)
        assert tile.shape
    assert Extra.COLLAPSED in window.state.extras
    assert panel.source.count() == 1 + 5
    qtbot.waitUntil(lambda: "changes the grid" in panel.head._remark.text())
    before = panel.worker.answer_count
    turn(window)
    qtbot.waitUntil(lambda: panel.worker.answer_count > before)

    window.docks.set_shown("pipeline", False)
    qtbot.waitUntil(lambda: not panel.live)
    counts = (panel.refresh_count, panel.worker.answer_count, panel.sheet.paint_count)
    assert not panel.worker.running
    assert Extra.COLLAPSED not in window.state.extras
    assert "Looking into the pipeline" not in {thread.name for thread in threading.enumerate()}
    turn(window)
    qtbot.waitUntil(lambda: not window.session.is_waiting)
    window.selection.select_voxel(Voxel(3, 3, 3))
    now = (panel.refresh_count, panel.worker.answer_count, panel.sheet.paint_count)
    assert now == counts


def test_a_click_enlarges_a_tile_and_a_chosen_voxel_is_marked_in_the_others(window, qtbot):
    panel = shown(window, qtbot)
    place = panel.sheet.place_of(Stage.INPAINTED).center().toPoint()
    QTest.mouseClick(panel.sheet, Qt.MouseButton.LeftButton, pos=place)
    assert panel.enlarged.stage is Stage.INPAINTED
    qtbot.waitUntil(lambda: panel.answer.enlarged is not None)
    assert panel.enlarged.isVisibleTo(panel)
    from dvox_core.pipeline.stage_looks import Way

    panel.enlarged.way.choose(Way.SLICE)
    panel.enlarged.plane.choose(6)
    qtbot.waitUntil(lambda: panel.answer.question.enlarged[1].plane == 6)
    qtbot.waitUntil(lambda: panel.enlarged.map.rgba.shape[:2] == (12, 12))
    panel.enlarged.map.clicked.emit(4.0, 5.0)
    assert window.selection.voxel == Voxel(4, 12 - 1 - 5, 6)
    marked = {stage for stage, tile in panel.sheet.tiles.items() if tile.marks}
    assert {Stage.BEFORE, Stage.UPDATE, Stage.AFTER, Stage.INPAINTED, Stage.PICTURE} <= marked
    panel.enlarged.channel.choose(0)
    panel.enlarged.feature.choose(3)
    qtbot.waitUntil(lambda: panel.answer.question.enlarged[1].channel == 3)
    qtbot.waitUntil(lambda: panel.enlarged.scale.legend is not None)
    panel.enlarged.scale.levels_chosen.emit(-0.5, 0.5)
    qtbot.waitUntil(lambda: panel.answer.question.enlarged[1].span == (-0.5, 0.5))
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.enlarged.stage is None
    panel.sheet.setFocus()
    QTest.keyClick(panel.sheet, Qt.Key.Key_Right)
    QTest.keyClick(panel.sheet, Qt.Key.Key_Return)
    assert panel.enlarged.stage is not None


def test_integration_is_replayed_scrubbed_and_its_grid_used(window, qtbot, tmp_path):
    panel = shown(window, qtbot)
    section, control = panel.replay, panel.control
    assert [view.name for view in section.chosen_views] == [f"{n:06d}" for n in range(5)]
    assert section.held_out.value.split == "test"
    section.views.item(1).setCheckState(Qt.CheckState.Unchecked)
    section.views.item(3).setCheckState(Qt.CheckState.Unchecked)
    section.views.setCurrentRow(0)
    section.again.click()
    names = ["000000", "000000", "000002", "000004"]
    assert [view.name for view in section.chosen_views] == names
    section.start.click()
    qtbot.waitUntil(lambda: len(control.runner.steps) == 4 and not control.runner.is_running)
    assert [step.view for step in control.runner.steps] == names
    qtbot.waitUntil(lambda: window.edits.interventions.grid is not None)
    qtbot.waitUntil(lambda: section.at == 4)
    qtbot.waitUntil(lambda: window.edits.interventions.grid.views == tuple(names))
    assert len(section.psnr.lines[0].smooth) == 4

    section.go_to(2)
    grid = window.edits.interventions.grid
    assert grid.views == ("000000", "000000")
    assert control.before.views == ("000000",)
    assert control.source.name == "000000"
    qtbot.waitUntil(lambda: window.state.frame.interventions.grid == grid)
    qtbot.waitUntil(lambda: panel.answer.question.before == control.before)
    assert "2 pictures observed" in section.line.text()
    section.back.click()
    assert window.edits.interventions.grid.views == ("000000",)
    section.go_to(2)

    section.use.click()
    assert window.edits.used_grid == grid
    assert control.source is None
    write_edits(tmp_path / "a.edits.json", window.edits.interventions, window.state.scene)
    assert read_edits(tmp_path / "a.edits.json", window.state.scene).grid == grid
    window.edits.undo_stack.undo()
    assert window.edits.interventions.grid is None
    section.go_to(3)
    assert window.edits.interventions.grid is not None
    window.docks.set_shown("pipeline", False)  # out of view the trained grid is shown
    qtbot.waitUntil(lambda: window.edits.interventions.grid is None)


def test_a_scene_that_cannot_observe_says_so_and_replays_nothing(window, qtbot):
    scene = without_parts(window.state.scene, "feature_extractor.")
    window.state.refresh_scene(scene)
    window.docks.show_panel("pipeline")
    panel = window.docks.panels["pipeline"]
    qtbot.waitUntil(
        lambda: panel.answer is not None and bool(panel.answer.stages[Stage.AFTER].note)
    )
    assert panel.sheet.tiles[Stage.LIFTED].note.startswith("The file has no feature extractor")
    assert panel.sheet.tiles[Stage.INPAINTED].image is not None
    qtbot.waitUntil(lambda: not panel.replay.start.isEnabled())
    for control in (panel.replay.first, panel.replay.order, panel.replay.views):
        assert not control.isEnabled()  # nor does anything beside it look as if it could be
    assert "no feature extractor" in panel.replay.line.text()


def test_views_are_marked_on_the_sphere_by_shift_and_a_click(window, qtbot):
    panel = shown(window, qtbot)
    sphere = window.paths.display.sphere
    qtbot.waitUntil(sphere.isVisible)
    number = next(n for n in range(5) if sphere.view_place(n) is not None)
    place = sphere.view_place(number).toPoint()
    QTest.mouseClick(
        sphere, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, pos=place
    )
    (marked,) = window.state.marked_views
    panel.replay.order.choose("marked")
    assert [view.camera for view in panel.replay.chosen_views] == [
        window.state.scene.cameras[marked].camera
    ]
