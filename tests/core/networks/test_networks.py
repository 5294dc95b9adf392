"""The networks' shapes and the verbs of the model, for sizes the authors' code accepts."""

import pytest
import torch

from dvox_core.errors import CheckpointError
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.networks.discriminator import Discriminator
from dvox_core.networks.occlusion import unet_levels
from dvox_core.networks.unet import level_channels
from tests.helpers.scenes import random_scene


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(128, 8, 3, 4),
        ModelConfig(256, 12, 5, 6),
        ModelConfig(512, 16, 4, 2),
        ModelConfig(128, 8, 4, 4, occlusion=False),
    ],
)
def test_all_three_verbs_keep_their_shapes(config):
    scene = random_scene(config)
    model = DeepVoxels(config).eval()
    pose = torch.from_numpy(scene.start_camera.camera_to_world.copy()).float()
    size, side = config.image_size, config.grid_size
    with torch.no_grad():
        observed = model.observe(
            model.grid, torch.rand(3, size, size) - 0.5, pose, scene.frustum, scene.placement
        )
        assert observed.grid.shape == (1, config.features, side, side, side)
        assert observed.update.shape == observed.reset.shape == (1, 1, side, side, side)
        inpainted = model.inpaint(observed.grid[0])
        assert inpainted.shape == observed.grid.shape[1:]
        view = model.render_view(inpainted, pose, scene.frustum, scene.placement)
    assert view.picture.shape == (3, size, size)
    assert view.picture.abs().max() <= 0.5
    if config.occlusion:
        assert view.relative_depth.shape == (64, 64)
        assert view.visibility.shape == (config.plane_count, 64, 64)
        assert torch.allclose(view.visibility.sum(dim=0), torch.ones(64, 64), atol=1e-5)
    else:
        assert view.relative_depth is None
        assert view.visibility is None


def test_no_gradient_flows_into_the_old_state_of_the_grid():
    config = ModelConfig(128, 8, 3, 4)
    scene = random_scene(config)
    model = DeepVoxels(config)
    pose = torch.from_numpy(scene.start_camera.camera_to_world.copy()).float()
    old = torch.randn(model.grid.shape, requires_grad=True)
    picture = (torch.rand(3, 128, 128) - 0.5).requires_grad_()
    model.observe(old, picture, pose, scene.frustum, scene.placement).grid.sum().backward()
    assert old.grad is None
    assert picture.grad.abs().sum() > 0


def test_the_discriminator_judges_patches():
    verdicts = Discriminator()(torch.rand(2, 3, 118, 118) - 0.5)
    assert verdicts.shape[:2] == (2, 1)
    assert 0 <= verdicts.min() <= verdicts.max() <= 1


@pytest.mark.parametrize(("planes", "levels"), [(64, 6), (128, 6), (96, 5), (32, 5), (24, 3)])
def test_the_occlusion_net_halves_as_often_as_the_planes_allow(planes, levels):
    assert unet_levels(planes) == levels


def test_the_innermost_block_keeps_its_channels():
    assert level_channels(64, 2, 256) == [64, 128, 128]
    assert level_channels(4, 6, 16) == [4, 8, 16, 16, 16, 16, 16]


@pytest.mark.parametrize(
    "sizes",
    [
        {"image_size": 64},
        {"image_size": 192},
        {"grid_size": 10},
        {"base_channels": 5},
        {"features": 0},
        {"features": 8, "base_channels": 16, "occlusion": False},
    ],
)
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(CheckpointError):
        ModelConfig(**sizes)
