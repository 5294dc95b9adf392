"""When the frame that is being rendered is given up."""

import pytest

from tests.helpers.signals import camera_at
from viewer.workers.rendering.stale_frames import LIMIT_S, REST_S, StaleFrameRule

SIDE = 2.0
RESTED_S = REST_S + 0.001


class Clock:
    """Time that stands still unless it is moved."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def rule_with_cost(clock, cost_s):
    """A rule that has seen one frame of this cost, and begins the next one at camera 0 now."""
    rule = StaleFrameRule(clock)
    rule.begin(camera_at(0), SIDE)
    clock.now += cost_s
    rule.end()
    rule.begin(camera_at(0), SIDE)
    return rule


def test_a_frame_is_stale_when_the_camera_rests_far_from_it(clock):
    rule = rule_with_cost(clock, 1.0)
    asked = clock.now + 0.1
    clock.now = asked + REST_S / 2
    assert not rule.is_stale(camera_at(3), asked)
    clock.now = asked + RESTED_S
    assert rule.is_stale(camera_at(3), asked)
    assert not rule.is_stale(camera_at(0.01), asked)


def test_while_the_camera_moves_every_frame_is_rendered_to_its_end(clock):
    rule = rule_with_cost(clock, 1.0)
    for _ in range(60):
        clock.now += 1 / 60
        assert not rule.is_stale(camera_at(3), since=clock.now - 0.01)


def test_a_frame_that_is_nearly_done_is_not_stale(clock):
    rule = rule_with_cost(clock, 1.0)
    clock.now += 0.97
    assert not rule.is_stale(camera_at(3), since=clock.now - RESTED_S)


@pytest.mark.parametrize("cost_s", [0.2, 0.5, 1.0, 1.4])
def test_however_often_the_camera_stops_and_goes_a_true_frame_comes_in_time(clock, cost_s):
    rule = rule_with_cost(clock, cost_s)
    last_done, began, gaps = clock.now, clock.now, []
    for step in range(2000):  # 10 ms each; the camera rests for REST_S and jumps away again
        clock.now += 0.01
        if clock.now - began >= cost_s:
            rule.end()
            gaps.append(clock.now - last_done)
            last_done = began = clock.now
            rule.begin(camera_at(0), SIDE)
        elif rule.is_stale(camera_at(3 + step % 2), since=clock.now - RESTED_S):
            rule.give_up()
            began = clock.now
            rule.begin(camera_at(0), SIDE)
    assert len(gaps) > 5
    assert max(gaps) <= max(LIMIT_S, 2 * cost_s) + 0.03


def test_frames_slower_than_the_limit_are_given_up_but_not_for_ever(clock):
    rule = rule_with_cost(clock, 4.0)
    clock.now += 1
    assert rule.is_stale(camera_at(3), since=clock.now - RESTED_S)
    rule.give_up()
    rule.begin(camera_at(3), SIDE)
    clock.now += 1
    assert not rule.is_stale(camera_at(0), since=clock.now - RESTED_S)
