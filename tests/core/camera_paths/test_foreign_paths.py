"""Paths and lists of cameras as other programs write them."""

import json
import math

import numpy as np
import pytest

from dvox_core.camera_paths.files import read_path, write_path
from dvox_core.camera_paths.generators import recorded, through_cameras
from dvox_core.camera_paths.path import SHORTEST_STEP, CameraPath, Keyframe
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import OPENGL_TO_OPENCV, Camera, Intrinsics, look_at
from tests.helpers.scenes import orbit_cameras

INTRINSICS = Intrinsics(150.0, 63.0, 65.0, 128, 128)
CAMERAS = orbit_cameras(4)


def save(folder, content, name="path.json"):
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def flat(camera):
    return (camera.camera_to_world @ OPENGL_TO_OPENCV).ravel().tolist()


def cameras_of(path):
    return [key.camera for key in path.keyframes]


def assert_cameras(path, expected):
    for found, camera in zip(cameras_of(path), expected, strict=True):
        np.testing.assert_allclose(found.camera_to_world, camera.camera_to_world, atol=1e-9)


def former_viewers_path(shares, **more):
    """As nerfstudio's web viewer wrote it: matrices by columns as text, TIME among properties."""
    keys = []
    for index, (camera, share) in enumerate(zip(CAMERAS, shares, strict=False)):
        columns = np.array(flat(camera)).reshape(4, 4).T.ravel().tolist()
        properties = [["FOV", 50], ["NAME", f"Camera {index}"], ["TIME", share]]
        keys.append(
            {
                "matrix": json.dumps(columns),
                "fov": 50,
                "aspect": 1,
                "properties": json.dumps(properties),
            }
        )
    frames = [{"camera_to_world": flat(CAMERAS[0]), "fov": 50, "aspect": 1}] * 48
    return {
        "keyframes": keys,
        "camera_type": "perspective",
        "render_height": 512,
        "render_width": 512,
        "camera_path": frames,
        "seconds": 4,
        "is_cycle": False,
        **more,
    }


def test_nerfstudios_former_keys_stand_at_their_own_times(tmp_path):
    path = read_path(save(tmp_path, former_viewers_path([0, 0.1, 0.7, 1]))).path
    assert path.times == pytest.approx((0, 0.4, 2.8, 4))
    assert_cameras(path, CAMERAS)


def test_keys_are_put_in_the_order_of_their_times(tmp_path):
    path = read_path(save(tmp_path, former_viewers_path([0, 1, 0.5]))).path
    assert path.times == pytest.approx((0, 2, 4))
    assert_cameras(path, [CAMERAS[0], CAMERAS[2], CAMERAS[1]])


def test_a_cycle_closes_in_the_time_that_is_left(tmp_path):
    path = read_path(save(tmp_path, former_viewers_path([0, 0.25, 0.5], is_cycle=True))).path
    assert path.closing_seconds == pytest.approx(2)
    assert path.seconds == pytest.approx(4)


@pytest.mark.parametrize("shares", [[0, 0, 0], [0, None, 1], ["a", "b", "c"]])
def test_times_that_tell_nothing_are_passed_over(tmp_path, shares):
    path = read_path(save(tmp_path, former_viewers_path(shares))).path
    assert path.times == pytest.approx((0, 2, 4))


def test_frames_a_second_follow_from_frames_and_seconds(tmp_path):
    path = read_path(save(tmp_path, former_viewers_path([0, 1]))).path
    assert path.fps == pytest.approx(12)
    frames_only = former_viewers_path([0, 1]) | {"keyframes": []}
    path = read_path(save(tmp_path, frames_only)).path
    assert (path.fps, path.frame_count) == (pytest.approx(12), 48)


TURN = look_at((0.3, -0.2, 0.1), (1.0, 2.0, 0.5), (0, 0, 1)).camera_to_world  # any rigid transform


def test_nerfstudios_world_is_undone_by_the_file_of_its_run(tmp_path):
    scale = 0.25
    in_its_world = []
    for camera in CAMERAS:
        pose = TURN @ camera.camera_to_world
        pose[:3, 3] *= scale
        in_its_world.append(Camera(pose))
    keys = [{"matrix": flat(camera), "fov": 50, "aspect": 1} for camera in in_its_world]
    (tmp_path / "run" / "paths").mkdir(parents=True)
    file = save(tmp_path / "run" / "paths", {"keyframes": keys, "camera_path": []})
    found = read_path(file)
    assert "turned and scaled" in found.notes[-1]
    assert_cameras(found.path, in_its_world)
    content = {"transform": TURN[:3].tolist(), "scale": scale}
    save(tmp_path / "run", content, "dataparser_transforms.json")
    found = read_path(file)
    assert "brought into the capture's world" in found.notes[-1]
    assert_cameras(found.path, CAMERAS)


def test_our_own_paths_stay_in_our_world(tmp_path):
    save(tmp_path, {"transform": TURN[:3].tolist(), "scale": 2.0}, "dataparser_transforms.json")
    path = CameraPath((Keyframe(CAMERAS[0]), Keyframe(CAMERAS[1], 1.0)))
    write_path(tmp_path / "camera_path.json", path, INTRINSICS)
    assert read_path(tmp_path / "camera_path.json").path == path


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"scale": 0, "transform": TURN[:3].tolist()},
        {"scale": 1, "transform": [1, 2]},
        {"scale": 1, "transform": [[2.0] * 4] * 3},
        {"scale": "large"},
    ],
)
def test_a_broken_file_of_the_run_is_named(tmp_path, content):
    file = save(tmp_path, former_viewers_path([0, 1]))
    save(tmp_path, content, "dataparser_transforms.json")
    with pytest.raises(CameraPathError, match=r"dataparser_transforms\.json"):
        read_path(file)


def test_a_scaled_matrix_is_a_pose_of_a_scaled_world(tmp_path):
    keys = []
    for camera in CAMERAS:
        matrix = np.array(flat(camera)).reshape(4, 4)
        matrix[:3, :3] *= 3.7
        keys.append({"matrix": matrix.ravel().tolist(), "fov": 50, "aspect": 1})
    found = read_path(save(tmp_path, {"keyframes": keys, "camera_path": []}))
    assert_cameras(found.path, CAMERAS)


def gaussian_splatting(camera, number):
    return {
        "id": number,
        "img_name": f"{number:05d}",
        "width": 200,
        "height": 100,
        "position": camera.position.tolist(),
        "rotation": camera.rotation.tolist(),
        "fy": 100.0,
        "fx": 100.0,
    }


LISTS = {
    "cameras.json": [gaussian_splatting(camera, i) for i, camera in enumerate(CAMERAS)],
    "transforms.json": {
        "fl_y": 100.0,
        "h": 100,
        "frames": [
            {"file_path": "a", "transform_matrix": np.reshape(flat(camera), (4, 4)).tolist()}
            for camera in CAMERAS
        ],
    },
    "exported": [
        {"file_path": "a", "transform": np.reshape(flat(camera), (4, 4))[:3].tolist()}
        for camera in CAMERAS
    ],
    "matrices": [camera.camera_to_world.tolist() for camera in CAMERAS],
    "numbers": [camera.camera_to_world.ravel().tolist() for camera in CAMERAS],
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_cameras_become_keys_and_that_is_told(name, tmp_path):
    found = read_path(save(tmp_path, LISTS[name]))
    assert_cameras(found.path, CAMERAS)
    assert found.file_format == "cameras"
    assert "each became a key" in found.notes[0]
    expected = math.degrees(2 * math.atan(0.5)) if ".json" in name else None
    assert [key.vertical_fov for key in found.path.keyframes] == [
        expected if expected is None else pytest.approx(expected)
    ] * 4


@pytest.mark.parametrize(
    "content",
    [
        [[1, 2, 3], [4, 5, 6]],
        [{"position": [0, 0, 0], "rotation": [[2.0] * 3] * 3}],
        [{"transform_matrix": None}],
        {"frames": [{"transform_matrix": [[10**400] * 4] * 4}]},
        {"path": [{"R": [0, 0, 0, 1], "T": [1e308, 0, 0]}]},
        {"path": [{"R": [1e200, 1e200, 0, 1], "T": [1e300, 0, 0]}]},
        {"path": [{"R": [0, 0, 0, 1], "T": [0, 0, 0], "timestamp": 1e300}] * 2},
        {"keyframes": [{"matrix": flat(CAMERAS[0]), "fov": 10**400}], "camera_path": []},
        former_viewers_path([0, 1], render_width=1e300),
        former_viewers_path([0, 1], seconds=1e300),
        former_viewers_path([0, 1], fps=1000, seconds=1e6),
        "<!DOCTYPE html><html></html>",
        "[" * 100000,
        "1" * 5000,
        '{"fps": ' + "9" * 5000 + "}",
    ],
)
def test_one_wrong_value_is_one_line(content, tmp_path):
    file = save(tmp_path, content)
    with pytest.raises(CameraPathError) as caught:
        read_path(file)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_two_nearly_equal_views_do_not_stop_a_way_through_cameras():
    near = CAMERAS[1].camera_to_world.copy()
    near[:3, 3] += 1e-7
    path = through_cameras([CAMERAS[0], CAMERAS[1], Camera(near), CAMERAS[2]], seconds=6.0)
    steps = np.diff(path.times)
    assert steps[1] == pytest.approx(SHORTEST_STEP)
    assert steps.sum() == pytest.approx(6.0)
    assert steps[0] == pytest.approx(steps[2], rel=0.1)


def test_one_recorded_view_is_a_path_of_one_key():
    path = recorded([3.0], CAMERAS[:1])
    assert (path.times, cameras_of(path)) == ((0.0,), CAMERAS[:1])
    with pytest.raises(CameraPathError, match="nothing was recorded"):
        recorded([], [])
