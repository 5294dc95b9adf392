"""A small, quick trainer behind the same protocol as the real ones, for tests of the run."""

import time
from collections.abc import Mapping
from typing import Any

import torch

from dvox_core.checkpoints.weights import MemoryWeights
from dvox_core.data.capture import Capture
from dvox_core.model.config import ModelConfig
from dvox_core.model.deepvoxels import DeepVoxels
from dvox_core.model.scene import Scene, SceneCamera
from dvox_core.training.config import TrainingConfig
from dvox_core.training.trainers.trainer import StepMetrics

TINY_MODEL = ModelConfig(image_size=128, grid_size=8, features=4, base_channels=4)


class RegressionTrainer:
    """Fits a line by Adam to random points; its scene is an untrained DeepVoxels model.

    Attributes:
        nan_losses: the step numbers whose loss comes out as NaN while the learning rate is above
            `safe_learning_rate`.
        nan_weights: likewise, the weights become NaN after that step.
    """

    def __init__(
        self,
        capture: Capture,
        model: ModelConfig,
        training: TrainingConfig,
        device: torch.device,
        *,
        nan_losses: tuple[int, ...] = (),
        nan_weights: tuple[int, ...] = (),
        safe_learning_rate: float = 1e-9,
        step_seconds: float = 0.0,
    ) -> None:
        self.step_number = 0
        self.nan_losses, self.nan_weights = nan_losses, nan_weights
        self.safe_learning_rate, self.step_seconds = safe_learning_rate, step_seconds
        self.learning_rates: list[float] = []
        self._capture, self._config = capture, model
        self._random = torch.Generator().manual_seed(training.seed)
        self._line = torch.nn.Linear(4, 1)
        with torch.no_grad():
            for parameter in self._line.parameters():
                parameter.fill_(0.5)
        self._learning_rate = training.learning_rate
        self._optimizer = torch.optim.Adam(self._line.parameters(), lr=self._learning_rate)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self._scene_weights = DeepVoxels(model).state_dict()

    def step(self, progress: float) -> StepMetrics:
        """One step of regression."""
        started = time.perf_counter()
        time.sleep(self.step_seconds)
        points = torch.randn(16, 4, generator=self._random)
        loss = (self._line(points)[:, 0] - points.sum(1) - torch.rand(())).square().mean()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self.step_number += 1
        self.learning_rates.append(self._learning_rate)
        value = float(loss.detach())
        if self._learning_rate > self.safe_learning_rate:
            if self.step_number in self.nan_losses:
                value = float("nan")
            if self.step_number in self.nan_weights:
                with torch.no_grad():
                    self._line.bias.fill_(torch.nan)
        return StepMetrics(
            step=self.step_number,
            generator_loss=value,
            l1_loss=value / 2,
            adversarial_loss=None,
            discriminator_loss=None,
            learning_rate=self._learning_rate,
            step_ms=(time.perf_counter() - started) * 1000,
        )

    def previewer(self) -> None:
        """Its scene is what is watched."""

    def state(self) -> dict[str, Any]:
        """As the protocol says."""
        return {
            "step_number": self.step_number,
            "line": {name: tensor.clone() for name, tensor in self._line.state_dict().items()},
            "optimizer": self._optimizer.state_dict(),
            "learning_rate": self._learning_rate,
            "random": self._random.get_state(),
            "torch_random": torch.get_rng_state(),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """As the protocol says."""
        self.step_number = state["step_number"]
        self._line.load_state_dict(state["line"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._learning_rate = state["learning_rate"]
        self._random.set_state(state["random"])
        torch.set_rng_state(state["torch_random"])

    def scene(self) -> Scene:
        """As the protocol says."""
        return Scene(
            name=self._capture.name,
            path=None,
            file_format="memory",
            config=self._config,
            intrinsics=self._capture.intrinsics,
            placement=self._capture.placement,
            near_plane=self._capture.near_plane,
            weights=MemoryWeights(self._scene_weights),
            cameras=tuple(
                SceneCamera(view.name, view.split, view.camera) for view in self._capture.views
            ),
        )

    def volumes(self) -> dict[str, torch.Tensor]:
        """As the protocol says."""
        return {"grid_norm": torch.linalg.vector_norm(self._scene_weights["grid"], dim=0)}

    def scale_learning_rate(self, factor: float) -> None:
        """As the protocol says."""
        self._learning_rate *= factor
        for group in self._optimizer.param_groups:
            group["lr"] = self._learning_rate
