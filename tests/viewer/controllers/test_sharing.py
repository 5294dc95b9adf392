"""What can be given to others of a scene: a copy, a picture, a turntable."""

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication, QImage

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import is_half, read_scene, write_scene
from tests.helpers.scenes import random_scene
from viewer.dialogs.photographing import PhotographingDialog


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The user's folders of pictures and videos."""
    monkeypatch.setattr(
        QStandardPaths, "writableLocation", lambda location: str(tmp_path / location.name)
    )
    return tmp_path


def test_a_picture_and_a_turntable_are_shared_without_a_question(open_window, folders, qtbot):
    window = open_window
    window.menus.trigger("share_picture")
    path = folders / "PicturesLocation" / "lego-rgb.png"
    assert not QImage(str(path)).isNull()
    assert QGuiApplication.clipboard().image().size() == QImage(str(path)).size()
    assert "it is on the clipboard too" in window.notifications.messages[-1].text
    assert window.outputs.sharing.share_picture().name == "lego-rgb-2.png"  # nothing is replaced
    requests = []
    window.path_tools.recordings.add = requests.append
    window.menus.trigger("share_turntable")
    qtbot.waitUntil(lambda: bool(requests))
    (request,) = requests
    assert request.target == folders / "MoviesLocation" / "lego-turntable.mp4"
    assert request.path.seconds == pytest.approx(8.0)


def test_a_scene_is_saved_in_half_precision_with_or_without_cameras(make_window, qtbot, tmp_path):
    source = tmp_path / "robot.dvox"
    write_scene(source, random_scene())
    window = make_window(open_scene=lambda path, intrinsics, progress: open_scene(path))
    with qtbot.waitSignal(window.session.opened):
        window.files.open(source)
    dialog = window.outputs.sharing.ask_how_to_save()
    assert dialog.half.isChecked()
    assert "3 cameras" in dialog.cameras.text()
    dialog.reject()
    scene = window.state.scene
    for name, half, cameras in (("a.dvox", True, False), ("b.dvox", False, True)):
        window.outputs.sharing.save_scene(scene, tmp_path / name, half=half, cameras=cameras)
        qtbot.waitUntil(lambda name=name: (tmp_path / name).is_file())
        qtbot.waitUntil(
            lambda name=name: any(name in m.text for m in window.notifications.messages)
        )
        saved = read_scene(tmp_path / name)
        assert is_half(saved) == half
        assert len(saved.cameras) == (3 if cameras else 0)
    before = source.read_bytes()
    window.outputs.sharing.save_scene(scene, source, half=True, cameras=True)
    assert "is the open scene itself" in window.notifications.messages[-1].text
    assert source.read_bytes() == before


def test_how_to_photograph_is_a_page_with_pictures(window):
    window.menus.trigger("photographing")
    dialog = window.findChild(PhotographingDialog)
    pictures = [child for child in dialog.findChildren(object) if hasattr(child, "renderer")]
    assert len(pictures) == 4
    assert all(picture.renderer().isValid() for picture in pictures)
    dialog.accept()
