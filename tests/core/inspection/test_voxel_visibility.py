"""Depth weights carried back to voxels."""

import numpy as np
import pytest
import torch

from dvox_core.errors import Cancelled, UserError
from dvox_core.geometry.resampling import camera_to_grid_transform, view_volume
from dvox_core.inspection.views import ViewInspector, inspect_view
from dvox_core.inspection.voxel_visibility import (
    SEEN_SHARES,
    capture_visibility,
    voxel_visibility,
)
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.torch_renderer import TorchRenderer
from tests.helpers.scenes import SMALL, SMALL_COLLAPSE, orbit_cameras, random_scene

SIDE = SMALL.grid_size


@pytest.fixture(scope="module")
def scene():
    return random_scene()


@pytest.fixture(scope="module")
def renderer(scene):
    return TorchRenderer(scene, Target(torch.device("cpu"), torch.float32))


def carried_back(scene, renderer, camera):
    view = inspect_view(scene, renderer, camera)
    samples = ViewInspector(scene).samples(camera)
    return view, voxel_visibility(samples, torch.from_numpy(view.visibility), SIDE)


@pytest.mark.parametrize("camera", [*orbit_cameras(3), *orbit_cameras(2, distance=1.2)])
def test_visibilities_of_a_view_sum_to_the_weights_inside_the_grid(scene, renderer, camera):
    view, volume = carried_back(scene, renderer, camera)
    inside = view.visibility[view.inside].sum(dtype=np.float64)
    assert inside > 100
    assert volume.sum(dtype=np.float64) == pytest.approx(inside, abs=1e-4)
    assert volume.shape == (SIDE, SIDE, SIDE)
    assert volume.min() >= 0


def test_it_is_the_adjoint_of_the_plain_resampling(scene, renderer):
    """Weights times resampled grid equals carried-back weights times grid, for any grid."""
    camera = scene.start_camera
    view, volume = carried_back(scene, renderer, camera)
    grid = torch.randn(1, SIDE, SIDE, SIDE, generator=torch.Generator().manual_seed(3))
    pose = torch.from_numpy(camera.camera_to_world.copy())
    transform = camera_to_grid_transform(pose, scene.placement, SIDE).float()
    resampled = view_volume(grid, scene.frustum, transform)[0].double().numpy()
    there = (resampled * view.visibility).sum()
    back = (grid[0].double().numpy() * volume).sum()
    assert abs(there) > 1
    assert back == pytest.approx(there, rel=1e-4)


def test_over_a_capture_every_view_counts(scene, renderer):
    cameras = orbit_cameras(3)
    told = []
    seen = capture_visibility(scene, cameras, lambda share, text: told.append((share, text)))
    volumes = [carried_back(scene, renderer, camera)[1] for camera in cameras]
    assert seen.views == 3
    assert seen.total == pytest.approx(sum(volumes), abs=1e-4)
    assert seen.highest == pytest.approx(np.max(volumes, axis=0), abs=1e-4)
    planes = scene.frustum.plane_count
    expected = np.zeros((SIDE,) * 3, dtype=int)
    for camera, volume in zip(cameras, volumes, strict=True):
        even = torch.full((planes, 64, 64), 1 / planes)
        samples = ViewInspector(scene).samples(camera)
        expected += volume > SEEN_SHARES * voxel_visibility(samples, even, SIDE)
    assert (seen.view_counts == expected).mean() > 0.999  # but for rounding at the threshold
    assert (seen.never_seen == (seen.view_counts == 0)).all()
    assert 0 < seen.never_seen.mean() < 1
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert told[-1] == (1.0, "Done")


def test_a_cancelled_capture_ends_at_the_next_view(scene):
    def cancel_at_second_view(share, text):
        if text.startswith("View 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        capture_visibility(scene, orbit_cameras(9), cancel_at_second_view)


def test_what_cannot_be_computed_is_said_in_one_line(scene):
    with pytest.raises(UserError, match="--poses"):
        capture_visibility(scene, [], lambda *_: None)
    with pytest.raises(UserError, match="occlusion network"):
        capture_visibility(random_scene(SMALL_COLLAPSE), orbit_cameras(1), lambda *_: None)
