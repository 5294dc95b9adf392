"""Places: from a voxel to its picture and back."""

import numpy as np
import pytest

from dvox_core.inspection.rays import map_pixel, ray_points
from dvox_core.pipeline.looks import cube_view
from dvox_core.pipeline.places import (
    CloudPlaces,
    CutPlaces,
    FanPlaces,
    FrustumCutPlaces,
    RayPlaces,
)
from tests.helpers.fakes import fake_scene

SCENE = fake_scene()
CAMERA = SCENE.cameras[2].camera
VOXEL = (9, 6, 7)


def one_voxel(shape, *place):
    strength = np.zeros(shape, dtype=np.float32)
    strength[place] = 1
    return strength


GRID = one_voxel((16, 16, 16), 7, 6, 9)


@pytest.fixture(scope="module")
def frustum_strength():
    """[D, 64, 64], on the samples nearest to the voxel."""
    places = RayPlaces(SCENE, CAMERA, GRID, None)
    across, down = places.place_of(VOXEL)
    u, v = int(across * 64), int(down * 64)
    from dvox_core.inspection.rays import ray_table

    planes = SCENE.frustum.plane_count
    table = ray_table(SCENE, CAMERA, np.zeros(planes, np.float32), u, v)
    k = int(np.abs(table.voxels - np.array(VOXEL)).sum(axis=1).argmin())
    assert tuple(table.voxels[k]) == VOXEL
    return one_voxel((planes, 64, 64), k, v, u)


def all_places(frustum_strength):
    yield CloudPlaces(SCENE, cube_view(CAMERA, SCENE.placement, 200), GRID)
    for axis in range(3):
        yield CutPlaces(GRID, axis, VOXEL[axis])
        yield CutPlaces(GRID, axis, None)
        yield FrustumCutPlaces(SCENE, CAMERA, frustum_strength, axis, None)
    yield RayPlaces(SCENE, CAMERA, GRID, None)
    yield RayPlaces(SCENE, CAMERA, None, frustum_strength)
    yield RayPlaces(SCENE, CAMERA, GRID, None, inset=5 / 128)
    yield FanPlaces(SCENE, CAMERA, frustum_strength)


def test_a_voxel_is_found_where_it_is_shown(frustum_strength):
    for places in all_places(frustum_strength):
        place = places.place_of(VOXEL)
        assert place is not None
        assert places.voxel_at(place) == VOXEL, places


def test_a_ray_place_is_the_pixel_that_the_picture_has():
    places = RayPlaces(SCENE, CAMERA, GRID, None)
    across, down = places.place_of((8, 8, 8))  # the grid's middle, where the camera looks
    assert (across, down) == pytest.approx((0.5 + 0.5 / 64, 0.5 + 0.5 / 64), abs=1e-6)
    assert map_pixel(SCENE, 64, 64) == (int(across * 64), int(down * 64))


def test_what_is_out_of_a_picture_has_no_place():
    away = RayPlaces(SCENE, SCENE.cameras[0].camera, GRID, None)
    turned = CAMERA.camera_to_world.copy()
    turned[:3, :3] = turned[:3, :3] @ np.diag([1.0, -1.0, -1.0])
    from dvox_core.geometry.cameras import Camera

    behind = RayPlaces(SCENE, Camera(turned), GRID, None)
    assert away.place_of(VOXEL) is not None
    assert behind.place_of(VOXEL) is None
    assert behind.voxel_at((0.5, 0.5)) is None
    fan = FanPlaces(SCENE, CAMERA, np.zeros((32, 64, 64), np.float32))
    assert fan.voxel_at((0.01, 0.99)) is None  # beside the frustum, near the camera


def test_the_points_of_a_ray_are_seen_on_one_line_where_voxels_on_it_are_seen():
    other = SCENE.cameras[0].camera
    points = ray_points(SCENE, other, 30, 34)
    places = RayPlaces(SCENE, CAMERA, GRID, None)
    seen = places.places_of_points(points)
    assert seen.shape == (SCENE.frustum.plane_count, 2)
    known = seen[np.isfinite(seen).all(axis=1)]
    assert len(known) > 8
    first, last = known[0], known[-1]
    way = (last - first) / np.linalg.norm(last - first)
    away = (known - first) @ np.array([-way[1], way[0]])
    np.testing.assert_allclose(away, 0, atol=1e-9)
    to_world = SCENE.placement.grid_to_world(16)
    middle = to_world[:3, :3] @ np.array(VOXEL, dtype=float) + to_world[:3, 3]
    for inset in (0.0, 5 / 128):
        places = RayPlaces(SCENE, CAMERA, GRID, None, inset)
        place = places.places_of_points(middle[None])[0]
        np.testing.assert_allclose(place, places.place_of(VOXEL), atol=1e-9)
    own = places.places_of_points(ray_points(SCENE, CAMERA, 30, 34))
    np.testing.assert_allclose(own, np.broadcast_to(own[0], own.shape), atol=1e-9)
    behind = CAMERA.position - CAMERA.forward
    assert np.isnan(places.places_of_points(behind[None])).all()
