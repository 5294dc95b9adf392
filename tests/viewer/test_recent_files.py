"""Which files are remembered between sessions."""

from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage

from viewer.recent_files import MAX_SCENES, RecentFiles, RecentScene, names_apart


def again(folder):
    """What the next session finds."""
    return RecentFiles.in_folder(folder)


def test_scenes_are_newest_first_without_doubles_and_survive_a_restart(tmp_path):
    recent_files = again(tmp_path)
    for name in ("a", "b", "a"):
        recent_files.add_scene(tmp_path / name, name, "128²")
    assert [scene.name for scene in again(tmp_path).scenes] == ["a", "b"]
    assert again(tmp_path).scenes[0].path == tmp_path / "a"


def test_scenes_of_one_name_are_told_apart_by_as_much_of_their_folders_as_it_takes():
    scenes = [
        RecentScene(Path(path), name, "", 0.0)
        for path, name in (
            ("/runs/a/scene/x.dvox", "lego"),
            ("/runs/b/scene/x.dvox", "lego"),
            ("/runs/b/vase.dvox", "vase"),
            ("/one/cube.dvox", "cube"),
            ("/one/cube-2.dvox", "cube"),
        )
    ]
    assert names_apart(scenes) == [
        "lego — a/scene",
        "lego — b/scene",
        "vase",
        "cube — cube.dvox",
        "cube — cube-2.dvox",
    ]


def test_only_so_many_scenes_are_kept(recent_files, tmp_path):
    for number in range(MAX_SCENES + 5):
        recent_files.add_scene(tmp_path / str(number), str(number), "")
    assert len(recent_files.scenes) == MAX_SCENES
    assert recent_files.scenes[0].name == str(MAX_SCENES + 4)


def test_damaged_lists_count_as_not_there(tmp_path):
    (tmp_path / "settings.ini").write_text('[files]\nrecents="{not json"\nintrinsics="[1]"\n')
    recent_files = again(tmp_path)
    assert recent_files.scenes == []
    assert recent_files.intrinsics_for(tmp_path / "x.pth") is None


def test_a_scene_with_a_field_missing_is_left_out(tmp_path):
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    store.setValue(
        "files/recents",
        '[{"path": "/x"}, 3, {"path": "/y", "name": "y", "caption": "", "opened": 1.0}]',
    )
    assert [scene.name for scene in RecentFiles(store, tmp_path).scenes] == ["y"]


def test_thumbnails_are_small_and_go_with_their_scene(qapp, recent_files, tmp_path):
    path = tmp_path / "lego.dvox"
    picture = QImage(1000, 1000, QImage.Format.Format_RGB888)
    picture.fill(0x336699)
    recent_files.add_scene(path, "lego", "")
    assert recent_files.save_thumbnail(path, picture)
    assert QImage(str(recent_files.thumbnail(path))).width() == 400
    recent_files.remove_scene(path)
    assert not recent_files.thumbnail(path).exists()
    assert recent_files.scenes == []


def test_the_intrinsics_chosen_for_a_checkpoint_are_remembered_until_forgotten(tmp_path):
    intrinsics, checkpoint = tmp_path / "intrinsics.txt", tmp_path / "a.pth"
    intrinsics.write_text("1 2 3\n")
    recent_files = again(tmp_path)
    recent_files.remember_intrinsics(checkpoint, intrinsics)
    assert again(tmp_path).intrinsics_for(checkpoint) == intrinsics
    assert again(tmp_path).intrinsics_for(tmp_path / "b.pth") is None
    recent_files.forget_intrinsics(checkpoint)
    assert recent_files.intrinsics_for(checkpoint) is None


def test_remembered_intrinsics_that_are_gone_are_not_used(recent_files, tmp_path):
    recent_files.remember_intrinsics(tmp_path / "a.pth", tmp_path / "intrinsics.txt")
    assert recent_files.intrinsics_for(tmp_path / "a.pth") is None


def test_a_run_that_was_started_here_stays_so_when_it_is_only_watched_later(tmp_path):
    run = Path(tmp_path / "run")
    again(tmp_path).add_run(run, started_here=True)
    again(tmp_path).add_run(run, started_here=False)
    assert [(known.path, known.started_here) for known in again(tmp_path).runs] == [(run, True)]
