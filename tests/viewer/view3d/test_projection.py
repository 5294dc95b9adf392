"""The projection of world points into widgets: points, lines cut at the near plane, lenses."""

import numpy as np
import pytest

from dvox_core.data.lens import Lens
from dvox_core.geometry.cameras import look_at
from dvox_core.geometry.grid import GridPlacement
from viewer.view3d.orbit_camera import Orbit
from viewer.view3d.projection import BOX_EDGES, Projection

BOX = GridPlacement((0.2, -0.1, 0.3), 1.6)
ORBIT = Orbit((0.0, 0.0, 0.0), 6.0, 0.6, 0.45, (0.0, 0.0, 1.0))
PROJECTION = Projection(ORBIT.camera, 500.0, (300.0, 250.0), 1e-3)
LENS = Lens(640, 480, 500.0, 505.0, 322.0, 236.0, (0.1, -0.03), (), (0.002, -0.001))


def test_the_target_is_in_the_middle():
    places, depths = PROJECTION.points(np.zeros((1, 3)))
    np.testing.assert_allclose(places[0], (300, 250), atol=1e-9)
    assert depths[0] == pytest.approx(6.0)


def test_a_box_has_twelve_edges_of_its_side():
    first, last = np.array(BOX_EDGES).T
    lengths = np.linalg.norm(BOX.corners[first] - BOX.corners[last], axis=1)
    np.testing.assert_allclose(lengths, np.full(12, 1.6))


def test_lines_end_where_they_leave_what_is_before_the_camera():
    camera = ORBIT.camera
    before, behind = camera.position + camera.forward, camera.position - camera.forward
    side = 0.1 * camera.right
    lines = PROJECTION.lines((before + side)[None], (behind + side)[None])
    assert lines.shape == (1, 4)
    assert np.isfinite(lines).all()
    assert lines[0, 2] > lines[0, 0]  # towards infinity at the right
    assert len(PROJECTION.lines(behind[None], (behind + side)[None])) == 0


def test_through_a_lens_points_lie_where_its_picture_has_them():
    camera = look_at((3.0, 0.0, 1.0), (0, 0, 0), (0, 0, 1))
    projection = Projection(camera, 0.5, (10.0, 20.0), 1e-3, LENS)
    points = BOX.corners
    seen = (points - camera.position) @ camera.rotation
    plain = np.stack([LENS.project(point[:2] / point[2]) for point in seen])
    np.testing.assert_allclose(projection.points(points)[0], 0.5 * plain + (10, 20), atol=1e-9)


def test_a_lens_bends_lines():
    camera = look_at((3.0, 0.0, 1.0), (0, 0, 0), (0, 0, 1))
    projection = Projection(camera, 1.0, (0.0, 0.0), 1e-3, LENS)
    lines = projection.lines(BOX.corners[:1], BOX.corners[1:2])
    assert len(lines) > 5
    np.testing.assert_allclose(lines[1:, :2], lines[:-1, 2:])  # one after the other


def test_a_point_is_seen_along_the_ray_that_leads_to_it():
    camera = look_at((3.0, 0.0, 1.0), (0, 0, 0), (0, 0, 1))
    for projection in (PROJECTION, Projection(camera, 0.5, (10.0, 20.0), 1e-3, LENS)):
        points, depths = projection.points(BOX.corners)
        for point, depth, corner in zip(points, depths, BOX.corners, strict=True):
            reached = projection.camera.position + depth * projection.ray_direction(*point)
            np.testing.assert_allclose(reached, corner, atol=1e-6)


def test_what_is_behind_the_camera_or_beside_it_is_shown_nowhere():
    camera = ORBIT.camera
    behind, beside = camera.position - camera.forward, camera.position + camera.right
    for near in (0.0, 1e-3):
        projection = Projection(camera, 500.0, (300.0, 250.0), near)
        points, depths = projection.points([behind, beside, camera.position, (0, 0, 0)])
        assert np.isfinite(points).all(axis=1).tolist() == [False, False, False, True]
        assert depths[0] == pytest.approx(-1.0)


def test_points_agree_with_the_intrinsics_matrix():
    matrix = np.array([[500.0, 0, 300], [0, 500, 250], [0, 0, 1]])
    for corner, (x, y) in zip(BOX.corners, PROJECTION.points(BOX.corners)[0], strict=True):
        u, v, w = matrix @ ORBIT.camera.rotation.T @ (corner - ORBIT.camera.position)
        assert (x, y) == pytest.approx((u / w, v / w))
