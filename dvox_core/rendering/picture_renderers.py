"""Renders the learned baselines: systems that paint a picture without depth and without voxels."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.nearest_views import by_viewing_direction
from dvox_core.geometry.view_directions import direction_map
from dvox_core.model.loading import load_codes, load_picture_network
from dvox_core.model.scene import Scene
from dvox_core.networks.pix2pix import Pix2PixNetwork
from dvox_core.networks.tatarchenko import TatarchenkoNetwork, pose_numbers
from dvox_core.networks.worrall import WorrallNetwork, relative_rotations
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.fused.convolutions import Target
from dvox_core.rendering.maps import float_picture, picture_bytes
from dvox_core.rendering.renderer import BetweenStages, RendererFacts, go_on
from dvox_core.rendering.stopwatch import Stopwatch

PRECISIONS = {torch.float32: "float32", torch.bfloat16: "bfloat16"}


class PictureRenderer(ABC):
    """A `Renderer` of one baseline; its frames have a picture and nothing else."""

    def __init__(self, scene: Scene, target: Target, note: str = "") -> None:
        self._scene, self._target = scene, target
        self.facts = RendererFacts(
            scene.config.kind, target.device.type, PRECISIONS[target.dtype], note
        )

    @torch.inference_mode()
    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """Render the view from `camera`."""
        device = self._target.device
        watch = Stopwatch(device)
        with torch.autocast(
            device.type, torch.bfloat16, enabled=self._target.dtype is torch.bfloat16
        ):
            painted = self.paint(camera, watch, between_stages)
        picture = (painted[0].float().permute(1, 2, 0) + 0.5).clamp_(0, 1)
        pixels = picture_bytes(picture)
        watch.lap("picture")
        return Frame(
            camera=camera,
            picture=pixels,
            depth=None,
            contribution_depth=None,
            stages_ms=watch.stages_ms,
            float_picture=float_picture(picture) if Extra.FLOAT_PICTURE in extras else None,
        )

    @abstractmethod
    def paint(self, camera: Camera, watch: Stopwatch, between_stages: BetweenStages) -> Tensor:
        """The picture [1, 3, S, S] in −½…½."""

    @abstractmethod
    def close(self) -> None:
        """Give memory back."""


class Pix2PixRenderer(PictureRenderer):
    """Paints a camera's map of view directions."""

    def __init__(self, scene: Scene, target: Target, note: str = "") -> None:
        super().__init__(scene, target, note)
        network = load_picture_network(scene, target.device)
        assert isinstance(network, Pix2PixNetwork)
        self._network = network

    def paint(self, camera: Camera, watch: Stopwatch, between_stages: BetweenStages) -> Tensor:
        """See `PictureRenderer`."""
        scene = self._scene
        directions = direction_map(camera, scene.intrinsics, scene.config.image_size)
        told = torch.from_numpy(directions)[None].to(self._target.device)
        watch.lap("directions")
        between_stages()
        picture: Tensor = self._network(told)
        watch.lap("rendering")
        return picture

    def close(self) -> None:
        """Give memory back."""
        del self._network


class AutoencoderRenderer(PictureRenderer):
    """Decodes the code of the training view that looks most nearly where the camera does."""

    def __init__(self, scene: Scene, target: Target, note: str = "") -> None:
        super().__init__(scene, target, note)
        network = load_picture_network(scene, target.device)
        assert isinstance(network, TatarchenkoNetwork | WorrallNetwork)
        self._network = network
        self._codes, poses = load_codes(scene, target.device)
        self._cameras = [Camera(pose.numpy().astype(np.float64)) for pose in poses]
        self._poses = poses.to(target.device)
        self._center = torch.tensor(scene.placement.center, device=target.device)

    def paint(self, camera: Camera, watch: Stopwatch, between_stages: BetweenStages) -> Tensor:
        """See `PictureRenderer`."""
        nearest = int(by_viewing_direction(camera, self._cameras)[0])
        code, source = self._codes[[nearest]], self._poses[[nearest]]
        pose = torch.from_numpy(camera.camera_to_world.copy()).to(source)[None]
        watch.lap("nearest view")
        between_stages()
        network = self._network
        if isinstance(network, WorrallNetwork):
            picture = network.decode(code, relative_rotations(pose, source))
        else:
            numbers = pose_numbers(pose, source, self._center, network.pose_scale)
            picture = network.decode(code, numbers)
        watch.lap("rendering")
        return picture

    def close(self) -> None:
        """Give memory back."""
        del self._network, self._codes


RENDERERS: Mapping[str, Callable[[Scene, Target, str], PictureRenderer]] = {
    "pix2pix": Pix2PixRenderer,
    "tatarchenko": AutoencoderRenderer,
    "worrall": AutoencoderRenderer,
}
"""By the kind of the scene's configuration."""
