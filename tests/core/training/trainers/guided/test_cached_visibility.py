"""The cached sums of a view are what the whole model collapses."""

import torch

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.geometry.resampling import RowSampler, camera_to_grid_transform, view_volume
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.training.trainers.guided import cached_visibility
from dvox_core.training.trainers.guided.cached_visibility import VisibilityCache, collapse
from dvox_core.training.trainers.guided.grid_from_field import OPACITIES, GridStart
from tests.helpers.scenes import orbit_cameras, random_scene

CPU = torch.device("cpu")
CONFIG = ModelConfig(image_size=128, grid_size=12, features=14, base_channels=4)


def test_what_the_cache_collapses_is_what_the_model_collapses(monkeypatch) -> None:
    monkeypatch.setattr(cached_visibility, "LEAST_WEIGHT", 0.0)
    scene = random_scene(CONFIG)
    model = DeepVoxels(CONFIG).eval()
    network = model.occlusion
    assert network is not None
    with torch.no_grad():
        network.prep_conv.weight[:, 1 + OPACITIES :] = 0
        network.weight_conv.weight *= 40  # far from uniform
    occupied = torch.randperm(12**3)[:300].sort().values
    opacities = torch.zeros(12**3, OPACITIES)
    opacities[occupied] = torch.rand(300, OPACITIES)
    appearance = torch.rand(300, 6, requires_grad=True)
    sampler = RowSampler(scene.frustum, scene.placement, 12, CPU)
    cache = VisibilityCache(network, sampler, opacities, occupied, CONFIG.plane_count)
    for number, camera in enumerate(orbit_cameras(3)):
        grid = GridStart(opacities, occupied, appearance).grid()
        pose = torch.from_numpy(camera.camera_to_world.copy())
        view = cache.view(number, pose)
        assert cache.view(number, pose) is view
        transform = camera_to_grid_transform(pose, scene.placement, 12)
        expected = network(view_volume(grid, scene.frustum, transform)[None]).features[0]
        collapsed = torch.cat([view.opacities, collapse(appearance, view)])
        assert expected.abs().max() > 1e-3
        torch.testing.assert_close(collapsed, expected, rtol=1e-4, atol=1e-6)
        weights = torch.rand(6, FEATURE_MAP_SIDE, FEATURE_MAP_SIDE)
        (wanted,) = torch.autograd.grad((expected[OPACITIES:] * weights).sum(), appearance)
        (gradient,) = torch.autograd.grad((collapsed[OPACITIES:] * weights).sum(), appearance)
        torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-6)


def test_samples_of_little_weight_are_dropped_and_change_little(monkeypatch) -> None:
    scene = random_scene(CONFIG)
    network = DeepVoxels(CONFIG).eval().occlusion
    assert network is not None
    with torch.no_grad():
        network.prep_conv.weight[:, 1 + OPACITIES :] = 0
        network.weight_conv.weight *= 40
    occupied = torch.arange(12**3)
    opacities = torch.rand(12**3, OPACITIES)
    sampler = RowSampler(scene.frustum, scene.placement, 12, CPU)
    cache = VisibilityCache(network, sampler, opacities, occupied, CONFIG.plane_count)
    pose = torch.from_numpy(orbit_cameras(1)[0].camera_to_world.copy())
    few = cache.compute(pose)
    monkeypatch.setattr(cached_visibility, "LEAST_WEIGHT", 0.0)
    every = cache.compute(pose)
    assert len(few.weights) < 0.8 * len(every.weights)
    dropped = (every.opacities - few.opacities).abs() * CONFIG.plane_count
    # No ray loses more than each of its planes may lose.
    assert dropped.max() <= CONFIG.plane_count * 0.002
    assert few.weights.sum() > 0.85 * every.weights.sum()
