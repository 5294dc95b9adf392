"""Where recordings are written: whole or absent, and nothing of anybody else's is lost."""

import shutil
from dataclasses import replace

import pytest
from PIL import Image

from dvox_core.camera_paths.path import CameraPath
from dvox_core.errors import Cancelled, UserError
from dvox_core.recording.kept_frames import part_folder
from dvox_core.recording.record import record
from dvox_core.recording.settings import RecordingError, RecordingSettings
from tests.helpers.fakes import FakeRenderer, fake_scene
from tests.helpers.recordings import (
    PATH,
    SCENE,
    SMALL,
    hash_of,
    key,
    recorded,
    stopping_after,
)


def test_a_video_that_is_there_is_replaced_only_when_told_and_only_at_the_end(tmp_path):
    for name in ("a.mp4", "pictures"):
        target = tmp_path / name
        recorded(target)
        before = hash_of(target)
        with pytest.raises(RecordingError, match="is there already"):
            recorded(target)
        other = PATH.reversed()
        with pytest.raises(Cancelled):
            recorded(target, path=other, overwrite=True, progress=stopping_after(3))
        assert hash_of(target) == before
        recorded(target, path=other, overwrite=True)
        assert hash_of(target) != before
        assert not part_folder(target).exists()


REFUSED = {
    "no keys": (CameraPath(), SMALL, "a.mp4", "no keyframes"),
    "one key": (CameraPath((key(0.0),)), SMALL, "a.mp4", "one keyframe"),
    "odd size": (PATH, RecordingSettings(size=(97, 64)), "a.mp4", "choose 98 × 64"),
    "tiny size": (PATH, RecordingSettings(size=(8, 8)), "a.mp4", "too small"),
    "huge size": (PATH, RecordingSettings(size=(9000, 9000)), "a.mp4", "too large"),
    "odd half": (PATH, RecordingSettings(size=(97, 64), mode="side-by-side"), "a.gif", "98 × 64"),
    "suffix": (PATH, SMALL, "a.avi", ".avi is no kind of video"),
    "other suffix": (PATH, replace(SMALL, codec="vp9"), "a.mp4", "needs .webm or .mkv"),
    "quick GIF": (PATH, replace(SMALL, fps=60.0), "a.gif", "at most 50"),
    "unknown codec": (PATH, replace(SMALL, codec="divx"), "a.mp4", "no codec"),
    "in a file": (PATH, SMALL, "file/a.mp4", "cannot write here"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_recorded_is_told_in_one_line_before_anything_is_rendered(name, tmp_path):
    path, settings, file, words = REFUSED[name]
    (tmp_path / "file").write_text("")
    renderer = FakeRenderer(SCENE)
    with pytest.raises(UserError) as caught:
        record(renderer, SCENE, path, settings, tmp_path / file)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert renderer.rendered == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_model_without_depth_has_no_video_of_it(tmp_path):
    flat = fake_scene(occlusion=False)
    with pytest.raises(RecordingError, match="no depth"):
        recorded(tmp_path / "a.mp4", replace(SMALL, mode="depth"), scene=flat)
    assert recorded(tmp_path / "b.mp4", scene=flat).frame_count == 12


def test_a_folder_that_is_somebodys_own_is_left_alone(tmp_path):
    own = tmp_path / "pictures"
    own.mkdir()
    (own / "thesis.txt").write_text("mine")
    with pytest.raises(RecordingError, match=r"holds thesis\.txt, which no recording wrote"):
        recorded(own, overwrite=True)
    part = tmp_path / "a.mp4.part"
    part.mkdir()
    (part / "thesis.txt").write_text("mine")
    with pytest.raises(RecordingError, match="in the way"):
        recorded(tmp_path / "a.mp4")
    assert (part / "thesis.txt").read_text() == (own / "thesis.txt").read_text() == "mine"


def put_note(folder):
    (folder / "notes.txt").write_text("mine")


def put_gap(folder):
    shutil.copy(folder / "000000.png", folder / "000900.png")


def put_folder(folder):
    (folder / "best").mkdir()


def put_foreign_pictures(folder):
    for path in folder.iterdir():
        Image.new("RGB", (8, 8)).save(path)


@pytest.mark.parametrize("put", [put_note, put_gap, put_folder, put_foreign_pictures])
def test_pictures_do_not_take_the_place_of_a_folder_with_other_peoples_files(put, tmp_path):
    target = tmp_path / "pictures"
    recorded(target)
    put(target)
    before = {path.name: path.stat().st_size for path in target.iterdir()}
    renderer = FakeRenderer(SCENE)
    with pytest.raises(RecordingError, match="which no recording wrote") as caught:
        record(renderer, SCENE, PATH, SMALL, target, overwrite=True)
    assert "\n" not in str(caught.value)
    assert renderer.rendered == []
    assert {path.name: path.stat().st_size for path in target.iterdir()} == before


def test_a_file_that_comes_among_the_pictures_meanwhile_is_not_lost(tmp_path):
    target = tmp_path / "pictures"
    recorded(target)

    def add(progress):
        put_note(target)

    with pytest.raises(RecordingError, match=r"notes\.txt"):
        recorded(target, overwrite=True, progress=add)
    assert (target / "notes.txt").read_text() == "mine"
    (target / "notes.txt").unlink()
    assert recorded(target, overwrite=True).resumed == 12
    (target / "Thumbs.db").write_text("left by a file manager")
    recorded(target, overwrite=True)
    assert len(list(target.iterdir())) == 12


@pytest.mark.parametrize(("name", "what"), [("pictures", "file"), ("a.mp4", "folder")])
def test_what_cannot_be_replaced_is_refused_before_the_first_frame(name, what, tmp_path):
    target = tmp_path / name
    if what == "file":
        target.write_text("mine")
    else:
        target.mkdir()
    renderer = FakeRenderer(SCENE)
    with pytest.raises(RecordingError, match=f"is a {what}"):
        record(renderer, SCENE, PATH, SMALL, target, overwrite=True)
    assert renderer.rendered == []
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_two_recordings_of_one_name_at_once_are_refused(tmp_path):
    target = tmp_path / "a.mp4"

    def record_again(progress):
        if progress.frame == 2:
            with pytest.raises(RecordingError, match="is being recorded already"):
                recorded(target)

    assert recorded(target, progress=record_again).frame_count == 12
