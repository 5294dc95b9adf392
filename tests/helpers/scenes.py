"""Small scenes with random weights and lively pictures, and the reference scenes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.geometry.cameras import Camera, Intrinsics, look_at
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.scene import Scene, SceneCamera
from dvox_core.networks.discriminator import Discriminator

SMALL = ModelConfig(image_size=128, grid_size=12, features=6, base_channels=4)
SMALL_COLLAPSE = ModelConfig(
    image_size=128, grid_size=8, features=4, base_channels=4, occlusion=False
)

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
REFERENCE_FOLDERS = ("occlusion128", "occlusion256_grid32", "depthcollapse128", "lego128")


def reference_folder(name: str) -> Path:
    """A folder of the reference numbers; skips the test where they are not at hand."""
    folder = REFERENCE / name
    if not folder.is_dir():
        pytest.skip(f"reference numbers are not at hand ({folder})")
    return folder


def orbit_cameras(count: int, distance: float = 1.9) -> list[Camera]:
    """Cameras around the origin, a little above it."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + 0.2
    return [
        look_at((distance * np.cos(a), distance * np.sin(a), 0.5), (0, 0, 0), (0, 0, 1))
        for a in angles
    ]


def random_scene(config: ModelConfig = SMALL, seed: int = 0) -> Scene:
    """A scene whose batch norms fit its activations, so that pictures are not flat."""
    torch.manual_seed(seed)
    model = DeepVoxels(config)
    cameras = orbit_cameras(3)
    scene = Scene(
        name="random",
        path=None,
        file_format="memory",
        config=config,
        intrinsics=Intrinsics(150.0, 63.0, 65.0, 128, 128),
        placement=GridPlacement((0.02, -0.01, 0.03), 1.1),
        near_plane=1.0,
        weights=MemoryWeights({}),
        cameras=tuple(
            SceneCamera(f"{number:06d}", "test", camera) for number, camera in enumerate(cameras)
        ),
    )
    model.grid.copy_(torch.randn(model.grid.shape))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm3d):
            module.momentum = 1.0
        if isinstance(module, torch.nn.Dropout2d):
            module.p = 0.0
    with torch.no_grad():
        pose = torch.from_numpy(cameras[0].camera_to_world.copy()).float()
        model.render_view(model.inpaint(model.grid), pose, scene.frustum, scene.placement)
        picture = torch.rand(3, config.image_size, config.image_size) - 0.5
        model.observe(model.grid, picture, pose, scene.frustum, scene.placement)
    tensors = dict(model.state_dict())
    discriminator = Discriminator().state_dict()
    tensors |= {f"discriminator.{name}": tensor for name, tensor in discriminator.items()}
    return replace(scene, weights=MemoryWeights(tensors))
