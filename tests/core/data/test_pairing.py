"""Which pose belongs to which picture."""

from pathlib import Path

import numpy as np
import pytest

from dvox_core.data.deepvoxels_layout import read_layout
from dvox_core.data.pairing import pair_names
from dvox_core.errors import CaptureError
from tests.core.data.capture_makers import make_layout, ring_of_cameras

FOLDER = Path("capture")


def test_equal_names_are_paired_whatever_their_order() -> None:
    assert pair_names(FOLDER, ["a", "b", "c"], ["c", "a", "b"]) == ([1, 2, 0], "")


@pytest.mark.parametrize("pattern", ["pose_{}", "{:06d}", "cam0_{}_left"])
def test_other_names_are_paired_by_their_numbers_and_that_is_told(pattern: str) -> None:
    pairs, note = pair_names(
        FOLDER, ["r_1", "r_2", "r_10"], [pattern.format(number) for number in (1, 10, 2)]
    )
    assert pairs == [0, 2, 1]
    assert "by the numbers" in note


def test_names_that_cannot_be_compared_are_paired_in_order_and_that_is_told() -> None:
    pairs, note = pair_names(FOLDER, ["left", "right"], ["000000", "000001"])
    assert pairs == [0, 1]
    assert "cannot be compared" in note


@pytest.mark.parametrize(
    ("pictures", "poses", "words"),
    [
        (["0", "1", "3"], ["0", "2", "3"], "without a partner: 1, 2"),
        (["a", "b"], ["a", "c"], "without a partner: b, c"),
        (["img_0", "img_1", "img_3"], ["pose_0", "pose_2", "pose_3"], "without a partner: 1, 2"),
        (["img_0", "img_1"], ["pose_1", "pose_2"], "without a partner: 0, 2"),
        (["0", "1"], ["0"], "2 pictures in rgb/ but 1 poses"),
        (["0", "0"], ["0", "1"], "do not belong together"),
    ],
)
def test_names_that_do_not_agree_are_refused(
    pictures: list[str], poses: list[str], words: str
) -> None:
    with pytest.raises(CaptureError, match=words):
        pair_names(FOLDER, pictures, poses)


def test_a_picture_and_another_views_pose_missing_gives_no_neighbours_pose(tmp_path: Path) -> None:
    folder = make_layout(tmp_path / "capture", ring_of_cameras(20))
    (folder / "rgb" / "000004.png").unlink()
    (folder / "pose" / "000016.txt").unlink()
    with pytest.raises(CaptureError, match="without a partner: 000004, 000016"):
        read_layout(folder)


def test_every_picture_of_a_layout_has_the_pose_of_its_name(tmp_path: Path) -> None:
    cameras = ring_of_cameras(12)
    folder = make_layout(tmp_path / "capture", cameras)
    for index in range(12):  # 0, 1, 10, 11, 2 …: text order on one side alone
        (folder / "pose" / f"{index:06d}.txt").rename(folder / "pose" / f"{index}.txt")
        (folder / "rgb" / f"{index:06d}.png").rename(folder / "rgb" / f"view{index}.png")
    layout = read_layout(folder)
    for view in layout.views:
        camera = cameras[int(view.name.removeprefix("view"))]
        assert np.array_equal(view.camera.camera_to_world, camera.camera_to_world)
    assert any("by the numbers" in note for note in layout.notes)
