"""The wizard's view of space: projection, clipping, the box under the hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvox_core.data.lens import Lens
from dvox_core.geometry.cameras import look_at
from dvox_core.geometry.grid import GridPlacement
from viewer.view3d.orbit_camera import Orbit
from viewer.view3d.projection import Projection
from viewer.wizard.camera_pyramids import frustum_corners
from viewer.wizard.capture_view.box_dragging import HANDLES, Handle, moved_box, pulled_face

BOX = GridPlacement((0.2, -0.1, 0.3), 1.6)
ORBIT = Orbit((0.0, 0.0, 0.0), 6.0, 0.6, 0.45, (0.0, 0.0, 1.0))
PROJECTION = Projection(ORBIT.camera, 500.0, (300.0, 250.0), 1e-3)
LENS = Lens(640, 480, 500.0, 505.0, 322.0, 236.0, (0.1, -0.03), (), (0.002, -0.001))


def test_frustum_corners_are_the_pictures_corners():
    camera = look_at((3.0, 0.0, 1.0), (0, 0, 0), (0, 0, 1))
    corners = frustum_corners(camera, LENS, 2.0)
    seen = (corners - camera.position) @ camera.rotation
    np.testing.assert_allclose(seen[:, 2], 2.0)
    x = seen[:, 0] / 2 * LENS.focal_x + LENS.principal_x
    np.testing.assert_allclose(x, (0, 640, 640, 0), atol=1e-9)


@given(
    face=st.sampled_from([handle for handle in HANDLES if handle.is_face]),
    dx=st.floats(-30, 30),
    dy=st.floats(-30, 30),
)
def test_a_pulled_face_moves_along_its_axis_and_the_opposite_one_stays(face, dx, dy):
    changed = pulled_face(PROJECTION, BOX, face, np.array([dx, dy]))
    assert changed is not None
    opposite = Handle(face.axis, -face.side)
    before, after = np.array(opposite.point(BOX)), np.array(opposite.point(changed))
    assert after[face.axis] == pytest.approx(before[face.axis], abs=1e-9)
    others = [axis for axis in range(3) if axis != face.axis]
    np.testing.assert_allclose(np.array(changed.center)[others], np.array(BOX.center)[others])
    assert changed.scale > 0


def test_a_face_follows_the_mouse_along_its_axis():
    face = Handle(0, 1)
    axis = np.array([1.0, 0.0, 0.0])
    step = PROJECTION.shift_per_unit(face.point(BOX), axis, 1e-4) * 0.1
    changed = pulled_face(PROJECTION, BOX, face, step)
    assert changed.scale == pytest.approx(1.7, rel=1e-3)
    places, _ = PROJECTION.points(np.stack([face.point(BOX), face.point(changed)]))
    np.testing.assert_allclose(places[1] - places[0], step, atol=0.6)


def test_a_face_seen_end_on_is_not_pulled():
    projection = Projection(
        look_at((8.0, -0.1, 0.3), (0, -0.1, 0.3), (0, 0, 1)), 500.0, (0.0, 0.0), 1e-3
    )
    assert pulled_face(projection, BOX, Handle(0, 1), np.array([5.0, 5.0])) is None


def test_a_box_pulled_through_itself_stays_a_box():
    changed = pulled_face(PROJECTION, BOX, Handle(2, 1), np.array([0.0, 5000.0]))
    assert 0 < changed.scale < 0.1


def test_a_moved_box_follows_the_mouse():
    move = np.array([12.0, -7.0])
    changed = moved_box(PROJECTION, BOX, move)
    places, depths = PROJECTION.points(np.stack([BOX.center, changed.center]))
    np.testing.assert_allclose(places[1] - places[0], move, atol=1e-3)
    assert depths[0] == pytest.approx(depths[1])
    assert changed.scale == BOX.scale
