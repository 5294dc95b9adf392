"""Samples among empty voxels are left out, and what is left is the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.geometry.resampling import RowSampler, grid_to_rows, sum_rows
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.rendering.create import make_renderer
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.fused.filled_rows import voxels_near_something
from dvox_core.training.trainers.direct import set_to_identity
from tests.helpers.scenes import orbit_cameras, random_scene

CPU = torch.device("cpu")


def sparse_rows(filled: int) -> torch.Tensor:
    rows = grid_to_rows(torch.rand(6, 12, 12, 12))
    rows[torch.randperm(len(rows), generator=torch.manual_seed(0))[filled:]] = 0
    return rows


@pytest.mark.parametrize("filled", [0, 1, 40, 12**3])
def test_the_samples_that_are_left_are_all_that_are_not_zero(filled: int) -> None:
    scene, rows = random_scene(), sparse_rows(filled)
    sampler = RowSampler(scene.frustum, scene.placement, 12, CPU)
    is_near = voxels_near_something(rows)
    for camera in orbit_cameras(2):
        pose = torch.from_numpy(camera.camera_to_world.copy())
        samples, near = sampler.locate(pose), sampler.locate_near(pose, is_near)
        size = (scene.frustum.plane_count, len(samples.ray_starts) - 1)
        whole, part = torch.zeros(*size, 6), torch.zeros(*size, 6)
        whole[samples.planes, samples.rays] = sum_rows(rows, samples)
        part[near.planes, near.rays] = sum_rows(rows, near)
        torch.testing.assert_close(part, whole, rtol=0, atol=0)
        counts = near.ray_starts.diff()
        assert torch.equal(torch.repeat_interleave(counts), near.rays)
        assert len(near.rays) <= len(samples.rays)


def test_a_frame_of_a_sparse_grid_is_that_of_all_samples() -> None:
    scene = random_scene()
    model = DeepVoxels(scene.config)
    model.load_state_dict(scene.weights.load(""), strict=False)
    set_to_identity(model.inpainting)
    model.grid = sparse_rows(60).T.reshape(6, 12, 12, 12)
    renderer = make_renderer(
        replace(scene, weights=MemoryWeights(model.state_dict())), CPU, "float32", "torch"
    )
    for camera in orbit_cameras(2):
        few = renderer.render(camera, Extra.FLOAT_PICTURE)
        every = renderer.render(camera, Extra.FLOAT_PICTURE | Extra.OUTSIDE)
        assert few.float_picture == pytest.approx(every.float_picture, abs=1e-5)
        assert few.depth == pytest.approx(every.depth, abs=1e-4)
        np.testing.assert_allclose(few.contribution_depth, every.contribution_depth, rtol=1e-4)
