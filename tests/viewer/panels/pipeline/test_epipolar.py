"""Pins' rays as another camera sees them."""

import numpy as np
import pytest

from dvox_core.pipeline.places import CutPlaces, RayPlaces
from tests.helpers.fakes import fake_scene
from viewer.panels.pipeline.epipolar import epipolar_lines
from viewer.state.selection import Pin, Pixel
from viewer.theme import DARK

SCENE = fake_scene()
HERE, THERE = SCENE.cameras[0].camera, SCENE.cameras[2].camera
PINS = (Pin(2, Pixel(64.0, 64.0)), Pin(0, Pixel(40.0, 80.0)))


def test_each_pin_gives_a_line_over_the_depths_of_its_ray_in_another_cameras_picture():
    places = RayPlaces(SCENE, THERE, None, None)
    lines = epipolar_lines(places, (64, 64), SCENE, HERE, PINS, DARK)
    assert [(line.key, line.color) for line in lines] == [(2, DARK.pins[2]), (0, DARK.pins[0])]
    assert lines[0].title == "Epipolar: pin at (64, 64)"
    profile = lines[0].profile
    np.testing.assert_allclose(profile.places, SCENE.frustum.plane_depths, atol=1e-6)
    # The middle of this picture is the pivot's pixel, which the other camera looks at too.
    depth = float(np.linalg.norm(HERE.position - SCENE.pivot))
    column, row = profile.entry(profile.nearest(depth))
    assert (column, row) == pytest.approx((31.5, 31.5), abs=2.0)


def test_in_its_own_picture_and_where_no_camera_looks_a_ray_is_no_line():
    own = RayPlaces(SCENE, HERE, None, None)
    assert epipolar_lines(own, (64, 64), SCENE, HERE, PINS, DARK) == []
    cut = CutPlaces(np.zeros((16, 16, 16), np.float32), 0, 3)
    assert epipolar_lines(cut, (16, 16), SCENE, HERE, PINS, DARK) == []
    assert epipolar_lines(None, (16, 16), SCENE, HERE, PINS, DARK) == []
