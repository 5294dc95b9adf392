"""The main window: opening, closing, menus, clipboard, session, and what never happens."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import QApplication, QFileDialog

from dvox_core.errors import CheckpointError, MissingIntrinsicsError
from dvox_core.geometry.cameras import look_at
from tests.helpers.fakes import fake_opener
from viewer.controllers.pose_text import pose_from_text
from viewer.state.viewer_state import DisplayMode

INTRINSICS = "525 256 256 0.\n0 0 0\n0.\n1.0\n512 512\n"


def press(qtbot, window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    """A key as the user presses it, with shortcuts at work."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=3000)
    qtbot.keyClick(window.windowHandle(), key, modifiers)


def open_scene(qtbot, window, path):
    with qtbot.waitSignal(window.viewport.picture_shown, timeout=5000):
        window.open_scene(path)


# Opening


def test_an_opened_scene_is_shown_with_title_panels_and_facts(open_window):
    window = open_window
    assert window.stack.currentWidget() is window.viewport
    assert window.windowTitle() == "lego — 128², grid 16³ × 8 — DeepVoxels"
    assert window.title_label.text() == "lego — 128², grid 16³ × 8"
    assert window.docks.panels["scene"].isVisible()
    assert window.status.state_label.text() == "Ready"
    label = window.status.renderer_label
    assert label.text() == "CPU, float32"
    window.session.upgrading.emit(0.3, "Measuring openvino int8")
    assert label.text() == "CPU, float32 · preparing a faster renderer…"
    assert "openvino int8" in label.toolTip()
    window.session.upgrading_ended.emit()
    assert label.text() == "CPU, float32"
    assert not window.opening_card.isVisible()


def test_an_opened_scene_becomes_a_recent_one_with_a_picture(open_window, scene_file, settings):
    assert [scene.path for scene in settings.recents] == [scene_file]
    assert settings.recents[0].caption == "128², .dvox"
    assert not QImage(str(settings.thumbnail(scene_file))).isNull()
    assert settings.last_folder == scene_file.parent


def test_a_failure_to_open_leaves_the_former_scene_and_says_why(open_window, qtbot, tmp_path):
    window, former, camera = open_window, open_window.state.scene, open_window.state.camera
    with qtbot.waitSignal(window.session.open_failed, timeout=5000):
        window.open_scene(tmp_path / "broken.pth")
    assert window.state.scene is former
    assert window.state.camera == camera
    assert window.state.frame is not None
    (message,) = window.notifications.messages
    assert message.is_error
    assert "not a checkpoint" in message.text
    assert "\n" not in message.text
    assert len(window.settings.recents) == 1
    assert window.status.state_label.text() == "Ready"


def test_a_failure_to_open_the_first_scene_stays_on_the_welcome_page(window, qtbot, tmp_path):
    with qtbot.waitSignal(window.session.open_failed, timeout=5000):
        window.open_scene(tmp_path / "broken.pth")
    assert window.stack.currentWidget() is window.welcome
    assert window.notifications.messages[0].is_error


def test_opening_shows_progress_and_can_be_cancelled(make_window, qtbot, tmp_path):
    proceed = threading.Event()

    def slow(path, intrinsics, progress):
        progress(0.3, "Reading")
        proceed.wait(10)
        progress(0.4, "Reading on")
        return fake_opener(path, intrinsics, progress)

    window = make_window(slow)
    window.open_scene(tmp_path / "big.pth")
    qtbot.waitUntil(window.opening_card.isVisible, timeout=2000)
    qtbot.waitUntil(lambda: window.opening_card.text == "Reading…", timeout=2000)
    assert 0 < window.opening_card.bar.value() < window.opening_card.bar.maximum()
    assert window.status.state_label.text() == "Opening big.pth…"
    assert window.status.hint == "Esc cancels"
    qtbot.mouseClick(window.opening_card.cancel_button, Qt.MouseButton.LeftButton)
    proceed.set()
    qtbot.waitUntil(lambda: not window.opening_card.isVisible(), timeout=5000)
    assert window.state.scene is None
    assert window.notifications.messages == []


def test_escape_cancels_opening(make_window, qtbot, tmp_path):
    proceed = threading.Event()

    def slow(path, intrinsics, progress):
        while not proceed.wait(0.01):
            progress(0.3, "Reading")
        return fake_opener(path, intrinsics, progress)

    window = make_window(slow)
    window.open_scene(tmp_path / "big.pth")
    with qtbot.waitSignal(window.session.opening_cancelled, timeout=5000):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    proceed.set()
    assert window.state.scene is None


def test_closing_the_scene_returns_to_the_welcome_page(open_window):
    open_window.close_scene()
    assert open_window.stack.currentWidget() is open_window.welcome
    assert open_window.windowTitle() == "DeepVoxels"
    assert not open_window.docks.panels["scene"].isVisible()
    assert not open_window.menus.actions["close"].isEnabled()


def test_closing_the_window_while_a_scene_is_being_opened_ends_all_threads(
    make_window, qtbot, tmp_path
):
    def slow(path, intrinsics, progress):
        for _ in range(1000):
            progress(0.1, "Reading")
            threading.Event().wait(0.01)
        return fake_opener(path, intrinsics, progress)

    window = make_window(slow)
    window.open_scene(tmp_path / "big.pth")
    qtbot.wait(50)
    window.close()
    assert not window.isVisible()  # the fixture looks for what is left running


# A missing intrinsics.txt


@pytest.fixture
def asking_window(make_window):
    """A window whose checkpoints need an intrinsics.txt."""

    def opener(path, intrinsics, progress):
        if intrinsics is None:
            raise MissingIntrinsicsError(f"{path}: no intrinsics.txt")
        if intrinsics.name == "wrong.txt":
            raise CheckpointError(f"{intrinsics}: does not fit")
        return fake_opener(path, intrinsics, progress)

    return make_window(opener)


def test_a_missing_intrinsics_file_is_asked_for_and_the_answer_remembered(
    asking_window, qtbot, tmp_path
):
    window, checkpoint, intrinsics = asking_window, tmp_path / "a.pth", tmp_path / "i.txt"
    intrinsics.write_text(INTRINSICS)
    window.open_scene(checkpoint)
    qtbot.waitUntil(lambda: window.files.intrinsics_dialog is not None, timeout=5000)
    dialog = window.files.intrinsics_dialog
    assert window.notifications.messages == []  # asked for, not an error
    assert not dialog.open_button.isEnabled()
    dialog.set_path(intrinsics)
    with qtbot.waitSignal(window.session.opened, timeout=5000):
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    window.close_scene()
    with qtbot.waitSignal(window.session.opened, timeout=5000):
        window.open_scene(checkpoint)
    assert window.files.intrinsics_dialog is None


def test_an_unusable_intrinsics_file_is_refused_in_the_dialog(asking_window, qtbot, tmp_path):
    window = asking_window
    bad = tmp_path / "bad.txt"
    bad.write_text("525 256\n")
    window.open_scene(tmp_path / "a.pth")
    qtbot.waitUntil(lambda: window.files.intrinsics_dialog is not None, timeout=5000)
    dialog = window.files.intrinsics_dialog
    for path in (bad, tmp_path / "missing.txt", tmp_path):
        dialog.set_path(path)
        assert not dialog.open_button.isEnabled()
        assert dialog.verdict.text().strip()
    dialog.reject()
    assert window.state.scene is None


def test_a_remembered_intrinsics_file_that_fails_is_asked_for_again(asking_window, qtbot, tmp_path):
    window, checkpoint, wrong = asking_window, tmp_path / "a.pth", tmp_path / "wrong.txt"
    wrong.write_text(INTRINSICS)
    window.settings.remember_intrinsics(checkpoint, wrong)
    with qtbot.waitSignal(window.session.open_failed, timeout=5000):
        window.open_scene(checkpoint)
    window.open_scene(checkpoint)
    qtbot.waitUntil(lambda: window.files.intrinsics_dialog is not None, timeout=5000)
    window.files.intrinsics_dialog.reject()


# Dropping


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    arguments = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
    entering = QDragEnterEvent(QPoint(50, 50), *arguments, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, entering)
    if entering.isAccepted():
        dropping = QDropEvent(QPointF(50, 50), *arguments, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window, dropping)
    return entering.isAccepted()


def test_a_dropped_scene_opens(window, qtbot, scene_file):
    with qtbot.waitSignal(window.session.opened, timeout=5000):
        assert drop(window, scene_file)
    assert window.state.scene.path == scene_file
    assert not window.drop_frame.isVisible()


def test_a_dropped_photo_is_refused_in_one_line(open_window, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff")
    former = open_window.state.scene
    drop(open_window, photo)
    assert "photo.jpg" in open_window.notifications.messages[-1].text
    assert open_window.state.scene is former


def test_text_that_is_dragged_is_not_taken(window):
    data = QMimeData()
    data.setText("hello")
    event = QDragEnterEvent(
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, event)
    assert not window.drop_frame.isVisible()


def test_a_dropped_pose_file_is_looked_from(open_window, tmp_path):
    camera = look_at((5, 1, 2), (0, 0, 0), (0, 0, 1))
    pose = tmp_path / "000000.txt"
    pose.write_text(" ".join(map(repr, camera.camera_to_world.ravel().tolist())))
    drop(open_window, pose)
    np.testing.assert_allclose(open_window.state.camera.position, (5, 1, 2), atol=1e-9)


def test_a_dropped_intrinsics_file_without_a_checkpoint_says_what_to_do(window, tmp_path):
    path = tmp_path / "intrinsics.txt"
    path.write_text(INTRINSICS)
    drop(window, path)
    assert "together with its checkpoint" in window.notifications.messages[-1].text


# Poses and pictures


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
    pose, _ = pose_from_text(saved.text("dvox-pose"))
    np.testing.assert_allclose(pose.position, window.state.frame.camera.position, atol=1e-9)


def test_a_picture_that_cannot_be_saved_is_one_error_line(open_window, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file, not a folder")
    open_window.pictures.ask_where_to_save_picture()
    dialog = open_window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(blocked / "shot.png"))
    dialog.close()
    assert open_window.notifications.messages[-1].is_error


# Keys, menus, the look


def test_brackets_step_through_the_views_of_the_capture(open_window, qtbot):
    window = open_window
    views = window.state.scene.cameras
    window.viewport.setFocus()
    assert window.state.camera == views[0].camera
    press(qtbot, window, Qt.Key.Key_BracketRight)
    assert window.state.camera == views[1].camera
    press(qtbot, window, Qt.Key.Key_BracketLeft)
    press(qtbot, window, Qt.Key.Key_BracketLeft)
    assert window.state.camera == views[-1].camera


def test_display_modes_follow_menu_and_state(open_window):
    menus, state = open_window.menus, open_window.state
    menus.actions["display_depth"].trigger()
    assert state.display_mode is DisplayMode.DEPTH
    state.set_display_mode(DisplayMode.ENTROPY)
    assert menus.actions["display_entropy"].isChecked()
    assert not menus.actions["display_depth"].isChecked()


def test_depth_is_not_offered_for_a_model_that_knows_none(window, qtbot, tmp_path):
    open_scene(qtbot, window, tmp_path / "collapse.pth")
    assert window.menus.actions["display_rgb"].isEnabled()
    assert not window.menus.actions["display_depth"].isEnabled()
    assert not window.menus.actions["display_entropy"].isEnabled()


def test_without_a_scene_only_what_works_is_offered(window):
    enabled = {name for name, action in window.menus.actions.items() if action.isEnabled()}
    assert "open" in enabled
    assert not enabled & {"close", "save_picture", "copy_pose", "paste_pose", "hud", "next_view"}


def test_no_shortcut_is_given_twice(window):
    keys = [
        sequence.toString()
        for action in window.menus.actions.values()
        for sequence in action.shortcuts()
    ]
    assert len(keys) == len(set(keys))
    assert "" not in keys


def test_every_action_has_a_tool_tip_and_a_place_in_the_menus(window):
    for name, action in window.menus.actions.items():
        assert action.toolTip(), name
        assert action.associatedObjects(), name


def test_the_hud_is_switched_by_key_and_menu_and_kept(open_window, qtbot):
    window = open_window
    window.viewport.setFocus()
    press(qtbot, window, Qt.Key.Key_H)
    assert not window.viewport.hud_visible
    assert not window.settings.hud
    assert not window.menus.actions["hud"].isChecked()
    window.menus.actions["hud"].trigger()
    assert window.viewport.hud_visible
    assert window.settings.hud


def test_the_theme_changes_at_once_and_is_kept(open_window):
    open_window.menus.actions["theme_light"].trigger()
    assert not open_window.themes.theme.is_dark
    assert open_window.settings.theme == "light"
    assert open_window.menus.actions["theme_light"].isChecked()


def test_full_screen_shows_only_the_picture_and_escape_leaves_it(open_window, qtbot):
    window = open_window
    press(qtbot, window, Qt.Key.Key_F11)
    qtbot.waitUntil(window.isFullScreen, timeout=2000)
    assert not window.menuBar().isVisible()
    assert not window.statusBar().isVisible()
    assert not window.docks.panels["scene"].isVisible()
    press(qtbot, window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen(), timeout=2000)
    assert window.menuBar().isVisible()
    assert window.docks.panels["scene"].isVisible()


def test_a_session_is_restored(make_window, scene_file, qtbot):
    first = make_window()
    open_scene(qtbot, first, scene_file)
    first.resize(1111, 777)
    first.docks.toggle_actions[0].trigger()
    assert not first.docks.panels["scene"].isVisible()
    first.set_theme("light")
    qtbot.waitUntil(lambda: first.width() == 1111, timeout=2000)
    first.close()

    second = make_window_again(make_window, qtbot)
    assert second.settings.window_geometry.size()
    assert second.settings.theme == "light"
    assert [card.scene.path for card in second.welcome.recents.cards] == [scene_file]
    open_scene(qtbot, second, scene_file)
    assert not second.docks.panels["scene"].isVisible()
    second.reset_layout()
    assert second.docks.panels["scene"].isVisible()


def make_window_again(make_window, qtbot):
    qtbot.wait(20)
    return make_window()


def test_the_layout_of_a_scene_survives_a_close_on_the_welcome_page(make_window, scene_file, qtbot):
    first = make_window()
    open_scene(qtbot, first, scene_file)
    first.docks.toggle_actions[0].trigger()
    first.close_scene()
    first.close()
    second = make_window()
    open_scene(qtbot, second, scene_file)
    assert not second.docks.panels["scene"].isVisible()


def test_a_damaged_layout_is_ignored(make_window, settings, scene_file, qtbot):
    settings.dock_layout = QKeySequence("Ctrl+A").toString().encode()
    settings.window_geometry = b"nonsense"
    window = make_window()
    open_scene(qtbot, window, scene_file)
    assert window.docks.panels["scene"].isVisible()


def test_a_panel_can_float_and_come_back(open_window, qtbot):
    panel = open_window.docks.panels["scene"]
    dock = panel.parentWidget()
    dock.setFloating(True)
    qtbot.waitUntil(lambda: dock.isWindow() and dock.isVisible(), timeout=2000)
    open_window.reset_layout()
    qtbot.waitUntil(lambda: not dock.isFloating(), timeout=2000)


# Messages


def test_errors_stay_and_information_fades(window, qtbot, monkeypatch):
    monkeypatch.setattr("viewer.widgets.notifications.INFO_MS", 50)
    window.notifications.show_error("It failed")
    window.notifications.show_info("It worked")
    qtbot.waitUntil(
        lambda: [message.text for message in window.notifications.messages] == ["It failed"],
        timeout=3000,
    )
    qtbot.wait(200)
    message = window.notifications.messages[0]
    qtbot.mouseClick(message.close_button, Qt.MouseButton.LeftButton)
    assert window.notifications.messages == []
    assert not window.notifications.isVisible()


def test_escape_dismisses_the_newest_message(window):
    window.notifications.show_error("one")
    window.notifications.show_error("two")
    event = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    assert [message.text for message in window.notifications.messages] == ["one"]


def test_the_same_message_is_shown_once_and_few_at_a_time(window):
    for _ in range(4):
        window.notifications.show_error("same")
    assert len(window.notifications.messages) == 1
    for number in range(9):
        window.notifications.show_error(f"error {number}")
    assert [message.text for message in window.notifications.messages] == [
        "error 6",
        "error 7",
        "error 8",
    ]


def test_stepping_through_views_leaves_one_message(open_window):
    for _ in range(3):
        open_window.step_view(1)
    assert [m.text for m in open_window.notifications.messages] == ["View 000003, test"]


def test_messages_move_nothing(open_window, qtbot):
    before = open_window.viewport.geometry()
    open_window.notifications.show_error("a line " * 60)
    qtbot.wait(50)
    assert open_window.viewport.geometry() == before
    stack = open_window.stack.rect()
    assert stack.contains(open_window.notifications.geometry())


def test_a_long_message_is_shown_whole(open_window, qtbot):
    open_window.resize(800, 600)
    message = open_window.notifications.show_error("/a/long/path" * 30 + ": is not a checkpoint")
    qtbot.wait(50)
    label = message._label
    assert label.height() >= label.heightForWidth(label.width())


def test_a_failed_frame_is_one_line_and_the_last_picture_stays(open_window, renderers, qtbot):
    frame = open_window.state.frame
    renderers.newest.failures.append(RuntimeError("broken"))
    with qtbot.waitSignal(open_window.session.render_failed, timeout=5000):
        open_window.step_view(1)
    assert open_window.state.frame is frame
    assert "log" in open_window.notifications.messages[-1].text


def test_a_late_frame_is_said_in_the_status_bar(open_window, renderers, qtbot):
    renderers.newest.gate.clear()
    open_window.step_view(1)
    qtbot.waitUntil(lambda: open_window.status.state_label.text() == "Rendering…", timeout=3000)
    renderers.newest.gate.set()
    qtbot.waitUntil(lambda: open_window.status.state_label.text() == "Ready", timeout=3000)


def test_the_status_hint_gives_way_before_anything_is_cut(open_window, qtbot):
    for width in (760, 900, 1440):
        open_window.resize(width, 600)
        qtbot.wait(30)
        label = open_window.status.hint_label
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert open_window.status.hint.endswith("? shortcuts")


def test_the_window_module_does_not_import_torch():
    import subprocess
    import sys

    code = "import sys, viewer.app.application; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
