"""The text files of the authors' layout."""

from pathlib import Path

import numpy as np
import pytest

from dvox_core.data.deepvoxels_files import (
    IntrinsicsFile,
    list_files,
    read_intrinsics,
    read_pose,
    read_pose_folder,
    write_intrinsics,
    write_pose,
)
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics, look_at
from dvox_core.geometry.grid import GridPlacement

GOOD_INTRINSICS = ["355.5 128 127 0.", "0.1 0.2 0.3", "2.2", "2.8", "256 256"]
CAMERA = look_at((1.0, 2.0, 3.0), (0.1, 0.2, 0.3), (0.0, 0.0, 1.0))


def write_lines(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def with_line(number: int, text: str) -> list[str]:
    lines = list(GOOD_INTRINSICS)
    lines[number - 1] = text
    return lines


def test_intrinsics_are_read_line_by_line(tmp_path: Path) -> None:
    content = read_intrinsics(write_lines(tmp_path / "intrinsics.txt", GOOD_INTRINSICS))
    assert content.intrinsics == Intrinsics(355.5, 128, 127, 256, 256)
    assert content.placement == GridPlacement((0.1, 0.2, 0.3), 2.8)
    assert content.near_plane == 2.2
    assert not content.world_to_camera_poses


def test_a_sixth_line_of_one_means_world_to_camera_poses(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "intrinsics.txt", [*GOOD_INTRINSICS, "1"])
    assert read_intrinsics(path).world_to_camera_poses


@pytest.mark.parametrize("text", ["0", "False", "poses", "# comment"])
def test_a_sixth_line_that_is_no_number_counts_as_zero_and_is_told(
    tmp_path: Path, text: str
) -> None:
    content = read_intrinsics(write_lines(tmp_path / "intrinsics.txt", [*GOOD_INTRINSICS, text]))
    assert not content.world_to_camera_poses
    assert (text == "0") == (content.notes == ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("355.5 128 127 0.", (355.5, 128, 127)),
        ("355.5 128 127", (355.5, 128, 127)),
        ("355 357 128 127", (356, 128, 127)),
        ("150 151 128 127", (150.5, 128, 127)),  # a focal length that could be a cx
        ("150 128 127 1", (150, 128, 127)),
        ("150 128 127 130", (150, 128, 127)),
        ("355 128 127 words", (355, 128, 127)),
    ],
)
def test_two_focal_lengths_on_the_first_line_are_not_a_principal_point(
    tmp_path: Path, text: str, expected: tuple[float, float, float]
) -> None:
    content = read_intrinsics(write_lines(tmp_path / "intrinsics.txt", with_line(1, text)))
    camera = content.intrinsics
    assert (camera.focal, camera.principal_x, camera.principal_y) == expected
    assert bool(content.notes) == (expected[0] not in (355.5, 150, 355))


def test_pixels_that_are_not_square_are_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "intrinsics.txt", with_line(1, "355 400 128 127"))
    with pytest.raises(CaptureError, match="two focal lengths"):
        read_intrinsics(path)


def test_a_near_plane_of_zero_stands_for_half_the_root_of_three(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "intrinsics.txt", with_line(3, "0."))
    assert read_intrinsics(path).near_plane == pytest.approx(np.sqrt(3) / 2)


def test_written_intrinsics_are_read_back_to_the_last_bit(tmp_path: Path) -> None:
    content = IntrinsicsFile(
        Intrinsics(np.float64(100) / 3, 31.7, 1e-3, 64, 64),
        GridPlacement((1 / 3, -1e9, 1e-12), 2 / 7),
        0.1,
        True,
    )
    write_intrinsics(tmp_path / "intrinsics.txt", content)
    assert read_intrinsics(tmp_path / "intrinsics.txt") == content
    assert "np." not in (tmp_path / "intrinsics.txt").read_text()


@pytest.mark.parametrize(
    ("lines", "place", "remedy"),
    [
        (GOOD_INTRINSICS[:3], "has 3 lines of 5", "line 4: grid side"),
        ([], "has 0 lines of 5", "line 1: focal"),
        (with_line(1, "355 128"), "line 1", "2 of 3"),
        (with_line(1, "f 128 128"), "line 1", "“f”"),
        (with_line(1, "0 128 128"), "line 1", "focal length is 0"),
        (with_line(1, "-3 128 128"), "line 1", "focal length is -3"),
        (with_line(1, "nan 128 128"), "line 1", "finite number"),
        (with_line(2, "0 0 inf"), "line 2", "finite number"),
        (with_line(3, "-1"), "line 3", "near plane is -1"),
        (with_line(4, "0"), "line 4", "scale"),
        (with_line(4, "-2"), "line 4", "above 0"),
        (with_line(5, "0 256"), "line 5", "height is 0"),
        (with_line(5, "256"), "line 5", "1 of 2"),
        (with_line(5, "256 12.5"), "line 5", "whole pixels"),
        (with_line(5, "1e300 1e300"), "line 5", "in pixels"),
    ],
)
def test_bad_intrinsics_give_one_line_with_place_and_remedy(
    tmp_path: Path, lines: list[str], place: str, remedy: str
) -> None:
    path = write_lines(tmp_path / "intrinsics.txt", lines)
    with pytest.raises(CaptureError) as caught:
        read_intrinsics(path)
    message = str(caught.value)
    assert str(path) in message
    assert place in message
    assert remedy in message
    assert "\n" not in message


def test_missing_and_binary_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="not found"):
        read_intrinsics(tmp_path / "intrinsics.txt")
    (tmp_path / "x.txt").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(CaptureError, match="not a text file"):
        read_pose(tmp_path / "x.txt")


def test_poses_are_read_from_one_line_and_from_four(tmp_path: Path) -> None:
    rows = [" ".join(map(repr, row.tolist())) for row in CAMERA.camera_to_world]
    assert read_pose(write_lines(tmp_path / "one.txt", [" ".join(rows)])) == CAMERA
    assert read_pose(write_lines(tmp_path / "four.txt", rows)) == CAMERA


def test_written_poses_are_read_back_to_the_last_bit(tmp_path: Path) -> None:
    write_pose(tmp_path / "pose.txt", CAMERA)
    assert read_pose(tmp_path / "pose.txt") == CAMERA


def test_world_to_camera_poses_are_inverted(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "pose.txt", np.linalg.inv(CAMERA.camera_to_world))
    camera = read_pose(tmp_path / "pose.txt", world_to_camera=True)
    np.testing.assert_allclose(camera.camera_to_world, CAMERA.camera_to_world, atol=1e-12)


def test_rotations_written_with_three_digits_are_mended(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "pose.txt", CAMERA.camera_to_world, fmt="%.3f")
    rotation = read_pose(tmp_path / "pose.txt").rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(rotation, CAMERA.rotation, atol=2e-3)


SCALED = np.diag([2.0, 2.0, 2.0, 1.0])
MIRRORED = np.diag([1.0, 1.0, -1.0, 1.0])
NOT_FINITE = np.where(np.eye(4) > 0, np.nan, 0.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ".join("1" * 15), "got 15"),
        ("", "got 0"),
        ("1 0 0 0\n0 1 0 0\n0 0 one 0\n0 0 0 1", "line 3"),
        (" ".join(map(str, SCALED.ravel())), "not a rotation"),
        (" ".join(map(str, MIRRORED.ravel())), "mirrors"),
        (" ".join(map(str, NOT_FINITE.ravel())), "finite"),
    ],
)
def test_bad_poses_give_one_line_with_place_and_remedy(
    tmp_path: Path, text: str, words: str
) -> None:
    path = write_lines(tmp_path / "000012.txt", [text])
    with pytest.raises(CaptureError) as caught:
        read_pose(path)
    assert "000012.txt" in str(caught.value)
    assert words in str(caught.value)
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pose_folders_are_read_in_order_from_a_sub_folder_or_directly(tmp_path: Path) -> None:
    (tmp_path / "pose").mkdir()
    for name in ("view10", "view2", "view1"):
        write_pose(tmp_path / "pose" / f"{name}.txt", CAMERA)
    (tmp_path / "pose" / ".hidden.txt").write_text("not a pose")
    write_lines(tmp_path / "intrinsics.txt", GOOD_INTRINSICS)
    for folder in (tmp_path, tmp_path / "pose"):
        assert [name for name, _ in read_pose_folder(folder)] == ["view1", "view2", "view10"]


def test_a_folder_without_poses_is_named(tmp_path: Path) -> None:
    write_lines(tmp_path / "intrinsics.txt", GOOD_INTRINSICS)
    with pytest.raises(CaptureError, match="holds no pose files"):
        read_pose_folder(tmp_path)
    with pytest.raises(CaptureError, match="absent: cannot be read"):
        list_files(tmp_path / "absent", (".txt",))
