"""The capture of a scene: found, and told from another one."""

import dataclasses
import json

import numpy as np
import pytest

from dvox_core.data.ground_truth import OtherPosesError, capture_near, true_views
from dvox_core.data.loading import load_capture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import SceneCamera
from tests.helpers.captures import cube_capture
from tests.helpers.fakes import fake_scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("truth") / "robot_capture"
    cube_capture(root, train=3, test=1)
    return root


def scene_of(folder, path):
    cameras = tuple(
        SceneCamera(view.name, view.split, view.camera) for view in load_capture(folder).views
    )
    return dataclasses.replace(fake_scene(path=path), cameras=cameras)


def test_the_capture_beside_the_file_is_found_by_its_name(folder):
    scene = scene_of(folder, folder.parent / "robot.dvox")
    assert capture_near(scene) == folder
    assert capture_near(dataclasses.replace(scene, path=folder.parent / "other.dvox")) is None
    assert capture_near(dataclasses.replace(scene, path=None)) is None


def test_a_run_names_its_capture(folder, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"capture": str(folder)}))
    assert capture_near(scene_of(folder, tmp_path / "scene.dvox")) == folder
    (tmp_path / "config.json").write_text("{broken")
    assert capture_near(scene_of(folder, tmp_path / "scene.dvox")) is None


def test_its_views_have_pictures_and_splits(folder):
    views = true_views(folder, scene_of(folder, None))
    assert sorted(view.split for view in views) == ["test", "train", "train", "train"]
    assert all(view.picture_path.is_file() for view in views)


def test_another_capture_is_refused_in_one_line(folder, tmp_path):
    with pytest.raises(OtherPosesError, match="is another capture, none of its 4 poses") as error:
        true_views(folder, fake_scene())
    assert "\n" not in str(error.value)
    assert len(error.value.cameras) == 4
    with pytest.raises(CaptureError, match="no capture in the DeepVoxels layout"):
        true_views(tmp_path, fake_scene())
    # A scene that knows no cameras cannot be told apart.
    assert true_views(folder, fake_scene(views=0))


def test_what_was_compared_of_two_captures_is_told(folder):
    scene = scene_of(folder, None)
    turned, moved = np.radians(10.0), 0.25
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]]

    def other(camera):
        matrix = camera.camera_to_world @ turn  # about its own axis, where it stands
        matrix[:3, 3] += moved * camera.right
        return Camera(matrix)

    cameras = tuple(dataclasses.replace(view, camera=other(view.camera)) for view in scene.cameras)
    with pytest.raises(OtherPosesError) as error:
        true_views(folder, dataclasses.replace(scene, cameras=cameras))
    match = error.value.match
    assert (match.view_count, match.scene_count) == (4, 4)
    assert match.degrees == pytest.approx(10.0, abs=1e-3)
    assert match.distance == pytest.approx(moved, abs=1e-6)
    assert not match.same_lens
