"""Camera motions: known answers, and what holds for every motion."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.rendering.pictures import has_surface
from tests.helpers.fakes import fake_frame, fake_scene
from viewer.viewport.navigation.camera_motion import (
    POLE_MARGIN,
    OrbitPose,
    axis_and_angle,
    dolly,
    eased,
    fly,
    focus,
    orbit,
    pan,
    point_under,
    rotation_about,
)

UP = np.array([0.0, 0.0, 1.0])
LIMITS = 0.01, 1000.0

numbers = st.floats(-5, 5)
points = st.tuples(numbers, numbers, numbers).map(np.array)
angles = st.floats(-20, 20)


@st.composite
def directions(draw):
    vector = draw(points)
    assume(np.linalg.norm(vector) > 0.1)
    return vector / np.linalg.norm(vector)


@st.composite
def rotations(draw):
    return rotation_about(draw(directions()), draw(st.floats(-np.pi, np.pi)))


@st.composite
def views(draw):
    """Any camera, rolled and looking past its pivot as real captures do."""
    matrix = np.eye(4)
    matrix[:3, :3] = draw(rotations())
    pivot = draw(points)
    matrix[:3, 3] = pivot + draw(directions()) * draw(st.floats(0.5, 8))
    return OrbitPose(Camera(matrix), pivot)


@st.composite
def upright_views(draw):
    """A camera without roll that sees its pivot in the middle."""
    pivot = draw(points)
    direction = draw(directions())
    assume(abs(direction @ UP) < 0.999)
    return OrbitPose(look_at(pivot + 4 * direction, pivot, UP), pivot)


def is_rotation(matrix):
    return np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-9) and np.linalg.det(matrix) > 0


@given(views(), directions(), angles, angles)
def test_orbiting_keeps_a_rotation_the_pivot_and_the_distance_to_it(view, up, yaw, pitch):
    turned = orbit(view, up, yaw, pitch)
    assert is_rotation(turned.camera.rotation)
    assert np.array_equal(turned.pivot, view.pivot)
    assert turned.distance == pytest.approx(view.distance, rel=1e-9)


@given(views(), angles, angles)
def test_orbiting_keeps_where_the_pivot_is_seen(view, yaw, pitch):
    def seen(view):
        return view.camera.rotation.T @ (view.pivot - view.camera.position)

    assert np.allclose(seen(orbit(view, UP, yaw, pitch)), seen(view), atol=1e-8)


@given(upright_views(), st.lists(st.tuples(angles, angles), max_size=20))
@settings(max_examples=50)
def test_the_picture_never_flips_at_the_poles(view, turns):
    for yaw, pitch in turns:
        view = orbit(view, UP, yaw, pitch)
        assert -view.camera.down @ UP > 0
        assert abs(view.camera.forward @ UP) <= np.cos(POLE_MARGIN) + 1e-9
        assert abs(view.camera.right @ UP) < 1e-6, "it rolled"


@given(views(), st.floats(-0.5, 0.5), st.floats(-0.2, 0.2))
def test_orbiting_back_undoes_it_away_from_the_poles(view, yaw, pitch):
    polar = np.arccos(np.clip(view.camera.forward @ UP, -1, 1))
    assume(0.3 < polar < np.pi - 0.3)
    back = orbit(orbit(view, UP, yaw, pitch), UP, -yaw, -pitch)
    assert np.allclose(back.camera.camera_to_world, view.camera.camera_to_world, atol=1e-8)


@pytest.mark.parametrize("direction", [UP, -UP])
def test_a_view_straight_up_or_down_can_be_left_but_not_passed(direction):
    start = OrbitPose(look_at((0, 0, 0), 3 * direction, UP), 3 * direction)
    away = -0.4 if direction is UP else 0.4
    left = orbit(start, UP, 0, away)
    assert abs(left.camera.forward @ UP) == pytest.approx(np.cos(0.4))
    assert -left.camera.down @ UP > 0
    stays = orbit(start, UP, 0, -away)
    assert np.allclose(stays.camera.camera_to_world, start.camera.camera_to_world, atol=1e-9)


def test_a_long_drag_does_not_drift():
    view = OrbitPose(look_at((4, 0, 1), (0, 0, 0), UP), np.zeros(3))
    for step in range(20_000):
        view = orbit(view, UP, 0.013, 0.007 if step % 2 else -0.007)
    assert is_rotation(view.camera.rotation)
    assert view.distance == pytest.approx(np.sqrt(17), rel=1e-12)


def test_a_quarter_turn_about_the_up_axis_is_known():
    view = OrbitPose(look_at((0, -4, 0), (0, 0, 0), UP), np.zeros(3))
    turned = orbit(view, UP, np.pi / 2, 0)
    assert np.allclose(turned.camera.position, (4, 0, 0), atol=1e-12)
    assert np.allclose(turned.camera.forward, (-1, 0, 0), atol=1e-12)


@given(views(), numbers, numbers)
def test_panning_moves_pivot_and_camera_together(view, right, down):
    moved = pan(view, right, down)
    shift = moved.camera.position - view.camera.position
    assert np.allclose(moved.pivot - view.pivot, shift)
    assert np.allclose(shift, right * view.camera.right + down * view.camera.down)
    assert np.allclose(moved.camera.rotation, view.camera.rotation)
    assert abs(shift @ view.camera.forward) < 1e-9


@given(views(), st.floats(-8, 8))
def test_dollying_back_undoes_it(view, steps):
    back = dolly(dolly(view, steps, *LIMITS), -steps, *LIMITS)
    assert np.allclose(back.camera.camera_to_world, view.camera.camera_to_world, atol=1e-9)


@given(views(), st.floats(-1e6, 1e6))
def test_dollying_never_reaches_or_passes_the_pivot(view, steps):
    moved = dolly(view, steps, *LIMITS)
    before = (view.camera.position - view.pivot) / view.distance
    after = (moved.camera.position - moved.pivot) / moved.distance
    assert np.allclose(before, after, atol=1e-6)
    assert LIMITS[0] * 0.999 <= moved.distance <= LIMITS[1] * 1.001


@given(views())
def test_each_dolly_step_takes_the_same_share_of_the_distance(view):
    once = dolly(view, 1, *LIMITS)
    twice = dolly(once, 1, *LIMITS)
    assert once.distance / view.distance == pytest.approx(0.9)
    assert twice.distance / once.distance == pytest.approx(0.9)


def test_a_view_beyond_a_limit_stays_and_may_come_back():
    far = OrbitPose(look_at((5000, 0, 0), (0, 0, 0), UP), np.zeros(3))
    assert dolly(far, -3, *LIMITS).distance == pytest.approx(5000)
    assert dolly(far, 1, *LIMITS).distance == pytest.approx(4500)


@given(views(), points)
def test_a_focused_point_is_in_the_middle_and_as_far_away_as_before(view, point):
    distance = np.linalg.norm(point - view.camera.position)
    assume(distance > 0.01)
    focused = focus(view, point)
    seen = focused.camera.rotation.T @ (point - focused.camera.position)
    assert np.allclose(seen, (0, 0, distance), atol=1e-9)
    assert np.allclose(focused.camera.rotation, view.camera.rotation)


@given(views(), views(), st.floats(0, 1))
def test_a_flight_begins_and_ends_exactly_and_stays_a_rotation(start, end, share):
    assert fly(start, end, 0) is start
    assert fly(start, end, 1) is end
    assert is_rotation(fly(start, end, share).camera.rotation)


@given(views(), views())
def test_a_flight_is_continuous_at_both_ends(start, end):
    near_start, near_end = fly(start, end, 1e-9), fly(start, end, 1 - 1e-9)
    assert np.allclose(near_start.camera.camera_to_world, start.camera.camera_to_world, atol=1e-6)
    assert np.allclose(near_end.camera.camera_to_world, end.camera.camera_to_world, atol=1e-6)


def test_a_flight_around_the_object_does_not_go_through_it():
    start = OrbitPose(look_at((4, 0, 0), (0, 0, 0), UP), np.zeros(3))
    end = orbit(start, UP, np.radians(170), 0)
    for share in np.linspace(0, 1, 21):
        assert fly(start, end, share).distance == pytest.approx(4)


@given(rotations())
def test_axis_and_angle_make_the_same_rotation_again(rotation):
    axis, angle = axis_and_angle(rotation)
    assert 0 <= angle <= np.pi
    assert np.allclose(rotation_about(axis, angle), rotation, atol=1e-7)


def test_half_a_turn_has_an_axis():
    rotation = np.diag([-1.0, 1.0, -1.0])
    axis, angle = axis_and_angle(rotation)
    assert angle == pytest.approx(np.pi)
    assert np.allclose(np.abs(axis), (0, 1, 0))


def test_easing_begins_and_ends_at_rest():
    assert [eased(share) for share in (-1, 0, 0.5, 1, 2)] == [0, 0, 0.5, 1, 1]
    assert eased(0.01) < 0.001
    assert eased(0.99) > 0.999


def test_the_point_under_the_middle_of_the_ball_is_on_its_surface():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    surface = has_surface(frame, scene.frustum)
    point = point_under(frame, scene.frustum, surface, 64, 64)
    to_camera = (frame.camera.position - scene.pivot) / 4
    assert np.allclose(point, scene.pivot + 0.6 * to_camera, atol=1e-3)


def test_picked_points_lie_on_the_ball_all_over_it():
    scene = fake_scene(side=256)
    frame = fake_frame(scene, scene.start_camera)
    surface = has_surface(frame, scene.frustum)
    for u, v in ((128, 128), (144, 120), (112, 136), (128, 150)):
        point = point_under(frame, scene.frustum, surface, u, v)
        assert np.linalg.norm(point - scene.pivot) == pytest.approx(0.6, abs=0.02)


def test_no_point_is_under_the_background():
    scene = fake_scene()
    frame = fake_frame(scene, scene.start_camera)
    surface = has_surface(frame, scene.frustum)
    assert point_under(frame, scene.frustum, surface, 10, 10) is None


def test_a_view_with_a_pivot_behind_the_camera_still_has_a_depth_to_pan_by():
    view = OrbitPose(look_at((0, 0, 0), (1, 0, 0), (0, 0, 1)), np.array([-3.0, 0, 0]))
    assert view.pivot_depth == 3.0
