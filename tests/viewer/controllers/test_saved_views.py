"""Saved views and the way back: the controllers behind the menu Scene."""

import numpy as np
from PySide6.QtCore import Qt

from dvox_core.camera_paths.saved_views import read_views
from dvox_core.geometry.cameras import look_at
from tests.helpers.windows import press
from viewer.state.selection import Pixel
from viewer.state.viewer_state import DisplayMode

ELSEWHERE = look_at((3, 2, 2.5), (0.1, -0.2, 0.3), (0, 0, 1))


def test_views_are_saved_beside_the_scene_gone_to_renamed_and_made_keys(
    open_window, qtbot, scene_file
):
    window, state = open_window, open_window.state
    window.themes.set_motion(False)
    file = scene_file.with_name("lego.views.json")
    start = state.camera
    window.menus.actions["save_view"].trigger()
    state.set_camera(ELSEWHERE)
    state.set_display_mode(DisplayMode.DEPTH)
    window.menus.actions["save_view"].trigger()
    section = window.docks.panels["scene"].saved
    assert [section.list.item(row).text() for row in range(2)] == ["View 1", "View 2"]
    qtbot.waitUntil(lambda: file.exists() and len(read_views(file)) == 2)
    assert read_views(file)[0].thumbnail.startswith(b"\x89PNG")
    section.list.setCurrentRow(0)
    qtbot.keyClick(section.list, Qt.Key.Key_Return)
    assert state.camera == start
    assert state.display_mode is DisplayMode.RGB
    section.list.item(1).setText("  From the  side ")
    assert window.saved_views.views[1].name == "From the side"
    section.keyframes.click()
    assert [key.camera for key in window.path_tools.editor.path.keyframes] == [start, ELSEWHERE]
    section.list.setCurrentRow(1)
    qtbot.keyClick(section.list, Qt.Key.Key_Delete)
    assert section.list.count() == 1
    window.notifications.messages[-1].acted.emit()
    assert section.list.count() == 2
    names = ["View 1", "From the side"]
    qtbot.waitUntil(lambda: [view.name for view in read_views(file)] == names)
    with qtbot.waitSignal(window.session.opened):
        window.files.open(scene_file)
    qtbot.waitUntil(lambda: section.list.count() == 2)
    assert window.saved_views.views[1].name == "From the side"


def test_views_that_cannot_be_read_are_not_written_over(open_window, qtbot, scene_file):
    file = scene_file.with_name("lego.views.json")
    file.write_text("mine")
    with qtbot.waitSignal(open_window.session.opened):
        open_window.files.open(scene_file)
    qtbot.waitUntil(lambda: bool(open_window.notifications.messages))
    open_window.saved_views.save()
    assert "not written over" in " ".join(m.text for m in open_window.notifications.messages)
    assert file.read_text() == "mine"


def test_one_goes_back_and_forth_between_the_views_the_camera_rested_at(open_window, qtbot):
    window, state, history = open_window, open_window.state, open_window.history
    window.themes.set_motion(False)
    start = state.camera
    assert not history.can_go_back
    state.set_camera(ELSEWHERE)
    qtbot.waitUntil(lambda: history.can_go_back)
    third = look_at((-3, 2, 2.5), (0.1, -0.2, 0.3), (0, 0, 1))
    state.set_camera(third)  # it has not rested yet
    window.viewport.setFocus()
    press(qtbot, window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert state.camera == ELSEWHERE
    window.menus.actions["view_back_in_time"].trigger()
    assert state.camera == start
    window.menus.actions["view_forward_in_time"].trigger()
    assert state.camera == ELSEWHERE
    window.viewport.navigator.turn(0.3, 0.0)
    qtbot.waitUntil(lambda: not history.can_go_forward)
    window.menus.actions["view_back_in_time"].trigger()
    assert state.camera == ELSEWHERE


def test_f_frames_the_object_or_the_newest_pin(open_window):
    window, state = open_window, open_window.state
    window.themes.set_motion(False)
    state.set_camera(look_at((9, 9, 9), (2, 2, 2), (0, 0, 1)))
    window.menus.actions["frame"].trigger()
    np.testing.assert_allclose(state.pivot, state.scene.pivot)
    ahead = state.scene.pivot - state.camera.position
    assert np.linalg.norm(np.cross(ahead, state.camera.forward)) < 1e-9
    window.selection.pin(Pixel(64.0, 50.0))
    window.menus.actions["frame"].trigger()
    assert not np.allclose(state.pivot, state.scene.pivot)  # a point of the ball's surface
