"""Split lists, pictures that stand twice, and masks."""

import json
from pathlib import Path

import pytest
from PIL import Image

from dvox_core.data.formats import recognise
from dvox_core.data.loading import load_capture
from dvox_core.data.source import Source
from dvox_core.data.split_lists import splits_by_lists
from tests.core.data.capture_makers import (
    edit_transforms,
    imported,
    make_layout,
    make_transforms,
    ring_of_cameras,
)


def read(folder: Path, tmp_path: Path) -> Source:
    return recognise(folder).read(folder, tmp_path, lambda done, total, what: None)


def told(notes: object, words: str) -> bool:
    return any(words in note for note in notes)  # type: ignore[attr-defined]


def test_cameras_in_folders_of_their_own_may_call_pictures_alike() -> None:
    frames = ["./left/0.png", "left/1.png", "right/0.png", "right/1.png"]
    notes: list[str] = []
    lists = {"train": ["left/0.png", "right/1.png"], "test": ["right/0.png", "left\\1.png"]}
    assert splits_by_lists(frames, lists, notes) == ["train", "test", "test", "train"]
    assert notes == []


def test_names_without_folders_do_where_they_tell_frames_apart() -> None:
    frames = ["images/0.png", "images/1.png"]
    assert splits_by_lists(frames, {"test": ["1.png"], "train": ["0"]}, []) == ["train", "test"]
    notes: list[str] = []
    assert splits_by_lists(["a/0.png", "b/0.png"], {"test": ["0.png"]}, notes) == ["train"] * 2
    assert told(notes, "1 names in the split lists mean no frame (0.png)")


def test_what_lists_leave_open_or_say_twice_is_told() -> None:
    notes: list[str] = []
    lists = {"train": ["0", "1", "9"], "validation": [], "test": ["1"]}
    assert splits_by_lists(["0", "1", "2"], lists, notes) == ["train", "test", "train"]
    assert told(notes, "1 frames are in two split lists and stay in the stricter one (1)")
    assert told(notes, "1 frames are in no split list and train (2)")
    assert told(notes, "1 names in the split lists mean no frame (9)")


def test_without_lists_nothing_is_said() -> None:
    notes: list[str] = []
    assert splits_by_lists(["0"], {"train": []}, notes) == [""]
    assert notes == []


def test_a_picture_of_two_split_files_is_not_trained_on(tmp_path: Path) -> None:
    folder = make_transforms(tmp_path / "s", ring_of_cameras(8), file="transforms_train.json")
    content = json.loads((folder / "transforms_train.json").read_text())
    content["frames"] = content["frames"][5:]
    (folder / "transforms_test.json").write_text(json.dumps(content))
    report, capture = imported(folder, tmp_path)
    assert [len(capture.split(name)) for name in ("train", "test")] == [5, 3]
    assert told(report.messages, "3 pictures of train are in test too, and stay there")


@pytest.mark.parametrize("other_pose", [False, True])
def test_a_picture_listed_twice_is_taken_once(tmp_path: Path, other_pose: bool) -> None:
    folder = make_transforms(tmp_path / "s", ring_of_cameras(6))

    def twice(content: dict) -> None:
        again = dict(content["frames"][2])
        if other_pose:
            again["transform_matrix"] = content["frames"][4]["transform_matrix"]
        content["frames"].append(again)

    source = read(edit_transforms(folder, twice), tmp_path)
    assert len(source.views) == 6
    assert told(source.notes, "different poses" if other_pose else "stand twice, and are taken")


def test_a_mask_that_is_named_and_missing_is_told(tmp_path: Path) -> None:
    folder = make_transforms(tmp_path / "s", ring_of_cameras(6))
    edit_transforms(folder, lambda c: c["frames"][1].update(mask_path="masks/1.png"))
    assert told(read(folder, tmp_path).notes, "1 frames name a mask that is not there")


@pytest.mark.parametrize("make", [make_transforms, make_layout])
def test_masks_that_nobody_names_are_told(tmp_path: Path, make: object) -> None:
    folder = make(tmp_path / "s", ring_of_cameras(6))  # type: ignore[operator]
    (folder / "masks").mkdir()
    Image.new("L", (8, 8)).save(folder / "masks" / "nobody's.png")
    assert told(read(folder, tmp_path).notes, "masks/ holds 1 pictures that look like masks")


def test_a_test_view_from_a_training_views_place_is_told(tmp_path: Path) -> None:
    cameras = ring_of_cameras(8)
    cameras[4] = cameras[3]  # a test view, as every fourth is
    folder = make_layout(tmp_path / "s", cameras)
    assert told(load_capture(folder, test_every=4).notes, "1 test or validation views have exactly")
    report, _ = imported(folder, tmp_path)
    assert told(report.messages, "1 test or validation views have exactly")
