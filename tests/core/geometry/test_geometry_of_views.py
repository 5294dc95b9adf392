"""Cameras, the grid's placement, the frustum, lifting and resampling."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dvox_core.geometry.cameras import Camera, Intrinsics, look_at, nearest_rotation
from dvox_core.geometry.frustum import camera_hint, frustum_for
from dvox_core.geometry.grid import GridPlacement
from dvox_core.geometry.lifting import lift_features, project_voxels
from dvox_core.geometry.resampling import (
    RowSampler,
    camera_to_grid_transform,
    frustum_points,
    grid_to_rows,
    sample_grid,
    sum_rows,
    view_volume,
)

CPU = torch.device("cpu")
INTRINSICS = Intrinsics(150.0, 64.0, 64.0, 128, 128)
coordinate = st.floats(-5, 5)
points = st.tuples(coordinate, coordinate, coordinate)


def pose_tensor(camera: Camera) -> torch.Tensor:
    return torch.from_numpy(camera.camera_to_world.copy()).float()


def test_a_centred_point_projects_to_the_principal_point():
    camera = look_at((2.0, 1.0, 0.7), (0.1, 0.2, 0.3), (0, 0, 1))
    seen = camera.world_to_camera @ (0.1, 0.2, 0.3, 1.0)
    assert seen[:2] == pytest.approx((0, 0), abs=1e-12)
    assert seen[2] == pytest.approx(np.linalg.norm((1.9, 0.8, 0.4)))


@given(points, points)
def test_look_at_gives_a_rotation_that_sees_its_target(position, target):
    distance = np.linalg.norm(np.subtract(position, target))
    if distance < 1e-2:
        return
    camera = look_at(position, target, (0, 0, 1))
    assert camera.rotation @ camera.rotation.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(camera.rotation) == pytest.approx(1)
    assert camera.world_to_camera @ (*target, 1) == pytest.approx((0, 0, distance, 1), abs=1e-6)


def test_up_is_up_in_the_picture():
    camera = look_at((3, 0, 0), (0, 0, 0), (0, 0, 1))
    higher = camera.world_to_camera @ (0, 0, 1, 1)
    assert higher[1] < 0  # y points down


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda m: m[:3], "4×4"),
        (lambda m: np.where(m == 1, np.nan, m), "finite"),
        (lambda m: m * 1.1, "not a rotation"),
        (lambda m: np.diag((1.0, 1.0, -1.0, 1.0)), "mirrors"),
        (lambda m: m + np.outer((0, 0, 0, 1), (0, 0, 1, 0)), "last row"),
    ],
)
def test_a_pose_that_is_none_is_refused_with_its_reason(change, problem):
    with pytest.raises(ValueError, match=problem):
        Camera(change(np.eye(4)))


def test_cameras_cannot_be_changed_and_compare_by_value():
    camera = look_at((1, 2, 3), (0, 0, 0), (0, 0, 1))
    with pytest.raises(ValueError, match="read-only"):
        camera.camera_to_world[0, 0] = 2
    assert camera == Camera(camera.camera_to_world.copy())
    assert hash(camera) == hash(Camera(camera.camera_to_world.copy()))


def test_the_nearest_rotation_mends_rounding():
    rotation = look_at((1, 2, 3), (0, 0, 0), (0, 0, 1)).rotation
    mended = nearest_rotation(np.round(rotation, 3))
    assert mended @ mended.T == pytest.approx(np.eye(3), abs=1e-12)
    assert mended == pytest.approx(rotation, abs=1e-3)


def test_grid_coordinates_follow_the_specification():
    placement = GridPlacement((0.3, -0.2, 0.5), 2.0)
    transform = placement.world_to_grid(16)
    assert transform @ (0.3, -0.2, 0.5, 1) == pytest.approx((8, 8, 8, 1))
    assert transform @ (0.3 + 2.0 / 16, -0.2, 0.5, 1) == pytest.approx((9, 8, 8, 1))
    assert placement.grid_to_world(16) @ transform == pytest.approx(np.eye(4))


def test_metric_depth_of_a_sure_ray_is_the_depth_of_its_plane():
    frustum = frustum_for(INTRINSICS, 1.2, GridPlacement((0, 0, 0), 2.0), 16)
    assert frustum.plane_count == 32
    metric = frustum.metric_depth(frustum.relative_plane_depths)
    assert metric == pytest.approx(frustum.plane_depths, abs=1e-6)
    assert metric[0] == pytest.approx(1.2)
    assert metric[1] - metric[0] == pytest.approx(2.0 / 16)


@pytest.mark.parametrize(
    ("position", "target", "hint"),
    [
        ((0, 0, 2.5), (0, 0, 0), ""),
        ((0, 0, 0.2), (0, 0, 0), "inside"),
        ((0, 0, 2.5), (0, 0, 5), "away"),
        ((0, 0, 0.8), (0, 0, 0), "near plane"),
        ((0, 0, 40), (0, 0, 0), "closer"),
    ],
)
def test_a_camera_that_sees_nothing_gets_a_hint(position, target, hint):
    placement = GridPlacement((0, 0, 0), 1.0)
    frustum = frustum_for(INTRINSICS, 1.5, placement, 16)
    text = camera_hint(look_at(position, target, (0, 1, 0)), frustum, placement)
    assert (hint in text) if hint else text == ""


def test_sampling_at_a_voxel_gives_that_voxel_and_zero_outside():
    grid = torch.randn(3, 8, 8, 8)
    where = torch.tensor([[2.0, 3.0, 5.0], [7.9, 0.0, 0.0], [8.0, 1.0, 1.0], [-0.1, 1.0, 1.0]])
    samples = sample_grid(grid, where)
    assert torch.allclose(samples[:, 0], grid[:, 5, 3, 2])
    assert torch.allclose(samples[:, 1], grid[:, 0, 0, 7])  # the upper neighbour is clamped
    assert not samples[:, 2:].any()


@settings(max_examples=20, deadline=None)
@given(points, st.floats(0.2, 6.0), st.integers(1, 4))
def test_row_sums_equal_the_plain_gathers(position, scale, quarter):
    if np.linalg.norm(position) < 0.1:
        return
    side, features = 4 * quarter, 3
    placement = GridPlacement((0.1, -0.1, 0.2), scale)
    frustum = frustum_for(INTRINSICS, 0.6, placement, side)
    camera = look_at(position, (0, 0, 0), (0, 0, 1))
    grid = torch.randn(features, side, side, side)
    transform = camera_to_grid_transform(pose_tensor(camera).double(), placement, side)
    expected = view_volume(grid, frustum, transform)  # [F, D, P, P]
    samples = RowSampler(frustum, placement, side, CPU).locate(pose_tensor(camera).double())
    volume = torch.zeros(frustum.plane_count, 64 * 64, features)
    volume[samples.planes, samples.rays] = sum_rows(grid_to_rows(grid), samples)
    difference = (volume.permute(2, 0, 1).flatten(1) - expected.flatten(1)).abs().amax(dim=0)
    # A point within rounding of the grid's border may fall on either side of it.
    sampled = frustum_points(frustum, transform).flatten(0, -2)
    at_border = ((sampled.abs() < 1e-3) | ((sampled - side).abs() < 1e-3)).any(dim=1)
    assert difference[~at_border].max() < 1e-2
    assert torch.allclose(samples.weights.sum(dim=1), torch.ones(len(samples.weights)), atol=1e-5)
    counts = torch.bincount(samples.rays, minlength=64 * 64)
    assert torch.equal(samples.ray_starts.diff(), counts)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("end", [0, 1])
def test_rays_that_run_exactly_in_a_side_of_the_grid_are_sampled_as_plainly(axis, end):
    """0/0 on the way through the slabs: the lower side is inside, the upper one outside."""
    side = 8
    placement = GridPlacement((0.0, 0.0, 0.0), 1.0)
    frustum = frustum_for(Intrinsics(64.0, 32.0, 32.0, 64, 64), 1.0, placement, side)
    # The optical axis, pixel (32, 32), runs in the side exactly, along another axis of the world.
    forward = np.eye(3)[(axis + 1) % 3]
    rotation = np.stack([np.eye(3)[axis], np.cross(forward, np.eye(3)[axis]), forward], axis=1)
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = -2.0 * forward
    pose[axis, 3] = (end - 0.5) * placement.scale
    camera = pose_tensor(Camera(pose)).double()
    grid = torch.randn(3, side, side, side)
    expected = view_volume(grid, frustum, camera_to_grid_transform(camera, placement, side))
    samples = RowSampler(frustum, placement, side, CPU).locate(camera)
    volume = torch.zeros(frustum.plane_count, 64 * 64, 3)
    volume[samples.planes, samples.rays] = sum_rows(grid_to_rows(grid), samples)
    ray = 32 * 64 + 32
    seen = expected[:, :, 32, 32].T
    assert bool(seen.any()) == (end == 0)
    assert torch.allclose(volume[:, ray], seen, atol=1e-5)


def test_lifting_a_ramp_reads_row_from_y_and_column_from_x():
    placement = GridPlacement((0, 0, 0), 1.0)
    side = 8
    camera = look_at((0, 0, -2.5), (0, 0, 0), (0, -1, 0))  # looks along +z, y down
    grid_to_camera = torch.linalg.inv(
        camera_to_grid_transform(pose_tensor(camera), placement, side)
    )
    intrinsics = INTRINSICS.scaled_to(64)
    u, v, seen = project_voxels(intrinsics, grid_to_camera, side)
    assert seen.all()
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    lifted = lift_features(torch.stack([columns, rows]), u, v, seen)
    assert torch.allclose(lifted[0], u, atol=1e-3)
    assert torch.allclose(lifted[1], v, atol=1e-3)
    assert lifted[0, 4, 4, 4] == pytest.approx(intrinsics.principal_x, abs=1e-3)
    assert (lifted[0].diff(dim=2) > 0).all()  # x grows to the right
    assert (lifted[1].diff(dim=1) > 0).all()  # y grows downwards


def test_voxels_behind_the_camera_are_not_lifted():
    placement = GridPlacement((0, 0, 0), 1.0)
    camera = look_at((0, 0, -2.5), (0, 0, -5), (0, -1, 0))
    grid_to_camera = torch.linalg.inv(camera_to_grid_transform(pose_tensor(camera), placement, 8))
    _, _, seen = project_voxels(INTRINSICS.scaled_to(64), grid_to_camera, 8)
    assert not seen.any()
