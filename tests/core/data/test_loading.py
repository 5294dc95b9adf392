"""A capture is looked at before training: everything bad is one line that names it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dvox_core.data.deepvoxels_files import write_pose
from dvox_core.data.loading import load_capture, split_names, view_coverage
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from tests.core.data.capture_makers import OPENGL, PINHOLE, make_layout, ring_of_cameras


@pytest.fixture
def capture_folder(tmp_path: Path) -> Path:
    return make_layout(tmp_path / "capture", ring_of_cameras(8))


def test_a_folder_without_split_has_every_eighth_view_for_testing(tmp_path: Path) -> None:
    folder = make_layout(tmp_path / "capture", ring_of_cameras(17))
    capture = load_capture(folder)
    assert [view.name for view in capture.split("test")] == ["000000", "000008", "000016"]
    assert len(capture.split("train")) == 14
    assert any("every 8th view" in note for note in capture.notes)
    assert len(load_capture(folder, test_every=0).split("train")) == 17


def test_split_folders_are_kept_and_share_intrinsics(capture_folder: Path) -> None:
    for split in ("train", "validation", "test"):
        shutil.copytree(capture_folder, capture_folder.parent / "whole" / split, dirs_exist_ok=True)
    capture = load_capture(capture_folder.parent / "whole")
    assert {split: len(capture.split(split)) for split in ("train", "validation", "test")} == {
        "train": 8,
        "validation": 8,
        "test": 8,
    }
    assert capture.name == "whole"
    path = capture_folder.parent / "whole" / "test" / "intrinsics.txt"
    path.write_text(path.read_text().replace("90.0", "91.0"))
    with pytest.raises(CaptureError, match=r"test/intrinsics.txt: differs from"):
        load_capture(capture_folder.parent / "whole")


def test_test_poses_without_pictures_are_left_out_with_a_note(capture_folder: Path) -> None:
    whole = capture_folder.parent / "whole"
    shutil.copytree(capture_folder, whole / "train")
    shutil.copytree(capture_folder / "pose", whole / "test" / "pose")
    capture = load_capture(whole)
    assert len(capture.views) == 8
    assert any("no pictures" in note for note in capture.notes)


def test_coverage_is_told_for_every_view(capture_folder: Path) -> None:
    capture = load_capture(capture_folder)
    shares = view_coverage(capture)
    assert len(shares) == 8
    assert 0.8 < min(shares) <= max(shares) <= 1


def test_a_camera_that_sees_nothing_is_named_before_training(capture_folder: Path) -> None:
    away = Camera(ring_of_cameras(8)[3].camera_to_world @ OPENGL)
    write_pose(capture_folder / "pose" / "000003.txt", away)
    notes = load_capture(capture_folder).notes
    assert any("1 cameras see nothing" in note and "000003" in note for note in notes)


@pytest.mark.parametrize(
    ("kind", "convert"),
    [
        ("grey", lambda picture: picture.convert("L")),
        ("CMYK", lambda picture: picture.convert("CMYK")),
        ("16-bit", lambda picture: Image.fromarray(np.asarray(picture)[..., 0].astype("u2") * 257)),
    ],
)
def test_odd_pictures_are_told_with_their_name(
    capture_folder: Path, kind: str, convert: object
) -> None:
    path = capture_folder / "rgb" / "000004.png"
    picture = convert(Image.open(path))  # type: ignore[operator]
    path.unlink()
    picture.save(path.with_suffix(".jpg" if kind == "CMYK" else ".png"))
    notes = load_capture(capture_folder).notes
    assert any(kind in note and "000004" in note and "save" in note for note in notes)


def zero_bytes(folder: Path) -> None:
    (folder / "rgb" / "000002.png").write_bytes(b"")


def unreadable(folder: Path) -> None:
    data = (folder / "rgb" / "000002.png").read_bytes()
    (folder / "rgb" / "000002.png").write_bytes(data[: len(data) // 2])


def no_picture(folder: Path) -> None:
    (folder / "rgb" / "000002.png").write_text("nothing")


def another_size(folder: Path) -> None:
    Image.new("RGB", (60, 64)).save(folder / "rgb" / "000002.png")


def unequal_counts(folder: Path) -> None:
    (folder / "pose" / "000002.txt").unlink()


def one_view(folder: Path) -> None:
    for path in [*folder.glob("rgb/*"), *folder.glob("pose/*")]:
        if path.stem != "000002":
            path.unlink()


def equal_poses(folder: Path) -> None:
    for path in folder.glob("pose/*"):
        write_pose(path, ring_of_cameras(8)[2])


def no_overlap(folder: Path) -> None:
    for path, camera in zip(sorted(folder.glob("pose/*")), ring_of_cameras(8), strict=True):
        write_pose(path, Camera(camera.camera_to_world @ OPENGL))


def bad_pose(folder: Path) -> None:
    (folder / "pose" / "000002.txt").write_text("1 2 3")


def no_intrinsics(folder: Path) -> None:
    (folder / "intrinsics.txt").unlink()


def no_pictures(folder: Path) -> None:
    for path in folder.glob("rgb/*"):
        path.unlink()


def no_poses(folder: Path) -> None:
    shutil.rmtree(folder / "pose")


def nothing(folder: Path) -> None:
    shutil.rmtree(folder / "pose")
    shutil.rmtree(folder / "rgb")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (zero_bytes, "000002.png: has zero bytes"),
        (unreadable, "000002.png: cannot be read"),
        (no_picture, "000002.png: is not a picture"),
        (another_size, "000002.png: is 60×64, but intrinsics.txt says 64×64"),
        (unequal_counts, "8 pictures in rgb/ but 7 poses in pose/ (without a partner: 000002)"),
        (one_view, "has 1 training view"),
        (equal_poses, "all 7 training poses are equal"),
        (no_overlap, "8 of 8 cameras see nothing"),
        (bad_pose, "000002.txt: expected 16 numbers"),
        (no_intrinsics, "intrinsics.txt: not found"),
        (no_pictures, "rgb: holds no pictures"),
        (no_poses, "pose: not found"),
        (nothing, "is no capture in the DeepVoxels layout"),
    ],
)
def test_bad_input_gives_one_line_before_training(
    capture_folder: Path, spoil: object, words: str
) -> None:
    spoil(capture_folder)  # type: ignore[operator]
    with pytest.raises(CaptureError) as caught:
        load_capture(capture_folder)
    message = str(caught.value)
    assert words in message
    assert str(capture_folder) in message
    assert "; " in message
    assert "\n" not in message


def test_pictures_that_are_not_square_are_to_be_imported(tmp_path: Path) -> None:
    folder = make_layout(tmp_path / "capture", ring_of_cameras(4), PINHOLE)
    with pytest.raises(CaptureError, match="80×60, not square; import it"):
        load_capture(folder)


def test_splits_of_few_views_leave_enough_for_training() -> None:
    assert split_names(3, 8) == ["train"] * 3
    assert split_names(4, 2) == ["test", "train", "test", "train"]
    assert split_names(9, 1) == ["train"] * 9
