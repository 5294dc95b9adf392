"""Thinning: few keys are left, every view stays where it was."""

import numpy as np
import pytest

from dvox_core.camera_paths.curve import curve_of
from dvox_core.camera_paths.generators import orbit, recorded
from dvox_core.camera_paths.path import CameraPath, Keyframe
from dvox_core.camera_paths.thinning import thinned
from dvox_core.geometry.cameras import look_at

START = look_at((0.0, -4.0, 1.5), target=(0.0, 0.0, 0.0), up=(0.0, 0.0, 1.0))


@pytest.fixture
def moves() -> CameraPath:
    """Half an orbit as a hand's motion: a key every tenth of a second."""
    curve = curve_of(orbit(START, (0, 0, 0), (0, 0, 1), seconds=12.0))
    times = np.linspace(0, 6, 61)
    return recorded(list(times), [curve.camera_at(time) for time in times])


def test_a_smooth_motion_keeps_few_keys_and_its_views(moves: CameraPath) -> None:
    few = thinned(moves, 0.01)
    assert len(few.keyframes) < len(moves.keyframes) / 3
    assert few.seconds == moves.seconds
    for time in np.linspace(0, moves.seconds, 50):
        before, after = curve_of(moves).camera_at(time), curve_of(few).camera_at(time)
        assert before.distance_to(after) < 0.01 * 4
        assert before.angle_to(after) < np.degrees(0.0101)


def test_a_smaller_tolerance_keeps_more_keys(moves: CameraPath) -> None:
    assert len(thinned(moves, 0.001).keyframes) > len(thinned(moves, 0.03).keyframes)


def test_a_rest_stays_a_rest() -> None:
    other = look_at((4.0, 0.0, 1.5), target=(0.0, 0.0, 0.0), up=(0.0, 0.0, 1.0))
    keys = (Keyframe(START), Keyframe(other, 1.0), Keyframe(other, 4.0), Keyframe(START, 5.0))
    few = thinned(CameraPath(keys), 0.01)
    assert curve_of(few).camera_at(2.5).distance_to(other) < 0.05


def test_two_keys_are_not_thinned() -> None:
    path = CameraPath((Keyframe(START), Keyframe(START, 1.0)))
    assert thinned(path) == path
