"""What depth weights tell of a view and of a ray."""

import numpy as np
import pytest
import torch

from dvox_core.errors import UserError
from dvox_core.geometry.resampling import camera_to_grid_transform, frustum_points, is_inside
from dvox_core.inspection.rays import COLUMNS, map_pixel, ray_table
from dvox_core.inspection.views import ViewInspector, inspect_view
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.plain_renderer import PlainRenderer
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import SMALL_COLLAPSE, orbit_cameras, random_scene

FLOAT32 = Target(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def scene():
    return random_scene()


@pytest.fixture(scope="module")
def renderer(scene):
    return TorchRenderer(scene, FLOAT32)


@pytest.fixture(scope="module")
def view(scene, renderer):
    return inspect_view(scene, renderer, scene.start_camera)


def points_of(scene, camera):
    """Grid coordinates [D, P, P, 3] of every sample, the plain way."""
    pose = torch.from_numpy(camera.camera_to_world.copy())
    transform = camera_to_grid_transform(pose, scene.placement, scene.config.grid_size)
    return frustum_points(scene.frustum, transform.float())


def test_the_maps_of_a_view_are_what_they_are_called(scene, renderer, view):
    extras = Extra.VISIBILITY | Extra.ENTROPY | Extra.OUTSIDE
    frame = renderer.render(scene.start_camera, extras)
    planes = scene.frustum.plane_count
    assert view.visibility.shape == view.inside.shape == (planes, 64, 64)
    assert (view.visibility == frame.visibility).all()
    assert view.expected_depth == pytest.approx(frame.depth, abs=1e-4)
    assert view.entropy == pytest.approx(frame.entropy, abs=1e-4)
    likely = scene.frustum.near_plane + scene.frustum.voxel_size * view.visibility.argmax(axis=0)
    assert view.most_likely_depth == pytest.approx(likely, abs=1e-5)
    outside = np.where(view.inside, 0, view.visibility).sum(axis=0)
    assert view.outside_share == pytest.approx(outside, abs=1e-5)
    assert frame.outside_share == pytest.approx(outside, abs=1e-5)
    plain = PlainRenderer(scene, torch.device("cpu")).render(scene.start_camera, extras)
    assert np.abs(plain.outside_share - outside).mean() < 1e-3  # but for samples on the border
    assert 0.05 < outside.mean() < 0.95
    for array in (view.expected_depth, view.most_likely_depth, view.entropy, view.outside_share):
        assert (array.shape, array.dtype) == ((64, 64), np.float32)


def test_inside_is_what_the_plain_frustum_says(scene, view):
    points = points_of(scene, scene.start_camera)
    inside = is_inside(points, scene.config.grid_size).numpy()
    near_border = ((points - points.round()).abs() < 1e-4).any(dim=-1).numpy()
    assert (inside == view.inside)[~near_border].all()
    assert 0.05 < inside.mean() < 0.95


@pytest.mark.parametrize("camera", orbit_cameras(3))
@pytest.mark.parametrize("pixel", [(31, 33), (0, 63), (20, 8)])
def test_a_rays_table_tells_where_its_samples_lie(scene, renderer, camera, pixel):
    u, v = pixel
    view = inspect_view(scene, renderer, camera)
    table = ray_table(scene, camera, view.visibility[:, v, u], u, v)
    points = points_of(scene, camera)[:, v, u].numpy()
    assert table.grid == pytest.approx(points, abs=1e-4)
    assert (table.inside == view.inside[:, v, u]).all()
    back = scene.placement.grid_to_world(scene.config.grid_size)
    assert table.world == pytest.approx(table.grid @ back[:3, :3].T + back[:3, 3], abs=1e-9)
    seen = (table.world - camera.position) @ camera.rotation
    assert seen[:, 2] == pytest.approx(table.depths, abs=1e-6)
    assert table.expected_depth == pytest.approx(view.expected_depth[v, u], abs=1e-4)
    assert table.entropy == pytest.approx(view.entropy[v, u], abs=1e-4)
    assert table.outside_share == pytest.approx(view.outside_share[v, u], abs=1e-4)
    assert table.depths[table.most_likely_plane] == view.most_likely_depth[v, u]
    inside = table.voxels[table.inside]
    assert (np.abs(inside - table.grid[table.inside]) <= 0.5 + 1e-9).all() or inside.max() == 11
    assert (table.voxels[~table.inside] == -1).all()
    assert {len(row) for row in table.rows()} == {len(COLUMNS)}


def test_a_pixel_of_the_picture_belongs_to_the_nearest_ray(scene):
    assert map_pixel(scene, 0, 0) == (0, 0)
    assert map_pixel(scene, 64, 32) == (32, 16)  # 128 pixels on 64 rays
    assert map_pixel(scene, 64.9, 63.1) == (32, 32)
    assert map_pixel(scene, 127.5, -3) == (63, 0)


def test_a_model_without_depth_weights_says_so():
    with pytest.raises(UserError, match="occlusion network"):
        ViewInspector(random_scene(SMALL_COLLAPSE))
