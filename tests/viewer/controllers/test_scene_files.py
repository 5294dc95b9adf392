"""Opening scenes: recent ones, failures, a missing intrinsics.txt, dropped files."""

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QImage,
)
from PySide6.QtWidgets import QApplication

from dvox_core.errors import CheckpointError, MissingIntrinsicsError
from dvox_core.geometry.cameras import look_at
from tests.helpers.captures import cube_capture
from tests.helpers.fakes import fake_opener
from tests.helpers.windows import drop

INTRINSICS = "525 256 256 0.\n0 0 0\n0.\n1.0\n512 512\n"


def test_an_opened_scene_becomes_a_recent_one_with_a_picture(
    open_window, scene_file, settings, recent_files
):
    assert [scene.path for scene in recent_files.scenes] == [scene_file]
    assert recent_files.scenes[0].caption == "128², .dvox"
    assert not QImage(str(recent_files.thumbnail(scene_file))).isNull()
    assert settings.last_folder == scene_file.parent


def test_a_failure_to_open_leaves_the_former_scene_and_says_why(open_window, qtbot, tmp_path):
    window, former, camera = open_window, open_window.state.scene, open_window.state.camera
    with qtbot.waitSignal(window.session.open_failed):
        window.files.open(tmp_path / "broken.pth")
    assert window.state.scene is former
    assert window.state.camera == camera
    assert window.state.frame is not None
    (message,) = window.notifications.messages
    assert message.is_error
    assert "not a checkpoint" in message.text
    assert "\n" not in message.text
    assert len(window.recent_files.scenes) == 1
    assert window.status.state_label.text() == "Ready"


def test_a_failure_to_open_the_first_scene_stays_on_the_welcome_page(window, qtbot, tmp_path):
    with qtbot.waitSignal(window.session.open_failed):
        window.files.open(tmp_path / "broken.pth")
    assert window.stack.currentWidget() is window.welcome
    assert window.notifications.messages[0].is_error


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
    window.files.open(checkpoint)
    qtbot.waitUntil(lambda: window.files.intrinsics_dialog is not None)
    dialog = window.files.intrinsics_dialog
    assert window.notifications.messages == []  # asked for, not an error
    assert not dialog.open_button.isEnabled()
    dialog.set_path(intrinsics)
    with qtbot.waitSignal(window.session.opened):
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    window.files.close()
    with qtbot.waitSignal(window.session.opened):
        window.files.open(checkpoint)
    assert window.files.intrinsics_dialog is None


def test_an_unusable_intrinsics_file_is_refused_in_the_dialog(asking_window, qtbot, tmp_path):
    window = asking_window
    bad = tmp_path / "bad.txt"
    bad.write_text("525 256\n")
    window.files.open(tmp_path / "a.pth")
    qtbot.waitUntil(lambda: window.files.intrinsics_dialog is not None)
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
    window.recent_files.remember_intrinsics(checkpoint, wrong)
    with qtbot.waitSignal(window.session.open_failed):
        window.files.open(checkpoint)
    window.files.open(checkpoint)
    qtbot.waitUntil(lambda: window.files.intrinsics_dialog is not None)
    window.files.intrinsics_dialog.reject()


def test_a_dropped_scene_opens(window, qtbot, scene_file):
    with qtbot.waitSignal(window.session.opened):
        assert drop(window, scene_file)
    assert window.state.scene.path == scene_file
    assert not window.drops.frame.isVisible()


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
    assert not window.drops.frame.isVisible()


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


def test_pictures_that_the_command_line_names_open_the_wizard(window, qtbot, tmp_path):
    cube_capture(tmp_path / "cube", train=6, test=1)
    window.files.open_named(tmp_path / "cube")
    wizard = window.wizard_launcher.wizard
    qtbot.waitUntil(lambda: wizard.state.plan.found_source is not None)
    assert wizard.state.plan.found_source.given == tmp_path / "cube"


def test_the_scene_in_a_runs_folder_opens_its_run_so_that_it_can_be_trained_longer(
    window, tmp_path
):
    named = []
    window.files.run_named.disconnect()
    window.files.run_named.connect(named.append)
    for name in ("config.json", "log.jsonl", "scene.dvox"):
        (tmp_path / name).write_text("{}")
    window.files.open(tmp_path / "scene.dvox")
    assert named == [tmp_path]
