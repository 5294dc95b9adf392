"""Saved pictures open at their view when dropped; the program begins where it was left."""

import numpy as np
import pytest
from PySide6.QtGui import QImage

from dvox_core.geometry.cameras import look_at
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Action, Box, GridEdit, Uniform
from viewer.controllers.clipboard import save_picture
from viewer.controllers.dropped_files import recognise_drop
from viewer.state.selection import Pixel
from viewer.state.viewer_state import DisplayMode


@pytest.fixture
def picture(open_window, tmp_path, qtbot):
    """A picture of the open scene from elsewhere, edited and of another mode."""
    window, target = open_window, tmp_path / "shot.png"
    window.edits.set_occlusion(Uniform())
    window.edits.add(GridEdit(Box((0, 0, 0), (2, 3, 4)), Action.ZERO))
    camera = look_at((3, 2, 2.5), (0.2, -0.2, 0.3), (0, 0, 1))
    save_picture(
        target,
        QImage(16, 16, QImage.Format.Format_RGB888),
        window.state.scene,
        camera,
        DisplayMode.DEPTH,
        pivot=np.array([0.2, -0.2, 0.3]),
        interventions=window.edits.interventions,
    )
    return target


def test_a_dropped_picture_opens_its_scene_at_its_view_with_its_edits(
    open_window, picture, qtbot, scene_file
):
    window, made_under = open_window, open_window.edits.interventions
    window.edits.mark_saved(made_under)
    window.files.close()
    assert window.state.scene is None
    intent = recognise_drop([picture])
    assert intent.picture == picture
    with qtbot.waitSignal(window.session.opened):
        window.files.open_dropped(intent)
    state = window.state
    assert state.scene.path == scene_file
    np.testing.assert_allclose(state.camera.position, (3, 2, 2.5))
    np.testing.assert_allclose(state.pivot, (0.2, -0.2, 0.3))
    assert state.display_mode is DisplayMode.DEPTH
    assert window.edits.interventions == made_under
    assert not window.edits.needs_saving
    window.menus.actions["undo"].trigger()
    assert window.edits.interventions == NO_INTERVENTIONS


def test_a_picture_of_the_open_scene_only_moves_the_view(open_window, picture):
    window, scene = open_window, open_window.state.scene
    window.files.open_dropped(recognise_drop([picture]))
    assert window.state.scene is scene
    np.testing.assert_allclose(window.state.camera.position, (3, 2, 2.5))


def test_a_picture_whose_scene_is_gone_says_so(open_window, picture, scene_file, qtbot, tmp_path):
    window = open_window
    window.edits.restore_trained()
    with qtbot.waitSignal(window.session.opened):
        window.files.open(tmp_path / "other.dvox")
    scene_file.unlink()
    window.files.open_dropped(recognise_drop([picture]))
    message = window.notifications.messages[-1]
    assert message.is_error
    assert "lego.dvox, is not there" in message.text
    plain = tmp_path / "plain.png"
    QImage(8, 8, QImage.Format.Format_RGB888).save(str(plain))
    assert recognise_drop([plain]).picture is None


def test_the_program_begins_where_it_was_left_unless_that_is_off(
    open_window, make_window, qtbot, scene_file
):
    first = open_window
    camera = look_at((3, 2, 2.5), first.state.pivot, (0, 0, 1))
    first.state.set_camera(camera)
    first.state.set_display_mode(DisplayMode.ENTROPY)
    first.selection.pin(Pixel(40.0, 50.0))
    first.close()
    second = make_window()
    with qtbot.waitSignal(second.session.opened):
        second.restoring.open_left()
    assert second.state.scene.path == scene_file
    np.testing.assert_allclose(second.state.camera.camera_to_world, camera.camera_to_world)
    assert second.state.display_mode is DisplayMode.ENTROPY
    assert [pin.pixel for pin in second.selection.pins] == [Pixel(40.0, 50.0)]
    second.options.set_reopening(False)
    second.close()
    third = make_window()
    third.restoring.open_left()
    assert third.session.opening is None
    assert third.settings.left_at == ""
