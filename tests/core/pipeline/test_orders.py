"""Orders of observing."""

import numpy as np

from dvox_core.geometry.cameras import look_at
from dvox_core.pipeline.orders import Order, ordered

UP = np.array([0.0, 0.0, 1.0])
MIDDLE = np.zeros(3)


def ring(degrees):
    angles = np.radians(degrees)
    return [look_at((3 * np.cos(a), 3 * np.sin(a), 1.0), MIDDLE, UP) for a in angles]


def test_as_captured_changes_nothing():
    assert ordered(Order.CAPTURED, ring([10, 5, 200]), MIDDLE, UP) == [0, 1, 2]
    assert ordered(Order.SPREAD, [], MIDDLE, UP) == []


def test_a_ring_goes_round_from_the_first_camera():
    assert ordered(Order.RING, ring([90, 45, 180, 100, 350]), MIDDLE, UP) == [0, 3, 2, 4, 1]


def test_far_apart_first_takes_the_opposite_side_next():
    cameras = ring([0, 10, 20, 180, 90, 270])
    order = ordered(Order.SPREAD, cameras, MIDDLE, UP)
    assert order[:2] == [0, 3]
    assert set(order[2:4]) == {4, 5}
    assert sorted(order) == list(range(6))


def test_cameras_of_one_place_come_once_each():
    cameras = ring([30, 30, 30])
    for order in Order:
        assert sorted(ordered(order, cameras, MIDDLE, UP)) == [0, 1, 2]
