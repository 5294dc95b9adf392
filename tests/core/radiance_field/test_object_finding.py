"""Objects, floors and walls in fields that are known."""

import numpy as np
import pytest

from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.radiance_field.field import RadianceField
from dvox_core.radiance_field.object_finding import find_object, voxel_places
from dvox_core.radiance_field.rendering import FieldRenderer
from dvox_core.radiance_field.views import FieldViews
from tests.helpers.captures import ring_camera

BOX = GridPlacement((0.0, 0.0, 0.0), 2.0)
LENS = Intrinsics(70.0, 32.0, 32.0, 64, 64)


def views_around(count: int = 12) -> FieldViews:
    cameras = tuple(ring_camera(index, count, 0.4 + 0.3 * (index % 2)) for index in range(count))
    return FieldViews(np.zeros((count, 64, 64, 3), dtype=np.uint8), cameras, LENS)


def empty_field() -> RadianceField:
    field = RadianceField.empty(BOX, 32, outer_side=32)
    field.density[:] = -8
    surroundings = field.background.surroundings
    assert surroundings is not None
    surroundings[..., 0] = -8
    return field


def test_an_object_on_a_floor_is_found_without_the_floor_and_a_thing_beside_it() -> None:
    views = views_around()
    field = empty_field()
    places = voxel_places(field)
    across, height = places[..., :2], places[..., 2]
    cube = (np.abs(across) < 0.3).all(axis=-1) & (height > -0.5) & (height < 0.2)
    thing = (np.abs(across - 0.75) < 0.12).all(axis=-1) & (abs(height + 0.3) < 0.2)
    field.density[cube | thing | ((height < -0.5) & (height > -0.62))] = 10
    found = find_object(field, views, BOX)
    assert len(found.planes) == 1
    assert abs(found.planes[0].normal[2]) > 0.99
    assert np.abs(found.points[:, :2]).max() < 0.4
    assert found.box.scale < 0.9

    # Its picture is the object's share: the floor is not in it, nor what lies behind.
    renderer = FieldRenderer(found.indicator)
    alone = empty_field()
    alone.density[cube & (height > -0.36)] = 10  # what is that near to the floor may be either
    for camera in views.cameras[:3]:
        mask = renderer.render(camera, LENS, 64).alpha > 0.5
        truth = FieldRenderer(alone).render(camera, LENS, 64).alpha > 0.5
        assert (mask & truth).sum() / truth.sum() > 0.9
        assert mask.sum() < 1.25 * truth.sum()


def test_mist_before_a_floor_and_a_veil_before_the_cube_change_nothing() -> None:
    views = views_around()
    field = empty_field()
    places = voxel_places(field)
    across, height = places[..., :2], places[..., 2]
    cube = (np.abs(across) < 0.3).all(axis=-1) & (height > -0.5) & (height < 0.2)
    field.density[(height > -0.5) & (height < -0.2)] = 1
    field.density[cube | ((height < -0.5) & (height > -0.62))] = 10
    clear = find_object(field, views, BOX)
    assert len(clear.planes) == 1
    assert clear.planes[0].heights(np.array([0, 0, -0.5])) == pytest.approx(0, abs=0.07)

    surroundings = field.background.surroundings
    assert surroundings is not None
    surroundings[..., 0] = 3  # three quarters of the light do not come from the cube
    veiled = find_object(field, views, BOX)
    np.testing.assert_array_equal(veiled.indicator.density, clear.indicator.density)


def test_a_handle_is_kept_and_what_is_seen_through_it_is_not() -> None:
    views = views_around()
    field = empty_field()
    x, y, z = np.moveaxis(voxel_places(field), -1, 0)
    cube = (np.abs(np.stack([x, y, z])) < 0.3).all(axis=0)
    thin = np.abs(y) < 0.07
    handle = (np.abs(x - 0.65) < 0.07) & thin & (np.abs(z) < 0.26)
    handle |= (x > 0) & (x < 0.72) & thin & (np.abs(np.abs(z) - 0.25) < 0.05)
    field.density[cube | handle] = 10
    indicator = FieldRenderer(find_object(field, views, BOX).indicator)
    alone = FieldRenderer(field)
    for camera in views.cameras:
        mask = indicator.render(camera, LENS, 64).alpha > 0.5
        truth = alone.render(camera, LENS, 64).alpha > 0.5
        assert (mask & truth).sum() / (mask | truth).sum() > 0.85


def test_a_flat_side_of_a_free_object_is_no_floor() -> None:
    views = views_around()
    field = empty_field()
    field.density[(np.abs(voxel_places(field)) < 0.4).all(axis=-1)] = 10
    found = find_object(field, views, BOX)
    assert found.planes == ()
    assert np.abs(found.points).max() < 0.5


def test_what_is_outside_a_box_is_left_out_of_the_indicator() -> None:
    field = empty_field()
    field.density[(np.abs(voxel_places(field)) < 0.4).all(axis=-1)] = 10
    found = find_object(field, views_around(), BOX)
    half = found.within(GridPlacement((0.5, 0.0, 0.0), 1.0)).indicator.opacity()
    assert half[:, :, :15].max() < 0.01
    assert half[16, 16, 20] == found.indicator.opacity()[16, 16, 20] > 0.9


def test_an_empty_field_is_told() -> None:
    with pytest.raises(CaptureError, match="nothing was found in the box"):
        find_object(empty_field(), views_around(), BOX)
