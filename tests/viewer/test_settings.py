"""What is remembered between sessions."""

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage

from viewer.settings import RECENT_LIMIT, Settings


def again(settings_folder):
    return Settings.in_folder(settings_folder)


def test_look_window_and_folder_survive_a_restart(tmp_path):
    folder = tmp_path / "s"
    first = Settings.in_folder(folder)
    assert (first.theme, first.hud, first.motion) == ("system", True, True)
    first.theme, first.hud, first.motion = "light", False, False
    first.window_geometry, first.dock_layout = QByteArray(b"here"), QByteArray(b"there")
    first.last_folder = tmp_path
    first.save()
    second = again(folder)
    assert (second.theme, second.hud, second.motion) == ("light", False, False)
    assert bytes(second.window_geometry) == b"here"
    assert bytes(second.dock_layout) == b"there"
    assert second.last_folder == tmp_path


def test_a_last_folder_that_is_gone_gives_way_to_home(settings, tmp_path):
    settings.last_folder = tmp_path / "gone"
    assert settings.last_folder.is_dir()


def test_recents_are_newest_first_without_doubles_and_survive_a_restart(tmp_path):
    folder = tmp_path / "s"
    settings = Settings.in_folder(folder)
    for name in ("a", "b", "a"):
        settings.add_recent(tmp_path / name, name, "128²")
    settings.save()
    assert [scene.name for scene in again(folder).recents] == ["a", "b"]
    assert again(folder).recents[0].path == tmp_path / "a"


def test_only_so_many_recents_are_kept(settings, tmp_path):
    for number in range(RECENT_LIMIT + 5):
        settings.add_recent(tmp_path / str(number), str(number), "")
    assert len(settings.recents) == RECENT_LIMIT
    assert settings.recents[0].name == str(RECENT_LIMIT + 4)


def test_damaged_settings_count_as_not_there(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "settings.ini").write_text(
        '[files]\nrecents="{not json"\nintrinsics="[1]"\n[look]\ntheme=purple\nhud=maybe\n'
        "[window]\ngeometry=7\n"
    )
    settings = again(folder)
    assert settings.recents == []
    assert settings.theme == "system"
    assert settings.window_geometry.isEmpty()
    assert settings.intrinsics_for(tmp_path / "x.pth") is None


def test_a_recent_entry_with_a_field_missing_is_left_out(tmp_path):
    settings = Settings.in_folder(tmp_path / "s")
    settings._store.setValue(
        "files/recents",
        '[{"path": "/x"}, 3, {"path": "/y", "name": "y", "caption": "", "opened": 1.0}]',
    )
    assert [scene.name for scene in settings.recents] == ["y"]


def test_thumbnails_are_small_and_go_with_their_scene(qapp, settings, tmp_path):
    path = tmp_path / "lego.dvox"
    picture = QImage(1000, 1000, QImage.Format.Format_RGB888)
    picture.fill(0x336699)
    settings.add_recent(path, "lego", "")
    assert settings.save_thumbnail(path, picture)
    assert QImage(str(settings.thumbnail(path))).width() == 400
    settings.remove_recent(path)
    assert not settings.thumbnail(path).exists()
    assert settings.recents == []


def test_the_intrinsics_chosen_for_a_checkpoint_are_remembered_until_forgotten(tmp_path):
    folder = tmp_path / "s"
    intrinsics = tmp_path / "intrinsics.txt"
    intrinsics.write_text("1 2 3\n")
    settings = Settings.in_folder(folder)
    checkpoint = tmp_path / "a.pth"
    settings.remember_intrinsics(checkpoint, intrinsics)
    settings.save()
    assert again(folder).intrinsics_for(checkpoint) == intrinsics
    assert again(folder).intrinsics_for(tmp_path / "b.pth") is None
    settings.forget_intrinsics(checkpoint)
    assert settings.intrinsics_for(checkpoint) is None


def test_remembered_intrinsics_that_are_gone_are_not_used(settings, tmp_path):
    intrinsics = tmp_path / "intrinsics.txt"
    settings.remember_intrinsics(tmp_path / "a.pth", intrinsics)
    assert settings.intrinsics_for(tmp_path / "a.pth") is None
