"""The curve through a path's keys, by properties that must hold for any keys."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dvox_core.camera_paths.curve import PathCurve, curve_of
from dvox_core.camera_paths.even_timing import evenly_timed
from dvox_core.camera_paths.path import CameraPath, Keyframe
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera, look_at
from tests.helpers.scenes import orbit_cameras

QUICK = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take a minute
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def camera_of(position, turn) -> Camera:
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
    pose[:3, 3] = position
    return Camera(pose)


COORDINATES = st.tuples(*[st.floats(-3, 3)] * 3)
TURNS = st.tuples(*[st.floats(-2, 2)] * 3)
KEYS = st.builds(
    Keyframe,
    st.builds(camera_of, COORDINATES, TURNS),
    st.floats(0.2, 3.0),  # seconds after the one before, summed below
    st.none() | st.floats(-0.9, 0.9),
    st.floats(0, 1),
    st.floats(-400, 400),
    st.none() | st.floats(10, 120),
)


@st.composite
def paths(draw, fewest=2, loops=None, spaced=False) -> CameraPath:
    keys = draw(st.lists(KEYS, min_size=fewest, max_size=7))
    if spaced:
        # No two keys nearly at one place, no half turns, whose way is either's, no sharp bends.
        poses = [key.camera for key in keys]
        ways = []
        for one, other in zip(poses, poses[1:] + poses[:1], strict=True):
            assume(one.distance_to(other) > 0.2)
            assume(one.angle_to(other) < 170)
            ways.append((other.position - one.position) / other.distance_to(one))
        for one, other in zip(ways, ways[1:] + ways[:1], strict=True):
            assume(len(keys) == 2 or one @ other > -0.9)
    gaps = [key.seconds for key in keys]
    times = np.concatenate([[0.0], np.cumsum(gaps[1:])])
    return CameraPath(
        tuple(replace(key, seconds=float(t)) for key, t in zip(keys, times, strict=True)),
        loop=draw(st.booleans()) if loops is None else loops,
        closing_seconds=gaps[0],
        tension=draw(st.floats(-0.9, 0.9)),
        vertical_fov=draw(st.none() | st.floats(10, 120)),
    )


def turned(key: Keyframe) -> np.ndarray:
    pose = key.camera.camera_to_world.copy()
    pose[:3, :3] = pose[:3, :3] @ Rotation.from_euler("z", key.roll, degrees=True).as_matrix()
    return pose


@QUICK
@given(paths(fewest=1))
def test_a_path_passes_through_its_keys_at_their_times(path):
    curve = PathCurve(path)
    for key in path.keyframes:
        view = curve.view_at(key.seconds)
        np.testing.assert_allclose(view.camera.camera_to_world, turned(key), atol=1e-6)
        if key.vertical_fov is not None:
            assert view.vertical_fov == pytest.approx(key.vertical_fov)


@QUICK
@given(paths())
def test_orientations_stay_rotations(path):
    for view in PathCurve(path).views_at(np.linspace(0, path.seconds, 50)):
        rotation = view.camera.rotation
        assert np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-9
        assert np.linalg.det(rotation) > 0


@QUICK
@given(paths(spaced=True))
def test_speed_is_continuous_at_the_keys(path):
    curve = PathCurve(path)
    fastest = max(curve.speed_at(t) for t in np.linspace(0, path.seconds, 100))
    step = 1e-6 * path.seconds
    for key in path.keyframes[1:-1]:
        before, after = curve.speed_at(key.seconds - step), curve.speed_at(key.seconds + step)
        assert abs(before - after) < 1e-3 * fastest


@QUICK
@given(paths(fewest=3, spaced=True))
def test_the_camera_does_not_jerk_at_the_keys(path):
    curve = PathCurve(path)
    step = 1e-6 * path.seconds
    times = np.linspace(0, path.seconds, 400)
    speeds = np.linalg.norm(np.gradient(curve.positions_at(times), times, axis=0), axis=1)
    for key in path.keyframes[1:-1]:
        one, middle, other = curve.positions_at(key.seconds + step * np.array([-1, 0, 1]))
        before, after = (middle - one) / step, (other - middle) / step
        assert np.linalg.norm(after - before) < 0.05 * speeds.max() + 1e-6


@QUICK
@given(paths(fewest=3, loops=True, spaced=True))
def test_a_loop_closes_in_position_and_in_velocity(path):
    curve = PathCurve(path)
    end = path.seconds
    start_pose = curve.camera_at(0).camera_to_world
    # At the very end a loop is at its beginning; roll alone may have gone round.
    np.testing.assert_allclose(curve.camera_at(end).camera_to_world, start_pose, atol=1e-6)
    step = 1e-6 * end
    one, middle, other = curve.positions_at([end - step, 0, step])
    speeds = np.linalg.norm(np.diff(curve.positions_at(np.linspace(0, end, 400)), axis=0), axis=1)
    fastest = speeds.max() / (end / 399)
    assert np.linalg.norm((middle - one) - (other - middle)) / step < 0.05 * fastest + 1e-6
    fastest = max(curve.speed_at(moment) for moment in np.linspace(0, end, 100))
    assert abs(curve.speed_at(step) - curve.speed_at(end - step)) < 0.01 * fastest


@QUICK
@given(paths(spaced=True))
def test_backwards_is_the_same_way(path):
    times = np.linspace(0, path.seconds, 30)
    forwards, backwards = PathCurve(path), PathCurve(path.reversed())
    there = [view.camera.camera_to_world for view in forwards.views_at(times)]
    back = [view.camera.camera_to_world for view in backwards.views_at(path.seconds - times)]
    np.testing.assert_allclose(there, back, atol=2e-4)


@QUICK
@given(paths())
@example(CameraPath((Keyframe(Camera(np.eye(4))), Keyframe(Camera(np.eye(4)), 1.0))))
def test_all_at_once_is_the_same_as_one_by_one(path):
    curve = PathCurve(path)
    times = np.linspace(-1, path.seconds + 1, 9)
    for view, moment in zip(curve.views_at(times), times, strict=True):
        assert curve.view_at(moment) == view


def ring(count: int, **more) -> CameraPath:
    keys = (Keyframe(camera, float(i)) for i, camera in enumerate(orbit_cameras(count)))
    return CameraPath(tuple(keys), loop=True, closing_seconds=1.0, **more)


def test_nothing_stops_and_speed_is_even_along_an_orbit():
    curve = PathCurve(ring(12))
    positions = curve.positions_at(np.linspace(0, 12, 1200))
    speeds = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    assert speeds.min() > 0.97 * speeds.max()
    assert np.linalg.norm(positions[:, :2], axis=1).min() > 0.997 * 1.9  # and round


def test_two_unlike_steps_have_one_speed_each_and_no_stop_between():
    places = [(0, 0, 0), (1, 0, 0), (3, 0, 0)]
    keys = [Keyframe(camera_of(p, (0, 0, 0)), t) for p, t in zip(places, (0, 1, 2), strict=True)]
    curve = PathCurve(CameraPath(tuple(keys)))
    assert min(curve.speed_at(t) for t in np.linspace(0, 2, 99)) > 0.8
    even = PathCurve(evenly_timed(curve.path))
    assert even.path.times == pytest.approx((0, 2 / 3, 2), abs=1e-3)
    speeds = [even.speed_at(t) for t in np.linspace(0, 2, 99)]
    assert max(speeds) - min(speeds) < 1e-3


def test_the_camera_slows_down_where_it_turns_back_and_nowhere_else():
    places = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (1, 0, 0), (0, 0, 0)]
    keys = [Keyframe(camera_of(p, (0, 0, 0)), float(t)) for t, p in enumerate(places)]
    curve = PathCurve(CameraPath(tuple(keys)))
    assert curve.speed_at(2) == pytest.approx(0, abs=1e-6)
    assert curve.speed_at(1) > 0.8
    assert curve.speed_at(3) > 0.8


def test_an_eased_key_is_reached_at_rest_and_left_again():
    path = ring(6)
    eased = path.replaced(2, replace(path.keyframes[2], ease=1.0))
    curve = PathCurve(eased)
    assert curve.speed_at(2.0) == pytest.approx(0, abs=1e-9)
    assert curve.speed_at(1.5) > 1
    assert curve.speed_at(2.5) > 1


def test_the_camera_rests_between_two_keys_of_one_pose():
    path, _ = ring(6).duplicated((2,))
    curve = PathCurve(path)
    held = path.keyframes[2].camera
    for moment in np.linspace(2, 2 + path.default_step, 7):
        np.testing.assert_allclose(
            curve.camera_at(moment).camera_to_world, held.camera_to_world, atol=1e-9
        )
    assert curve.speed_at(1) > 0.5


def test_a_way_over_the_pole_does_not_flip():
    up = (0, 0, 1)
    angles = np.radians([60, 75, 85, 95, 105, 120])
    keys = []
    for index, angle in enumerate(angles):
        camera = look_at((3 * np.cos(angle), 0, 3 * np.sin(angle)), (0, 0, 0), up)
        if angle > np.pi / 2:  # up has changed sides: the camera flies on, head first
            camera = Camera(camera.camera_to_world @ np.diag([-1.0, -1.0, 1.0, 1.0]))
        keys.append(Keyframe(camera, float(index)))
    cameras = PathCurve(CameraPath(tuple(keys))).views_at(np.linspace(0, 5, 200))
    turns = [one.camera.angle_to(other.camera) for one, other in pairwise(cameras)]
    assert max(turns) < 0.6  # degrees; 60 in all
    for view in cameras:
        to_centre = -view.camera.position / np.linalg.norm(view.camera.position)
        assert view.camera.forward @ to_centre > 0.999


def test_a_roll_of_360_degrees_is_a_whole_turn():
    camera = look_at((3, 0, 0), (0, 0, 0), (0, 0, 1))
    curve = PathCurve(CameraPath((Keyframe(camera), Keyframe(camera, 2.0, roll=360.0))))
    assert curve.camera_at(1.0).angle_to(camera) == pytest.approx(180, abs=1)
    assert curve.camera_at(2.0).angle_to(camera) == pytest.approx(0, abs=1e-5)
    # Clockwise for the camera: what was at its right comes to be below.
    np.testing.assert_allclose(curve.camera_at(0.5).right, camera.down, atol=0.6)


def test_tension_draws_the_curve_towards_straight_lines():
    def way(tension):
        positions = PathCurve(ring(4, tension=tension)).positions_at(np.linspace(0, 4, 400))
        return np.linalg.norm(np.diff(positions, axis=0), axis=1).sum()

    assert way(-0.5) > way(0) > way(0.5) > way(1)
    assert way(1) == pytest.approx(4 * 1.9 * np.sqrt(2), rel=0.01)


def test_zooming_without_moving_goes_from_one_field_of_view_to_the_other():
    camera = orbit_cameras(1)[0]
    keys = (Keyframe(camera, 0, vertical_fov=60.0), Keyframe(camera, 1, vertical_fov=20.0))
    curve = PathCurve(CameraPath(keys))
    fovs = [view.vertical_fov for view in curve.views_at(np.linspace(0, 1, 11))]
    assert fovs[0] == pytest.approx(60)
    assert fovs[-1] == pytest.approx(20)
    assert all(np.diff(fovs) < 0)
    assert PathCurve(ring(3)).view_at(0.5).vertical_fov is None


def test_a_path_without_keys_has_no_curve():
    with pytest.raises(CameraPathError, match="no keyframes"):
        curve_of(CameraPath())


def test_scrubbing_is_cheap():
    curve = PathCurve(ring(60))
    curve.camera_at(0.5)
    best = min(_timed(curve) for _ in range(20))
    assert best < 0.001  # 0.05 ms on an idle core; the bound leaves room for busy machines


def _timed(curve: PathCurve) -> float:
    started = time.perf_counter()
    curve.camera_at(17.3)
    return time.perf_counter() - started
