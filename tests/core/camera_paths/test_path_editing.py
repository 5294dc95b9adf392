"""Editing of camera paths: every edit makes a new, whole path."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dvox_core.camera_paths.path import SHORTEST_STEP, CameraPath, Keyframe
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera
from tests.helpers.scenes import orbit_cameras

ROOT = Path(__file__).parents[3]
CAMERAS = orbit_cameras(6)


def path_of(*times: float, **more) -> CameraPath:
    keys = (Keyframe(camera, time) for camera, time in zip(CAMERAS, times, strict=False))
    return CameraPath(tuple(keys), **more)


def cameras(path: CameraPath) -> list[int]:
    return [CAMERAS.index(key.camera) for key in path.keyframes]


def test_new_keys_come_after_the_last_one():
    path = CameraPath(default_step=1.5)
    for camera in CAMERAS[:3]:
        path = path.appended(camera)
    assert path.times == (0.0, 1.5, 3.0)
    assert path.seconds == 3.0
    assert replace(path, loop=True, closing_seconds=0.5).seconds == 3.5


def test_a_key_is_inserted_at_its_time_and_takes_the_place_of_one_that_is_there():
    path, index = path_of(0, 1, 2).inserted(Keyframe(CAMERAS[4], 0.5))
    assert (path.times, index) == ((0, 0.5, 1, 2), 1)
    path, index = path.inserted(Keyframe(CAMERAS[5], 1.0))
    assert (path.times, index, cameras(path)) == ((0, 0.5, 1, 2), 2, [0, 4, 5, 2])


def test_a_key_inserted_before_the_first_becomes_the_start():
    path, index = path_of(0, 1).inserted(Keyframe(CAMERAS[3], -2.0))
    assert (path.times, index, cameras(path)) == ((0, 2, 3), 0, [3, 0, 1])


def test_the_others_keep_their_distance_when_keys_are_deleted():
    assert path_of(0, 1, 3, 7).without({0, 2}).times == (0, 6)
    assert path_of(0, 1).without({0, 1}) == CameraPath()


def test_a_key_that_is_moved_past_another_changes_places_with_it():
    path, new = path_of(0, 1, 2, 3).moved((1,), 1.5)
    assert (path.times, new, cameras(path)) == ((0, 2, 2.5, 3), (2,), [0, 2, 1, 3])


def test_a_key_that_is_moved_onto_another_stops_beside_it():
    path, new = path_of(0, 1, 2).moved_to(1, 2.0)
    assert path.times[2] - path.times[1] == pytest.approx(SHORTEST_STEP)
    assert sorted(cameras(path)) == [0, 1, 2]
    assert cameras(path)[new] == 1


def test_several_keys_move_together():
    path, new = path_of(0, 1, 2, 3).moved((1, 2), 5)
    assert (path.times, new, cameras(path)) == ((0, 3, 6, 7), (2, 3), [0, 3, 1, 2])


def test_moving_the_first_key_later_shortens_what_follows():
    path, new = path_of(0, 2, 4).moved((0,), 0.5)
    assert (path.times, new) == ((0, 1.5, 3.5), (0,))


def test_copies_come_after_the_last_of_their_originals_and_push_the_rest_on():
    path, new = path_of(0, 1, 3, 10).duplicated((1, 2))
    assert (new, cameras(path)) == ((3, 4), [0, 1, 2, 1, 2, 3])
    assert path.times == (0, 1, 3, 5, 7, 14)


def test_reordering_keeps_the_times():
    path = path_of(0, 1, 3).reordered(0, 2)
    assert (path.times, cameras(path)) == ((0, 1, 3), [1, 2, 0])


def test_an_overwritten_key_keeps_its_time_and_settings():
    path = replace(path_of(0, 1), keyframes=(Keyframe(CAMERAS[0]), Keyframe(CAMERAS[1], 1, 0.5)))
    changed = path.with_camera(1, CAMERAS[3])
    assert changed.keyframes[1] == Keyframe(CAMERAS[3], 1, 0.5)


def test_stretching_keeps_the_rhythm():
    path = path_of(0, 1, 3, loop=True, closing_seconds=1).with_seconds(8)
    assert path.times == (0, 2, 6)
    assert path.seconds == 8


def test_twice_backwards_is_the_same_path():
    for loop in (False, True):
        path = path_of(0, 1, 3, 4.5, loop=loop, closing_seconds=2.5)
        assert path.reversed().seconds == path.seconds
        assert path.reversed().reversed() == path
    assert cameras(path.reversed()) == [0, 3, 2, 1]
    assert path.reversed().times == (0, 2.5, 4, 6)


def test_a_video_has_as_many_frames_as_seconds_times_fps_and_ends_on_the_last_key():
    open_path = path_of(0, 1, 2, fps=30)
    times = open_path.frame_seconds()
    assert (len(times), times[0], times[-1]) == (60, 0.0, 2.0)
    loop = replace(open_path, loop=True, closing_seconds=1)
    times = loop.frame_seconds()
    assert len(times) == 90
    assert times[-1] == pytest.approx(3 - 1 / 30)
    assert path_of(0).frame_seconds() == (0.0,)
    assert CameraPath().frame_seconds() == ()


@pytest.mark.parametrize(
    ("times", "word"), [((0, 1, 1), "both at 1 s"), ((0, 2, 1), "order"), ((1, 2), "starts at 0")]
)
def test_impossible_times_are_refused(times, word):
    with pytest.raises(CameraPathError, match=word):
        path_of(*times)


@pytest.mark.parametrize(
    "change",
    [
        {"tension": 1.5},
        {"fps": 0},
        {"fps": float("nan")},
        {"vertical_fov": 180},
        {"size": (0, 10)},
        {"closing_seconds": 0},
    ],
)
def test_impossible_settings_are_refused_in_one_line(change):
    with pytest.raises(CameraPathError) as caught:
        CameraPath(**change)
    assert "write" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [{"ease": -1}, {"tension": 2}, {"seconds": np.inf}])
def test_impossible_keyframes_are_refused(change):
    with pytest.raises(CameraPathError):
        Keyframe(Camera(np.eye(4)), **change)


def test_the_values_of_a_path_import_without_scipy_and_torch():
    code = "import sys, dvox_core.camera_paths.path\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {"scipy", "torch"}.isdisjoint(done.stdout.split())
