"""Views along the axes, and motions towards a point."""

import numpy as np
import pytest

from dvox_core.geometry.cameras import look_at
from viewer.viewport.navigation.axis_views import named_directions, nearest_direction, view_from
from viewer.viewport.navigation.camera_motion import OrbitPose, at_distance, dolly_to

PIVOT = np.array([0.1, -0.2, 0.3])


def view(position=(3.0, -2.0, 1.0)):
    return OrbitPose(look_at(position, PIVOT, (0, 0, 1)), PIVOT)


def test_front_right_and_top_are_as_in_blender_where_z_is_up():
    named = named_directions((0, 0, 1))
    np.testing.assert_allclose(named["front"], (0, -1, 0), atol=1e-12)
    np.testing.assert_allclose(named["right"], (1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(named["top"], (0, 0, 1), atol=1e-12)


@pytest.mark.parametrize("up", [(0, 0, 1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (0.1, 0.2, -0.9)])
def test_the_named_views_are_perpendicular_and_see_the_pivot_upright(up):
    named = named_directions(up)
    axes = np.stack([named["front"], named["right"], named["top"]])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    start = view()
    for name, direction in named.items():
        seen = view_from(start, direction, up)
        assert seen.distance == pytest.approx(start.distance)
        np.testing.assert_allclose(seen.camera.forward, -direction, atol=1e-9)
        if name not in ("top", "bottom"):
            np.testing.assert_allclose(-seen.camera.down, named["top"], atol=1e-9)
    # From above, what is at the front lies below in the picture.
    np.testing.assert_allclose(
        view_from(start, named["top"], up).camera.down, named["front"], atol=1e-9
    )
    assert np.allclose(nearest_direction(view_from(start, named["left"], up), up), named["left"])


def test_a_dolly_towards_a_point_keeps_it_where_it_is_in_the_picture():
    start, point = view(), np.array([0.5, 0.4, 0.1])
    moved = dolly_to(start, point, 3.0, 0.01, 100.0)
    assert moved.distance == pytest.approx(0.9**3 * start.distance)
    for seen in (start, moved):
        local = seen.camera.world_to_camera[:3, :3] @ (point - seen.camera.position)
        np.testing.assert_allclose(local[:2] / local[2], _seen(start, point), atol=1e-9)
    np.testing.assert_allclose(_seen(moved, moved.pivot), _seen(start, start.pivot), atol=1e-9)
    back = dolly_to(moved, point, -3.0, 0.01, 100.0)
    np.testing.assert_allclose(back.camera.camera_to_world, start.camera.camera_to_world, atol=1e-9)


def test_the_distance_is_set_without_turning():
    moved = at_distance(view(), 7.0)
    assert moved.distance == pytest.approx(7.0)
    np.testing.assert_allclose(moved.camera.rotation, view().camera.rotation)


def _seen(pose, point):
    local = pose.camera.world_to_camera[:3, :3] @ (point - pose.camera.position)
    return local[:2] / local[2]
