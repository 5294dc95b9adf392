"""The camera of the 3D widgets: it turns around its target and stays upright."""

import numpy as np
import pytest

from dvox_core.data.lens import Lens
from dvox_core.geometry.grid import GridPlacement
from tests.helpers.fakes import fake_scene
from viewer.view3d.orbit_camera import GRID_DISTANCE, Orbit, cameras_orbit, grid_orbit
from viewer.view3d.projection import Projection

BOX = GridPlacement((0.2, -0.1, 0.3), 1.6)
ORBIT = Orbit((0.0, 0.0, 0.0), 6.0, 0.6, 0.45, (0.0, 0.0, 1.0))
PROJECTION = Projection(ORBIT.camera, 500.0, (300.0, 250.0), 1e-3)
LENS = Lens(640, 480, 500.0, 505.0, 322.0, 236.0, (0.1, -0.03), (), (0.002, -0.001))


def test_up_stays_up_however_it_is_turned():
    for turned in (ORBIT, ORBIT.turned(2.0, 0.3), ORBIT.turned(-1.0, -3.0)):
        camera = turned.camera
        assert -camera.down @ (0, 0, 1) > 0
        assert abs(camera.right @ (0, 0, 1)) < 1e-9


def test_turning_and_zooming_keep_the_target():
    for orbit in (ORBIT.turned(1.0, -0.2), ORBIT.nearer(0.5)):
        projection = Projection(orbit.camera, 500.0, (300.0, 250.0), 1e-3)
        np.testing.assert_allclose(projection.points(np.zeros((1, 3)))[0][0], (300, 250), atol=1e-9)


def test_the_first_view_shows_all_cameras():
    positions = np.random.default_rng(0).normal(size=(30, 3)) * 3
    center = positions.mean(axis=0)
    orbit = cameras_orbit(positions, center, np.array([0.0, 1.0, 0.0]))
    places, depths = Projection(orbit.camera, 550.0, (250.0, 250.0), 1e-3).points(positions)
    assert (depths > 0).all()
    assert ((places > 0) & (places < 500)).all()


def test_a_grid_is_seen_first_from_beside_the_camera():
    scene = fake_scene()
    camera = scene.cameras[0].camera
    orbit = grid_orbit(scene, camera, np.radians(62))
    np.testing.assert_allclose(orbit.target, scene.pivot)
    assert orbit.distance == pytest.approx(GRID_DISTANCE * scene.placement.scale)
    flat = [
        (position - scene.pivot) * (1 - np.abs(scene.up_axis))
        for position in (camera.position, orbit.camera.position)
    ]
    one, other = (offset / np.linalg.norm(offset) for offset in flat)
    assert one @ other == pytest.approx(np.cos(np.radians(62)))
    assert np.cross(one, other) @ scene.up_axis > 0
