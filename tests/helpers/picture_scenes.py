"""Small scenes of the learned baselines, with random weights."""

import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.geometry.cameras import Intrinsics, look_at
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.picture_config import PictureKind, PictureModelConfig
from dvox_core.model.picture_networks import (
    CODE_POSES,
    CODES,
    PictureNetwork,
    create_network,
    has_codes,
)
from dvox_core.model.scene import Scene, SceneCamera

SIDE = 64
CONFIGS: dict[PictureKind, PictureModelConfig] = {
    "pix2pix": PictureModelConfig("pix2pix", SIDE, 4),
    "tatarchenko": PictureModelConfig("tatarchenko", SIDE, 4, 30),
    "worrall": PictureModelConfig("worrall", SIDE, 4, 30),
}
UP = (0.0, 0.0, 1.0)
CAMERAS = tuple(
    SceneCamera(f"{index}", "train", look_at(place, (0.0, 0.0, 0.0), UP))
    for index, place in enumerate([(0.0, -4.0, 1.0), (4.0, 0.0, 1.0), (0.0, 4.0, 1.0)])
)


def picture_scene(kind: PictureKind) -> tuple[Scene, PictureNetwork, torch.Tensor]:
    """A scene in memory, its network, and the random pictures [3, 3, 64, 64] its codes are of."""
    torch.manual_seed(0)
    config = CONFIGS[kind]
    network = create_network(config).eval()
    pictures = torch.rand(len(CAMERAS), 3, SIDE, SIDE) - 0.5
    tensors = dict(network.state_dict())
    if has_codes(config):
        with torch.inference_mode():
            tensors[CODES] = network.encoder(pictures).clone()
        poses = [torch.from_numpy(view.camera.camera_to_world.copy()) for view in CAMERAS]
        tensors[CODE_POSES] = torch.stack(poses).float()
    scene = Scene(
        name=kind,
        path=None,
        file_format="memory",
        config=config,
        intrinsics=Intrinsics(80.0, 31.5, 31.5, SIDE, SIDE),
        placement=GridPlacement((0.0, 0.0, 0.0), 2.0),
        near_plane=2.0,
        weights=MemoryWeights(tensors),
        cameras=CAMERAS,
    )
    return scene, network, pictures
