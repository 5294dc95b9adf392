"""Observes pictures with a scene's own networks, and keeps what each stage gives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.grids import has_raw_grid
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.kinds import SYSTEM_TITLES
from dvox_core.model.loading import CPU, load_parts
from dvox_core.model.scene import Scene
from dvox_core.networks.integration import Integrated
from dvox_core.pipeline.fused_integration import FusedIntegration
from dvox_core.rendering.stopwatch import Stopwatch

OBSERVING_PARTS = ("feature_extractor.", "integration.")
"""The networks that only training runs, and the replay of it."""


def why_not_observable(scene: Scene) -> str:
    """Why a scene cannot observe pictures, as a line for people; "" if it can."""
    if not isinstance(scene.config, ModelConfig):
        return f"{SYSTEM_TITLES[scene.config.kind]} has no voxel grid: it observes no pictures"
    names = scene.weights.shapes()
    if all(any(name.startswith(part) for name in names) for part in OBSERVING_PARTS):
        return ""
    return (
        "The file has no feature extractor: its grid was trained directly, or the file keeps only "
        "what rendering needs"
    )


@dataclass(frozen=True, eq=False)
class Observation:
    """One picture observed, stage by stage; tensors on the device that computed them.

    Attributes:
        picture: [3, S, S] in −½…½.
        features: [F, P, P], what the feature extractor sees in it.
        lifted: [F, G, G, G], the features in the grid; zero where the picture sees nothing.
        update, reset: [G, G, G] in 0…1, the gates.
        before, after: [F, G, G, G], the grid's states.
        stages_ms: the time of each stage in milliseconds: features, lifting, integration.
    """

    picture: Tensor
    features: Tensor
    lifted: Tensor
    update: Tensor
    reset: Tensor
    before: Tensor
    after: Tensor
    stages_ms: dict[str, float]

    @property
    def change(self) -> float:
        """The norm of what the observation changed in the grid."""
        return float(torch.linalg.vector_norm(self.after - self.before))


class Observer:
    """Runs a model's observing half for one scene. Used from one thread at a time."""

    def __init__(
        self,
        model: DeepVoxels,
        scene: Scene,
        integrate: Callable[[Tensor, Tensor], Integrated] | None = None,
    ) -> None:
        """Take a model whose parts are loaded; it stays as it is, in training or evaluation.

        Args:
            integrate: as the model's verb of that name, which it is by default.
        """
        self.model = model
        self._integrate = integrate or model.integrate
        self._frustum, self._placement = scene.frustum, scene.placement

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return next(self.model.integration.parameters()).device

    def empty_grid(self) -> Tensor:
        """[F, G, G, G] of zeros, as training begins."""
        config = self.model.config
        return torch.zeros(config.features, *[config.grid_size] * 3, device=self.device)

    @torch.no_grad()
    def observe(self, grid: Tensor, picture: Tensor, camera: Camera) -> Observation:
        """Observe a picture [3, S, S] in −½…½, taken from `camera`, with the grid [F, G, G, G]."""
        watch = Stopwatch(self.device)
        picture, grid = picture.to(self.device), grid.to(self.device)
        pose = torch.from_numpy(camera.camera_to_world.copy())
        features = self.model.extract_features(picture)
        watch.lap("features")
        lifted = self.model.lift(features, pose, self._frustum, self._placement)
        watch.lap("lifting")
        integrated = self._integrate(lifted, grid)
        watch.lap("integration")
        return Observation(
            picture=picture,
            features=features,
            lifted=lifted,
            update=integrated.update[0, 0],
            reset=integrated.reset[0, 0],
            before=grid,
            after=integrated.grid[0],
            stages_ms=watch.stages_ms,
        )

    @torch.no_grad()
    def inpaint(self, grid: Tensor) -> Tensor:
        """The inpainted grid [F, G, G, G] of a state; needs the inpainting part."""
        return self.model.inpaint(grid.to(self.device))


def load_observer(scene: Scene, device: torch.device = CPU) -> Observer:
    """An observer in evaluation mode, with the inpainting network where the scene has it.

    Raises:
        UserError: the scene has no networks that observe; the line says why.
        CheckpointError: they cannot be used.
    """
    reason = why_not_observable(scene)
    if reason:
        raise UserError(f"{scene.name}: {reason}")
    parts = (*OBSERVING_PARTS, "inpainting.")
    model = load_parts(scene, *parts, device=device)
    if device.type != "cpu":
        return Observer(model, scene)
    return Observer(model, scene, FusedIntegration(model.integration, model.config.grid_size))


def trained_grid(scene: Scene) -> Tensor:
    """The grid [F, G, G, G] that training left, from before inpainting.

    Raises:
        UserError: the scene's file does not keep it.
    """
    if not has_raw_grid(scene):
        raise UserError(
            f"{scene.name}: the file keeps no grid from before inpainting; start from an empty grid"
        )
    return load_parts(scene, "grid").grid


def network_picture(picture: NDArray[np.uint8]) -> Tensor:
    """A picture [S, S, 3] as networks take it: [3, S, S] float32 in −½…½."""
    return torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1) / 255 - 0.5
