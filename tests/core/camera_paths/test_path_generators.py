"""Paths that are made: round, even, in the middle of the picture, and looped without a seam."""

import numpy as np
import pytest

from dvox_core.camera_paths.curve import PathCurve
from dvox_core.camera_paths.generators import (
    between_views,
    dolly,
    figure_eight,
    orbit,
    recorded,
    spiral,
    through_cameras,
    turntable,
)
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera, look_at
from tests.helpers.scenes import orbit_cameras

CENTER = np.array([0.3, -0.2, 0.1])
UP = np.array([0.0, 0.0, 1.0])
START = look_at((3.0, 1.0, 1.5), CENTER + 0.1, UP)


def sampled(path, count=300):
    return PathCurve(path).views_at(np.linspace(0, path.seconds, count))


def aim_errors(path):
    """Degrees between the line of sight and the direction to the centre."""
    errors = []
    for view in sampled(path):
        to_center = CENTER - view.camera.position
        cosine = view.camera.forward @ to_center / np.linalg.norm(to_center)
        errors.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.array(errors)


def speeds(path):
    positions = PathCurve(path).positions_at(np.linspace(0, path.seconds, 600))
    return np.linalg.norm(np.diff(positions, axis=0), axis=1)


@pytest.mark.parametrize("turns", [1, -2, 0.4, 1.5])
def test_an_orbit_is_round_even_and_looks_at_the_middle(turns):
    path = orbit(START, CENTER, UP, turns=turns, seconds=6)
    assert path.seconds == pytest.approx(6)
    assert path.loop == (turns in (1, -2))
    radii = [np.linalg.norm(view.camera.position - CENTER) for view in sampled(path)]
    assert np.ptp(radii) < 0.004 * np.mean(radii)
    assert aim_errors(path).max() < 0.4
    assert speeds(path).min() > 0.95 * speeds(path).max()
    horizontal = np.array([view.camera.position - CENTER for view in sampled(path)])[:, :2]
    angles = np.unwrap(np.arctan2(horizontal[:, 1], horizontal[:, 0]))
    assert angles[-1] - angles[0] == pytest.approx(2 * np.pi * turns, abs=0.01)


def test_a_turntable_keeps_how_the_scene_stands_in_the_picture():
    path = turntable(START, CENTER, UP)
    assert path.keyframes[0].camera == START
    for view in sampled(path, 50):
        seen = view.camera.rotation.T @ (CENTER - view.camera.position)
        np.testing.assert_allclose(
            seen, START.rotation.T @ (CENTER - START.position), atol=0.01 * np.linalg.norm(seen)
        )


def test_a_spiral_climbs_evenly_to_where_it_was_told():
    path = spiral(START, CENTER, UP, turns=2, end_elevation=50, distance_factor=0.5)
    views = sampled(path)
    heights = np.array([(view.camera.position - CENTER)[2] for view in views])
    radii = np.array([np.linalg.norm(view.camera.position - CENTER) for view in views])
    assert radii[-1] == pytest.approx(radii[0] / 2, rel=1e-6)
    assert np.degrees(np.arcsin(heights[-1] / radii[-1])) == pytest.approx(50, abs=1e-6)
    assert aim_errors(path).max() < 0.5
    even = spiral(START, CENTER, UP, turns=2, end_elevation=50)
    assert speeds(even).min() > 0.75 * speeds(even).max()  # turning counts as moving


def test_a_figure_eight_crosses_at_the_start_and_closes():
    path = figure_eight(START, CENTER, UP, width=40, height=15)
    assert path.loop
    crossing = path.keyframes[0].camera.position
    half = PathCurve(path).positions_at([path.seconds / 2])[0]
    np.testing.assert_allclose(half, crossing, atol=0.05)
    assert aim_errors(path).max() < 0.5
    assert speeds(path).min() > 0.9 * speeds(path).max()


def test_a_dolly_goes_along_the_line_of_sight():
    path = dolly(START, CENTER, end_factor=0.5)
    for view in sampled(path, 20):
        np.testing.assert_allclose(view.camera.rotation, START.rotation, atol=1e-9)
        moved = view.camera.position - START.position
        assert np.linalg.norm(np.cross(moved, START.forward)) < 1e-9
    end = path.keyframes[-1].camera
    reach = (CENTER - START.position) @ START.forward
    assert (CENTER - end.position) @ end.forward == pytest.approx(reach / 2)


def test_given_cameras_are_passed_in_order_at_an_even_speed():
    cameras = [orbit_cameras(12)[i] for i in (0, 1, 2, 5, 6)]
    path = through_cameras(cameras, seconds=4)
    assert [key.camera for key in path.keyframes] == cameras
    assert path.seconds == pytest.approx(4)
    curve = PathCurve(path)
    found = [curve.speed_at(t) for t in np.linspace(0, 4, 100)]
    assert min(found) > 0.9 * max(found)
    looped = through_cameras(cameras, seconds=4, loop=True)
    assert looped.loop
    assert len(looped.keyframes) == 5


def test_views_are_joined_around_the_scene_and_not_through_it():
    one, other = (look_at(CENTER + p, CENTER, UP) for p in ((3, 0, 0.5), (-2, 0.4, 0.5)))
    path = between_views([one, other], CENTER)
    assert path.keyframes[0].camera == one
    assert path.keyframes[-1].camera == other
    radii = [np.linalg.norm(view.camera.position - CENTER) for view in sampled(path)]
    assert min(radii) > 1.98
    assert max(radii) < 3.1


def test_a_recorded_motion_keeps_its_times_and_its_end():
    cameras = orbit_cameras(200)[:100]
    times = np.arange(100) / 60 + 12.0
    path = recorded(times, cameras)
    assert path.seconds == pytest.approx(99 / 60)
    assert path.keyframes[-1].camera == cameras[-1]
    curve = PathCurve(path)
    for moment, camera in zip(times - 12.0, cameras, strict=True):
        assert np.linalg.norm(curve.camera_at(moment).position - camera.position) < 0.03


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: turntable(START, CENTER, UP, turns=0), "0 turns"),
        (lambda: orbit(START, CENTER, UP, seconds=0), "0 s"),
        (lambda: orbit(START, START.position, UP), "middle of the scene"),
        (lambda: orbit(START, CENTER, (0, 0, 0)), "up"),
        (lambda: dolly(START, CENTER, end_factor=0), "dolly"),
        (lambda: dolly(look_at((3, 0, 0), (4, 0, 0), UP), CENTER), "looks away"),
        (lambda: through_cameras([START]), "1 cameras"),
        (lambda: between_views([START], CENTER), "1 views"),
        (lambda: recorded([], []), "nothing was recorded"),
    ],
)
def test_what_cannot_be_made_is_told_in_one_line(make, words):
    with pytest.raises(CameraPathError, match=words):
        make()


def test_an_orbit_from_straight_above_keeps_off_the_pole():
    above = Camera(look_at(CENTER + np.array([0, 0, 3.0]), CENTER, (0, 1, 0)).camera_to_world)
    path = orbit(above, CENTER, UP)
    assert speeds(path).min() > 0
    assert aim_errors(path).max() < 0.4
