"""What is dropped is judged by its content."""

import pickle
import zipfile

import pytest

from dvox_core.data import photo_files, photos
from viewer.controllers import dropped_files as drop
from viewer.controllers.dropped_files import Content, content_of, recognise_drop

POSE = " ".join(["1 0 0 0", "0 1 0 0", "0 0 1 0", "0 0 0 1"])
INTRINSICS = "525 256 256 0.\n0 0 0\n0.\n1.0\n512 512\n"


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def archive(tmp_path):
    """What torch.save writes, as far as its first bytes go, under a name that says nothing."""
    path = tmp_path / "model"
    with zipfile.ZipFile(path, "w") as stream:
        stream.writestr("archive/data.pkl", b"x")
    return path


def test_checkpoints_and_scenes_are_known_by_content(tmp_path, archive):
    header = b'{"__metadata__":{}}'
    safetensors = write(tmp_path / "scene", len(header).to_bytes(8, "little") + header)
    old_checkpoint = write(tmp_path / "old", pickle.dumps({"a": 1}))
    for path in (archive, safetensors, old_checkpoint):
        assert content_of(path) is Content.SCENE


def test_another_programs_zip_is_no_checkpoint(tmp_path):
    path = tmp_path / "text.docx"
    with zipfile.ZipFile(path, "w") as stream:
        stream.writestr("word/document.xml", b"x")
    assert content_of(path) is Content.UNKNOWN


def test_intrinsics_and_poses_are_known_by_content(tmp_path):
    assert content_of(write(tmp_path / "a", INTRINSICS)) is Content.INTRINSICS
    assert content_of(write(tmp_path / "b", INTRINSICS + "1\n")) is Content.INTRINSICS
    assert content_of(write(tmp_path / "c", POSE)) is Content.POSE
    assert content_of(write(tmp_path / "d", "shopping list")) is Content.UNKNOWN
    assert content_of(write(tmp_path / "e", b"\x89PNG\r\n\x1a\n")) is Content.UNKNOWN
    assert content_of(write(tmp_path / "f", "")) is Content.UNKNOWN


def test_a_scene_by_name_is_opened_so_that_opening_says_what_is_wrong(tmp_path):
    assert recognise_drop([write(tmp_path / "broken.pth", "text")]).scene == tmp_path / "broken.pth"


def test_a_checkpoint_dropped_with_its_intrinsics_takes_them(tmp_path, archive):
    intrinsics = write(tmp_path / "k.txt", INTRINSICS)
    drop = recognise_drop([intrinsics, archive])
    assert (drop.scene, drop.intrinsics) == (archive, intrinsics)


def test_a_folder_with_one_scene_opens_it_and_with_several_asks(tmp_path):
    one, several, none = tmp_path / "one", tmp_path / "several", tmp_path / "none"
    for folder in (one, several, none):
        folder.mkdir()
    scene = write(one / "a.dvox", "x")
    for name in ("a.pth", "b.pth"):
        write(several / name, "x")
    assert recognise_drop([one]).scene == scene
    assert recognise_drop([several]).choices == several
    assert "no .dvox or .pth" in recognise_drop([none]).problem


def test_the_folder_of_a_training_run_is_a_run(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "log.jsonl").write_text("")
    (tmp_path / "scene.dvox").write_bytes(b"")
    assert recognise_drop([tmp_path]).run == tmp_path


def test_the_folder_of_a_training_run_without_its_log_opens_its_scene(tmp_path):
    for name in ("scene.dvox", "older.dvox", "snapshot.pt"):
        write(tmp_path / name, "x")
    assert recognise_drop([tmp_path]).scene == tmp_path / "scene.dvox"


def test_what_cannot_be_opened_gets_one_line(tmp_path):
    drop = recognise_drop([write(tmp_path / "photo.jpg", b"\xff\xd8\xff")])
    assert "photo.jpg" in drop.problem
    assert "\n" not in drop.problem
    assert recognise_drop([tmp_path / "gone"]).problem


@pytest.mark.parametrize("name", ["transforms.json", "walk.mp4", "walk.MOV"])
def test_captures_and_videos_are_sources_to_train_on(tmp_path, name):
    assert recognise_drop([write(tmp_path / name, b'{"frames": []}')]).source == tmp_path / name


def test_a_transforms_file_of_another_name_is_known_by_its_content(tmp_path):
    path = write(tmp_path / "cameras.json", b'{"frames": [{"transform_matrix": []}]}')
    (tmp_path / "images").mkdir()
    assert recognise_drop([path]).source == path
    assert recognise_drop([write(tmp_path / "letters.json", b"{}")]).problem


@pytest.mark.parametrize("name", ["rgb", "images", "sparse", "transforms.json", "a.jpg"])
def test_a_folder_of_pictures_is_a_source_to_train_on(tmp_path, name):
    (tmp_path / name).mkdir()
    assert recognise_drop([tmp_path]).source == tmp_path


def test_several_pictures_mean_the_folder_they_lie_in(tmp_path):
    pictures = [write(tmp_path / f"{index}.jpg", b"\xff\xd8") for index in range(3)]
    assert recognise_drop(pictures).source == tmp_path


def test_endings_are_those_that_import_reads():
    assert drop.PICTURE_ENDINGS == photo_files.PHOTO_ENDINGS
    assert drop.VIDEO_ENDINGS == photos.VIDEO_ENDINGS


@pytest.mark.parametrize(
    "content",
    ['{"default_fov": 50, "keyframes": []}', '{"path": [{"R": [1, 0, 0, 0]}], "time": 0}'],
)
def test_a_camera_path_is_known_by_content(tmp_path, content):
    path = write(tmp_path / "anything.json", content)
    assert recognise_drop([path]).path == path


def test_a_folder_of_poses_is_a_camera_path(tmp_path):
    (tmp_path / "pose").mkdir()
    write(tmp_path / "pose" / "000000.txt", POSE)
    assert recognise_drop([tmp_path]).path == tmp_path
    assert recognise_drop([tmp_path / "pose"]).path == tmp_path / "pose"


@pytest.mark.parametrize("name", ["transforms.json", "cameras.json"])
def test_a_transforms_json_is_a_source_beside_its_pictures_and_else_a_camera_path(tmp_path, name):
    path = write(tmp_path / name, '{"frames": [{"transform_matrix": []}]}')
    assert (recognise_drop([path]).path, recognise_drop([path]).source) == (path, None)
    write(tmp_path / "0001.png", b"")
    assert (recognise_drop([path]).path, recognise_drop([path]).source) == (None, path)


@pytest.mark.parametrize(
    "content",
    [
        '[{"id": 0, "position": [0, 0, 0], "rotation": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}]',
        '[{"file_path": "a.png", "transform": [[1, 0, 0, 0]]}]',
        '{"frames": [{"camera_to_world": []}]}',
        "[\n  [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]]",
    ],
)
def test_a_list_of_cameras_is_a_camera_path(tmp_path, content):
    path = write(tmp_path / "anything.json", content)
    write(tmp_path / "0001.png", b"")
    assert recognise_drop([path]).path == path
