"""Files of camera paths: our own, other programs', and broken ones."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dvox_core.camera_paths.curve import PathCurve
from dvox_core.camera_paths.files import read_path, write_path, write_pose_folder
from dvox_core.camera_paths.path import CameraPath, Crop, Keyframe
from dvox_core.data.deepvoxels_files import read_pose_folder, write_pose
from dvox_core.errors import CameraPathError, UserError
from dvox_core.geometry.cameras import Camera, Intrinsics
from tests.helpers.scenes import orbit_cameras

INTRINSICS = Intrinsics(150.0, 63.0, 65.0, 128, 128)


def rich_path() -> CameraPath:
    a, b, c, d = orbit_cameras(4)
    return CameraPath(
        keyframes=(
            Keyframe(a),
            Keyframe(b, 1.1, tension=-0.25, ease=0.5, vertical_fov=33.0),
            Keyframe(c, 2.3, roll=370.0),
            Keyframe(d, 5.0 / 3 + 2.3, vertical_fov=41.5),
        ),
        fps=23.976,
        size=(640, 480),
        loop=True,
        closing_seconds=0.7,
        tension=-0.3,
        vertical_fov=41.5,
        default_step=1.25,
        crop=Crop((1, 2, 3), (4, 5, 6), (0.1, 0.2, 0.3), (10, 20, 30)),
    )


@pytest.mark.parametrize(
    "path",
    [
        rich_path(),
        replace(rich_path(), vertical_fov=None, size=None, loop=False, crop=None, tension=0.4),
        CameraPath((Keyframe(orbit_cameras(1)[0]),)),
        CameraPath().appended(Camera(np.eye(4))).appended(orbit_cameras(1)[0]),
    ],
)
def test_everything_is_restored_from_our_own_file(path, tmp_path):
    write_path(tmp_path / "camera_path.json", path, INTRINSICS)
    found = read_path(tmp_path / "camera_path.json")
    assert found.path == path
    assert found.file_format == "nerfstudio"
    assert found.notes == ()


def test_our_file_says_to_nerfstudio_what_it_expects(tmp_path):
    path = rich_path()
    write_path(tmp_path / "p.json", path, INTRINSICS)
    content = json.loads((tmp_path / "p.json").read_text())
    assert (content["render_width"], content["render_height"]) == (640, 480)
    assert content["camera_type"] == "perspective"
    assert content["is_cycle"] is True
    assert content["seconds"] == path.seconds
    assert len(content["camera_path"]) == round(path.fps * path.seconds)
    for frame, view in zip(content["camera_path"], PathCurve(path).frames(), strict=True):
        matrix = np.array(frame["camera_to_world"]).reshape(4, 4)[:3]
        np.testing.assert_allclose(-matrix[:, 2], view.camera.forward, atol=1e-12)
        np.testing.assert_allclose(-matrix[:, 1], view.camera.down, atol=1e-12)
        np.testing.assert_allclose(matrix[:, 3], view.camera.position, atol=1e-12)
        assert frame["aspect"] == pytest.approx(640 / 480)
        assert frame["fov"] == pytest.approx(view.vertical_fov)
    first = content["keyframes"][1]
    assert first["override_transition_enabled"] is True
    assert first["override_transition_sec"] == pytest.approx(1.1)
    assert np.array(first["matrix"]).reshape(4, 4)[3].tolist() == [0, 0, 0, 1]


def test_without_a_field_of_view_the_scenes_own_is_told_to_others(tmp_path):
    path = CameraPath().appended(Camera(np.eye(4))).appended(orbit_cameras(1)[0])
    write_path(tmp_path / "p.json", path, INTRINSICS)
    content = json.loads((tmp_path / "p.json").read_text())
    assert content["default_fov"] == pytest.approx(INTRINSICS.vertical_fov_degrees)
    assert read_path(tmp_path / "p.json").path.vertical_fov is None


def nerfstudio_content(**more):
    poses = [(camera.camera_to_world @ np.diag([1, -1, -1, 1])) for camera in orbit_cameras(3)]
    keys = [
        {
            "matrix": pose.ravel().tolist(),
            "fov": 75.0,
            "aspect": 1.77,
            "override_transition_enabled": index == 2,
            "override_transition_sec": 0.5 if index == 2 else None,
        }
        for index, pose in enumerate(poses)
    ]
    keys[1]["fov"] = 50.0
    content = {
        "default_fov": 75.0,
        "default_transition_sec": 2.0,
        "keyframes": keys,
        "camera_type": "perspective",
        "render_height": 1080,
        "render_width": 1920,
        "fps": 30.0,
        "seconds": 2.5,
        "is_cycle": False,
        "smoothness_value": 0.2,
        "camera_path": [],
    }
    return content | more


def saved(tmp_path, content) -> object:
    file = tmp_path / "path.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_nerfstudios_own_file_is_read(tmp_path):
    path = read_path(saved(tmp_path, nerfstudio_content())).path
    assert [key.camera for key in path.keyframes] == orbit_cameras(3)
    assert path.times == (0.0, 2.0, 2.5)
    assert path.closing_seconds == 2.0
    assert (path.size, path.fps, path.tension, path.loop) == ((1920, 1080), 30, 0.2, False)
    assert [key.vertical_fov for key in path.keyframes] == [None, 50.0, None]
    assert path.vertical_fov == 75


def test_nerfstudios_former_matrices_are_read_too(tmp_path):
    content = nerfstudio_content()
    for key in content["keyframes"]:
        key["matrix"] = json.dumps(np.array(key["matrix"]).reshape(4, 4).T.ravel().tolist())
    del content["default_transition_sec"]
    content["keyframes"][2]["override_transition_enabled"] = False
    path = read_path(saved(tmp_path, content)).path
    assert [key.camera for key in path.keyframes] == orbit_cameras(3)
    assert path.times == (0.0, 1.25, 2.5)


def test_frames_without_keyframes_become_keys(tmp_path):
    content = nerfstudio_content()
    frames = [
        {"camera_to_world": key["matrix"], "fov": 40.0, "aspect": 1.0}
        for key in content.pop("keyframes")
    ]
    found = read_path(saved(tmp_path, content | {"camera_path": frames}))
    views = PathCurve(found.path).frames()
    assert [round(view.vertical_fov) for view in views] == [40, 40, 40]
    for view, camera in zip(views, orbit_cameras(3), strict=True):
        np.testing.assert_allclose(view.camera.camera_to_world, camera.camera_to_world, atol=1e-9)
    assert "each became a key" in found.notes[0]


def test_what_another_program_changed_wins_over_what_we_wrote_beside(tmp_path):
    write_path(tmp_path / "p.json", rich_path(), INTRINSICS)
    content = json.loads((tmp_path / "p.json").read_text())
    content["keyframes"][2]["matrix"] = (
        (orbit_cameras(1)[0].camera_to_world @ np.diag([1, -1, -1, 1])).ravel().tolist()
    )
    path = read_path(saved(tmp_path, content)).path
    assert path.keyframes[2].camera == orbit_cameras(1)[0]
    assert path.keyframes[2].roll == 0
    del content["keyframes"][1]
    assert len(read_path(saved(tmp_path, content)).path.keyframes) == 3


def instant_ngp_content(**more):
    """As instant-ngp holds cameras: world y, z, x as x, y, z, in a cube of its own scale."""
    from scipy.spatial.transform import Rotation

    cycle = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    keys = [
        {
            "R": Rotation.from_matrix(cycle @ camera.rotation).as_quat().tolist(),
            "T": (cycle @ (camera.position * 0.33) + 0.5).tolist(),
            "slice": 0.0,
            "scale": 1.0,
            "fov": 50.625,
            "aperture_size": 0.0,
        }
        for camera in orbit_cameras(3)
    ]
    return {"time": 1.0, "path": keys} | more


def test_instant_ngps_paths_are_read(tmp_path):
    found = read_path(saved(tmp_path, instant_ngp_content()))
    assert found.file_format == "instant-ngp"
    for key, camera in zip(found.path.keyframes, orbit_cameras(3), strict=True):
        np.testing.assert_allclose(
            key.camera.camera_to_world, camera.camera_to_world, rtol=0, atol=1e-9
        )
        assert key.vertical_fov == 50.625


def test_instant_ngps_newer_paths_have_times(tmp_path):
    content = instant_ngp_content(loop=True, duration_seconds=6.0, spline_order=3)
    for key, stamp in zip(content["path"], (0.25, 0.5, 1.0), strict=True):
        key["timestamp"] = stamp
    path = read_path(saved(tmp_path, content)).path
    assert path.times == (0.0, 1.5, 3.0)
    assert (path.loop, path.closing_seconds, path.seconds) == (True, 3.0, 6.0)
    content["loop"] = False
    path = read_path(saved(tmp_path, content)).path
    assert path.seconds == 6.0


def test_a_folder_of_poses_is_a_path_of_as_many_frames(tmp_path):
    for index, camera in enumerate(orbit_cameras(5)):
        write_pose(tmp_path / "pose" / f"{index:06d}.txt", camera)
    found = read_path(tmp_path)
    assert found.file_format == "poses"
    views = PathCurve(found.path).frames()
    assert len(views) == 5
    for view, camera in zip(views, orbit_cameras(5), strict=True):
        np.testing.assert_allclose(view.camera.camera_to_world, camera.camera_to_world, atol=1e-9)


def test_a_path_is_exported_as_a_folder_of_poses_whole_or_not_at_all(tmp_path):
    path = replace(rich_path(), fps=10.0)
    assert write_pose_folder(tmp_path / "out", path) == path.frame_count
    found = read_pose_folder(tmp_path / "out")
    for (_, camera), view in zip(found, PathCurve(path).frames(), strict=True):
        np.testing.assert_allclose(camera.camera_to_world, view.camera.camera_to_world)
    with pytest.raises(CameraPathError, match="already"):
        write_pose_folder(tmp_path / "out", path)
    shorter = replace(path, fps=2.0)
    write_pose_folder(tmp_path / "out", shorter, overwrite=True)
    assert len(read_pose_folder(tmp_path / "out")) == shorter.frame_count
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["pose"]


@pytest.mark.parametrize("file", ["notes.txt", "000900.txt", "../rgb/000000.png"])
def test_poses_do_not_take_the_place_of_what_no_path_wrote(file, tmp_path):
    path = rich_path()
    write_pose_folder(tmp_path / "out", path)
    other = tmp_path / "out" / "pose" / file
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    before = sorted(entry.name for entry in (tmp_path / "out" / "pose").iterdir())
    with pytest.raises(CameraPathError, match="choose another folder"):
        write_pose_folder(tmp_path / "out", path, overwrite=True)
    assert other.read_text() == "mine"
    assert sorted(entry.name for entry in (tmp_path / "out" / "pose").iterdir()) == before


def broken(**more):
    content = nerfstudio_content()
    content["keyframes"][1] |= more
    return content


NAN_MATRIX = [float("nan")] * 16
BROKEN = {
    "no JSON": ("{", "line 1: is not valid JSON"),
    "a list": ("[1, 2]", "is no camera path"),
    "other JSON": ({"frames": []}, "is no camera path"),
    "no keys": (nerfstudio_content(keyframes=[]), "no keyframes"),
    "keys no list": (nerfstudio_content(keyframes=7), "is no list"),
    "keys no objects": (nerfstudio_content(keyframes=[7]), "keyframe 1: is no object"),
    "short matrix": (broken(matrix=[1, 2]), "keyframe 2: matrix has 2 numbers of 16"),
    "NaN": (broken(matrix=NAN_MATRIX), "keyframe 2: matrix has NaN"),
    "no rotation": (broken(matrix=[2.0] * 16), "keyframe 2: the pose"),
    "text for a number": (broken(fov="wide"), 'keyframe 2: fov is "wide"'),
    "two keys at one time": (
        broken(override_transition_enabled=True, override_transition_sec=0),
        "both at 0 s",
    ),
    "wide": (broken(fov=200), "keyframe 2: a keyframe's field of view is 200"),
    "fisheye": (nerfstudio_content(camera_type="fisheye"), "only perspective"),
    "no fps": (nerfstudio_content(fps=0), "frames a second"),
    "no size": (nerfstudio_content(render_width=0), "size"),
    "loop no flag": (nerfstudio_content(is_cycle="yes"), "true or false"),
    "ngp without T": ({"path": [{"R": [0, 0, 0, 1]}]}, "keyframe 1: T has 0 numbers of 3"),
    "ngp empty": ({"path": []}, "no keyframes"),
    "ngp zero": ({"path": [{"R": [0, 0, 0, 0], "T": [0, 0, 0]}]}, "R is 0"),
    "ngp NaN": ({"path": [{"R": [0, 0, 0, 1], "T": [0, 0, 1e999]}]}, "NaN or infinite"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_costs_one_line_that_names_the_file(name, tmp_path):
    content, words = BROKEN[name]
    file = saved(tmp_path, content)
    with pytest.raises(CameraPathError) as caught:
        read_path(file)
    line = str(caught.value)
    assert line.startswith(str(file))
    assert words in line
    assert "\n" not in line


def test_files_that_cannot_be_read_or_written_cost_one_line(tmp_path):
    with pytest.raises(CameraPathError, match="not found"):
        read_path(tmp_path / "none.json")
    binary = tmp_path / "video.json"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(CameraPathError, match="not a text file"):
        read_path(binary)
    with pytest.raises(UserError, match="holds no pose files"):
        read_path(tmp_path)
    in_a_file = binary / "out.json"
    with pytest.raises(UserError, match="cannot write here"):
        write_path(in_a_file, rich_path(), INTRINSICS)
    with pytest.raises(UserError, match="cannot write here"):
        write_pose_folder(in_a_file, rich_path())
