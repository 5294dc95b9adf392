"""What is remembered of the window between sessions."""

from PySide6.QtCore import QByteArray

from viewer.settings import PROGRAM_FOLDER, Settings


def test_look_window_and_folder_survive_a_restart(tmp_path):
    first = Settings.in_folder(tmp_path)
    assert (first.theme, first.hud, first.motion) == ("system", False, True)
    first.theme, first.hud, first.motion = "light", True, False
    first.window_geometry, first.dock_layout = QByteArray(b"here"), QByteArray(b"there")
    first.last_folder = tmp_path
    first.save()
    second = Settings.in_folder(tmp_path)
    assert (second.theme, second.hud, second.motion) == ("light", True, False)
    assert bytes(second.window_geometry) == b"here"
    assert bytes(second.dock_layout) == b"there"
    assert second.last_folder == tmp_path


def test_what_is_made_of_a_scene_is_saved_beside_it_but_never_beside_the_program(
    settings, tmp_path
):
    own, other = tmp_path / "own.dvox", tmp_path / "other"
    other.mkdir()
    assert settings.save_folder(own) == tmp_path
    settings.keep_save_folder(own, other)
    assert settings.save_folder(own) == other
    of_program = PROGRAM_FOLDER / "assets" / "sample.dvox"
    for scene in (of_program, None):
        folder = settings.save_folder(scene)
        assert folder.is_dir()
        assert not folder.is_relative_to(PROGRAM_FOLDER)


def test_a_last_folder_that_is_gone_gives_way_to_home(settings, tmp_path):
    settings.last_folder = tmp_path / "gone"
    assert settings.last_folder.is_dir()


def test_damaged_settings_count_as_not_there(tmp_path):
    (tmp_path / "settings.ini").write_text(
        "[look]\ntheme=purple\nhud=maybe\n[window]\ngeometry=7\n"
    )
    settings = Settings.in_folder(tmp_path)
    assert settings.theme == "system"
    assert settings.window_geometry.isEmpty()
