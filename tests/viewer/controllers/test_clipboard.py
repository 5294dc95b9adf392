"""Pictures and poses on the clipboard, and saved pictures."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
)
from PySide6.QtWidgets import QFileDialog

from dvox_core.geometry.cameras import look_at
from dvox_core.inspection.picture_text import read_picture_view
from tests.helpers.windows import press
from viewer.controllers.pose_text import pose_from_text


def test_a_pose_is_copied_and_pasted_by_keys(open_window, qtbot):
    window = open_window
    window.viewport.setFocus()
    press(qtbot, window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied, pivot = pose_from_text(QGuiApplication.clipboard().text())
    np.testing.assert_allclose(copied.camera_to_world, window.state.camera.camera_to_world)
    np.testing.assert_allclose(pivot, window.state.pivot)
    start = window.state.camera
    window.state.set_camera(look_at((9, 9, 9), (0, 0, 0), (0, 0, 1)))
    press(qtbot, window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_allclose(window.state.camera.position, start.position, atol=1e-9)


def test_a_clipboard_without_a_pose_is_one_error_line_and_the_camera_stays(open_window):
    QGuiApplication.clipboard().setText("not a pose")
    camera = open_window.state.camera
    open_window.pictures.paste_pose()
    assert open_window.state.camera is camera
    assert open_window.notifications.messages[-1].is_error


def test_the_picture_is_copied_without_its_border(open_window):
    open_window.pictures.copy_picture()
    image = QGuiApplication.clipboard().image()
    side = open_window.state.scene.config.image_size - 10
    assert (image.width(), image.height()) == (side, side)


def test_the_picture_is_saved_whole_with_its_pose_and_no_overlays(open_window, tmp_path, qtbot):
    window, target = open_window, tmp_path / "shot.png"
    window.pictures.ask_where_to_save_picture()
    dialog = window.findChild(QFileDialog)
    assert dialog.selectedFiles()[0].endswith("lego-rgb.png")
    dialog.fileSelected.emit(str(target))
    dialog.close()
    saved = QImage(str(target))
    expected = window.viewport.grab_picture()
    assert saved.convertToFormat(expected.format()) == expected
    view = read_picture_view(target)
    np.testing.assert_allclose(view.camera.position, window.state.frame.camera.position)
    assert (view.scene_name, view.mode, view.edits) == ("lego", "rgb", None)
    assert "--pose" in saved.text("dvox-command")


def test_a_picture_that_cannot_be_saved_is_one_error_line(open_window, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file, not a folder")
    open_window.pictures.ask_where_to_save_picture()
    dialog = open_window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(blocked / "shot.png"))
    dialog.close()
    assert open_window.notifications.messages[-1].is_error
