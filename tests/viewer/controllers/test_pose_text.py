"""Poses on the clipboard."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import look_at
from viewer.controllers.pose_text import pose_from_text, pose_to_json

CAMERA = look_at((1, 2, 3), (0.1, 0, 0), (0, 0, 1))
coordinates = st.floats(-100, 100)


@given(st.tuples(coordinates, coordinates, coordinates))
def test_a_pose_survives_copy_and_paste(position):
    camera = look_at(position, (200, 0, 0), (0, 0, 1))
    pasted, pivot = pose_from_text(pose_to_json(camera, (200, 0, 0)))
    np.testing.assert_allclose(pasted.camera_to_world, camera.camera_to_world, atol=1e-9)
    np.testing.assert_array_equal(pivot, (200, 0, 0))


def test_the_text_is_json_that_names_its_axes():
    content = json.loads(pose_to_json(CAMERA))
    assert content["axes"] == "opencv"
    assert np.shape(content["camera_to_world"]) == (4, 4)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(map(repr, CAMERA.camera_to_world.ravel().tolist())),
        "\n".join(", ".join(map(repr, row)) for row in CAMERA.camera_to_world.tolist()),
        json.dumps(CAMERA.camera_to_world.tolist()),
        json.dumps(CAMERA.camera_to_world.ravel().tolist()),
    ],
    ids=["pose file", "commas", "JSON rows", "JSON numbers"],
)
def test_pose_files_and_bare_arrays_are_taken_too(text):
    pasted, pivot = pose_from_text(text)
    np.testing.assert_allclose(pasted.camera_to_world, CAMERA.camera_to_world, atol=1e-9)
    assert pivot is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no text"),
        ("hello", "no pose"),
        ('{"a": 1}', "camera_to_world"),
        ("[1, 2, 3]", "3 numbers"),
        ('{"camera_to_world": "x"}', "no pose"),
        ('{"camera_to_world": [[1, 2], [3]]}', "no pose"),
        ("null", "1 numbers"),
        ("1 " * 15, "15 numbers"),
        ("nan " * 16, "not finite"),
        ("[" + "NaN, " * 15 + "1]", "not finite"),
        ("2 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "rotation"),
        ('{"camera_to_world": [1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1], "pivot": [1, 2]}', "pivot"),
        ('{"camera_to_world": [1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1], "pivot": [1,2,NaN]}', "pivot"),
    ],
)
def test_what_is_no_pose_is_refused_in_one_line(text, says):
    with pytest.raises(CaptureError, match=says) as caught:
        pose_from_text(text)
    assert "\n" not in str(caught.value)
