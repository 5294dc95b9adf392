"""Samples among empty voxels are left out, and the features are the same."""

import pytest
import torch

from dvox_core.geometry.resampling import RowSampler, grid_to_rows, sum_rows
from dvox_core.rendering.fused.filled_rows import FilledRows
from tests.helpers.scenes import orbit_cameras, random_scene


@pytest.mark.parametrize("filled", [0, 1, 40, 12**3])
def test_the_features_of_a_sparse_grid_are_those_of_all_samples(filled: int) -> None:
    scene = random_scene()
    rows = grid_to_rows(torch.rand(6, 12, 12, 12))
    rows[torch.randperm(len(rows), generator=torch.manual_seed(0))[filled:]] = 0
    sampler = RowSampler(scene.frustum, scene.placement, 12, torch.device("cpu"))
    for camera in orbit_cameras(2):
        samples = sampler.locate(torch.from_numpy(camera.camera_to_world.copy()))
        expected = sum_rows(rows, samples)
        torch.testing.assert_close(FilledRows(rows).features(samples), expected, rtol=0, atol=1e-6)
