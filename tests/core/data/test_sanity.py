"""An import or a capture that cannot train ends with what is likely wrong."""

from pathlib import Path

import numpy as np
import pytest

from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.data.deepvoxels_files import write_pose
from dvox_core.data.importing import ImportOptions, import_capture
from dvox_core.data.loading import load_capture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import OPENGL_TO_OPENCV, Camera, look_at
from tests.core.data.capture_makers import (
    edit_transforms,
    imported,
    make_layout,
    make_transforms,
    ring_of_cameras,
)

CHANGES = {
    "world-to-camera": lambda camera: camera.world_to_camera,
    "OpenGL's axes": lambda camera: camera.camera_to_world @ OPENGL_TO_OPENCV,
    "world-to-camera with OpenGL's axes": lambda camera: np.linalg.inv(
        camera.camera_to_world @ OPENGL_TO_OPENCV
    ),
}


def changed_layout(folder: Path, kind: str, count: int = 12) -> Path:
    cameras = ring_of_cameras(count)
    make_layout(folder, cameras)
    for index, camera in enumerate(cameras):
        pose = Camera(CHANGES[kind](camera))
        write_pose(folder / "pose" / f"{index:06d}.txt", pose)
    return folder


@pytest.mark.parametrize("kind", CHANGES)
def test_poses_of_another_kind_are_told_by_import_and_by_training(
    tmp_path: Path, kind: str
) -> None:
    folder = changed_layout(tmp_path / "capture", kind)
    for attempt in (
        lambda: import_capture(folder, tmp_path / "out", ImportOptions(size=48)),
        lambda: load_capture(folder),
    ):
        with pytest.raises(CaptureError) as caught:
            attempt()
        text = str(caught.value)
        assert "of 12 cameras see nothing of the voxel grid; likely the poses" in text
        assert kind in text
        assert "\n" not in text
    assert not (tmp_path / "out").exists()


def test_the_command_ends_with_code_2_and_force_goes_on(tmp_path: Path, capsys) -> None:
    cameras = ring_of_cameras(12)
    away = [
        camera if index < 4 else look_at(camera.position, camera.position * 2, (0.0, 0.0, 1.0))
        for index, camera in enumerate(cameras)
    ]
    folder = make_layout(tmp_path / "capture", away)
    arguments = ["import", str(folder), "--out", str(tmp_path / "out"), "--size", "48"]
    assert run_command_line(arguments, COMMANDS) == 2
    assert "8 of 12 cameras see nothing" in capsys.readouterr().err
    assert run_command_line([*arguments, "--force"], COMMANDS) == 0
    printed = capsys.readouterr().out
    assert "forced: 8 of 12 cameras" in printed
    assert "8 cameras see nothing of the grid and are left out" in printed
    assert len(load_capture(tmp_path / "out").views) == 4


def test_a_camera_that_stands_in_the_middle_does_not_make_a_grid_of_nothing(
    tmp_path: Path,
) -> None:
    cameras = ring_of_cameras(12)
    target = np.array([0.0, 0.0, 0.05])
    cameras[5] = look_at(target + (1e-9, 0, 0), target + (1, 0, 0), (0.0, 0.0, 1.0))
    source = make_transforms(tmp_path / "source", cameras)
    with pytest.raises(CaptureError, match=r"grid's side is .* --center and --scale"):
        imported(source, tmp_path)


def test_a_principal_point_outside_the_picture_is_refused(tmp_path: Path) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(12))
    for cx, words in ((-300.0, "is far outside the picture"), (-20.0, "is outside the pictures")):
        edit_transforms(source, lambda content, cx=cx: content.update(cx=cx))
        with pytest.raises(CaptureError, match=words):
            imported(source, tmp_path)


@pytest.mark.parametrize("options", [{"scale": 1e-7}, {"scale": 1e6}, {"near": 1e8}])
def test_absurd_options_are_refused(tmp_path: Path, options: dict) -> None:
    source = make_transforms(tmp_path / "source", ring_of_cameras(12))
    with pytest.raises(CaptureError, match="where the cameras stand"):
        imported(source, tmp_path, **options)


def test_a_good_capture_has_nothing_forced(tmp_path: Path) -> None:
    report, _ = imported(make_layout(tmp_path / "source", ring_of_cameras(12)), tmp_path)
    assert not any("forced" in line for line in report.messages)
