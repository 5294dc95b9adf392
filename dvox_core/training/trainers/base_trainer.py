"""What all trainers share: optimisers, moving average, state and scene."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from dvox_core.allocator import keep_freed_memory
from dvox_core.checkpoints.upstream import DISCRIMINATOR
from dvox_core.data.capture import Capture
from dvox_core.data.view_sampling import load_training_views
from dvox_core.distribution.ranks import RankGroup
from dvox_core.errors import CheckpointError
from dvox_core.model.kinds import AnyConfig
from dvox_core.model.scene import Scene
from dvox_core.networks.discriminator import Discriminator
from dvox_core.training.config import TrainingConfig
from dvox_core.training.steps.acceleration import accelerate, require_precision, scale_dropout
from dvox_core.training.steps.adversarial import judge
from dvox_core.training.trainers.gradient_exchange import GradientExchange
from dvox_core.training.trainers.moving_average import MovingAverage
from dvox_core.training.trainers.scene_in_training import scene_in_training
from dvox_core.training.trainers.trainer import Previewer, StepMetrics

ADAM_BETAS = (0.9, 0.999)


@dataclass(frozen=True)
class StepLosses:
    """A step's losses, each a scalar; see `StepMetrics`."""

    generator: Tensor
    l1: Tensor
    adversarial: Tensor | None
    discriminator: Tensor | None


class BaseTrainer(ABC):
    """One training in progress; a recipe says what a step computes and which parameters it moves.

    Random numbers of a step depend on the seed and the step alone, so that none need saving.
    """

    def __init__(
        self,
        capture: Capture,
        model: AnyConfig,
        training: TrainingConfig,
        device: torch.device,
    ) -> None:
        require_precision(training.precision, device)
        if training.step == "fast":
            keep_freed_memory()
        torch.manual_seed(training.seed)
        self.capture, self.config, self.training, self.device = capture, model, training, device
        self.views = load_training_views(capture, model.image_size)
        self.model = self.create_model().train().to(device)
        self.discriminator = (
            self.create_discriminator().train().to(device) if training.adversarial else None
        )
        for network in (self.model, self.discriminator):
            if network is not None:
                scale_dropout(network, training.dropout)
        if training.step == "fast":
            self.accelerate_model()
            if self.discriminator is not None:
                accelerate(self.discriminator, device)
        self.step_number = 0
        self._rate_scale = 1.0
        self._exchange: GradientExchange | None = None
        self._optimizer = self._adam(self.parameter_groups())
        self._discriminator_optimizer = (
            self._adam([{"params": list(self.discriminator.parameters())}])
            if self.discriminator is not None
            else None
        )
        self._average = (
            MovingAverage(self.scene_tensors(), training.ema_decay) if training.ema_decay else None
        )

    @abstractmethod
    def create_model(self) -> nn.Module:
        """The networks, freshly initialised; capture, views and configurations are there."""

    def create_discriminator(self) -> nn.Module:
        """The adversary, freshly initialised."""
        return Discriminator()

    @abstractmethod
    def accelerate_model(self) -> None:
        """Put faster layers with the same mathematics into the model, where there are any."""

    @abstractmethod
    def parameter_groups(self) -> list[dict[str, Any]]:
        """What the generator's optimiser moves, as torch.optim takes it, with "initial_lr"."""

    @abstractmethod
    def compute_losses(self, step: int) -> StepLosses:
        """Run step number `step`, from 0, forward and backward; gradients stay in parameters."""

    @abstractmethod
    def scene_tensors(self) -> dict[str, Tensor]:
        """The tensors of a scene by our names; not copies."""

    @property
    def adam_betas(self) -> tuple[float, float]:
        """Decays of Adam's two averages."""
        return ADAM_BETAS

    def join(self, ranks: RankGroup) -> None:
        """Train with the other processes from now on, each its share of a step's targets.

        All must do the same steps, from the same state.
        """
        networks = [network for network in (self.model, self.discriminator) if network is not None]
        self._exchange = GradientExchange(ranks, networks)

    def own_share(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Of a step's views those that this process works on; all where it is the only one."""
        return numbers if self._exchange is None else self._exchange.share(numbers)

    def step(self, progress: float) -> StepMetrics:
        """Train one step; see `Trainer`."""
        start = time.perf_counter()
        torch.manual_seed(self.training.seed * 1_000_003 + self.step_number)
        share = self._schedule(progress) * self._rate_scale
        for optimizer in self._optimizers():
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * share
            optimizer.zero_grad(set_to_none=True)
        losses = self._agreed_losses()
        for optimizer in self._optimizers():
            optimizer.step()
        self.step_number += 1
        if self._average is not None:
            self._average.update(self.scene_tensors(), self.step_number)
        return StepMetrics(
            step=self.step_number,
            generator_loss=float(losses.generator),
            l1_loss=float(losses.l1),
            adversarial_loss=None if losses.adversarial is None else float(losses.adversarial),
            discriminator_loss=(
                None if losses.discriminator is None else float(losses.discriminator)
            ),
            learning_rate=self.training.learning_rate * share,
            step_ms=(time.perf_counter() - start) * 1000,
        )

    def state(self) -> dict[str, Any]:
        """Everything for an exact resume; see `Trainer`."""
        return {
            "recipe": self.training.recipe,
            "model_config": self.config.to_json(),
            "step": self.step_number,
            "rate_scale": self._rate_scale,
            "model": copies(self.model.state_dict()),
            "discriminator": (
                None if self.discriminator is None else copies(self.discriminator.state_dict())
            ),
            "optimizers": [copied(optimizer.state_dict()) for optimizer in self._optimizers()],
            "average": None if self._average is None else copies(self._average.tensors),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()`; see `Trainer`."""
        require_own_snapshot(state, self.training, self.config)
        self.model.load_state_dict(state["model"])
        if self.discriminator is not None:
            self.discriminator.load_state_dict(state["discriminator"])
        for optimizer, stored in zip(self._optimizers(), state["optimizers"], strict=True):
            optimizer.load_state_dict(copied(stored))
        if self._average is not None:
            self._average.load(state["average"])
        self.step_number = int(state["step"])
        self._rate_scale = float(state["rate_scale"])

    def scene(self) -> Scene:
        """What rendering needs now; see `Trainer`."""
        tensors = copies(self.scene_tensors())
        if self._average is not None:
            tensors |= copies(self._average.tensors)
        tensors |= self.derived_tensors(tensors)
        if self.discriminator is not None:
            own = copies(self.discriminator.state_dict())
            tensors |= {DISCRIMINATOR + name: tensor for name, tensor in own.items()}
        return scene_in_training(self.capture, self.config, tensors)

    def volumes(self) -> dict[str, Tensor]:
        """Nothing; see `Trainer`."""
        return {}

    def derived_tensors(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What a scene stores beside the trained tensors, computed from them."""
        return {}

    def averaged_tensors(self) -> Mapping[str, Tensor]:
        """What the scene is made of; not copies."""
        return self.scene_tensors() if self._average is None else self._average.tensors

    def descend(self, loss: Tensor, l1: Tensor, fakes: Tensor, reals: Tensor) -> StepLosses:
        """Go back from a loss, and from the discriminator's where there is one.

        Args:
            loss: without the discriminator's share.
            l1: mean absolute difference, for people.
            fakes, reals: what the discriminator is shown of rendered and of true pictures
                [B, C, h, w], border cut.
        """
        if self.discriminator is None:
            loss.backward()  # type: ignore[no-untyped-call]
            return StepLosses(loss.detach(), l1.detach(), None, None)
        judged = judge(self.discriminator, fakes, reals)
        torch.autograd.backward([loss, fakes], [None, judged.fake_gradient])
        for parameter, gradient in zip(
            self.discriminator.parameters(), judged.gradients, strict=True
        ):
            parameter.grad = gradient
        generator = loss.detach() + judged.fooling
        return StepLosses(generator, l1.detach(), judged.fooling, judged.telling)

    def previewer(self) -> Previewer | None:
        """None: the scene is what is trained from the first step on."""
        return None

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply all learning rates, from now on."""
        self._rate_scale *= factor

    def autocast(self) -> torch.autocast:
        """The precision that networks run in."""
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.training.precision == "bfloat16"
        )

    def decayed_groups(self, networks: Iterable[nn.Module]) -> list[dict[str, Any]]:
        """Parameter groups of networks; only weights with two axes or more decay."""
        parameters = [parameter for network in networks for parameter in network.parameters()]
        rate, decay = self.training.learning_rate, self.training.weight_decay
        return [
            {
                "params": [parameter for parameter in parameters if parameter.ndim >= 2],
                "initial_lr": rate,
                "weight_decay": decay,
            },
            {
                "params": [parameter for parameter in parameters if parameter.ndim < 2],
                "initial_lr": rate,
                "weight_decay": 0.0,
            },
        ]

    def _agreed_losses(self) -> StepLosses:
        """The step's losses and gradients, means over all processes that train together."""
        if self._exchange is None:
            return self.compute_losses(self.step_number)
        self._exchange.begin()
        losses = self.compute_losses(self.step_number)
        given = {name: loss for name, loss in vars(losses).items() if loss is not None}
        means = self._exchange.average(list(given.values()))
        return replace(losses, **dict(zip(given, means, strict=True)))

    def _adam(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        rate = self.training.learning_rate
        groups = [{"initial_lr": rate, **group} for group in groups]
        return torch.optim.AdamW(
            groups,
            lr=rate,
            betas=self.adam_betas,
            weight_decay=0.0,
            fused=self.training.step == "fast",
        )

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        second = self._discriminator_optimizer
        return [self._optimizer] if second is None else [self._optimizer, second]

    def _schedule(self, progress: float) -> float:
        if self.training.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(max(progress, 0.0), 1.0)))


def require_own_snapshot(
    state: Mapping[str, Any], training: TrainingConfig, config: AnyConfig
) -> None:
    """Refuse a snapshot of another recipe or of other sizes.

    Raises:
        CheckpointError: with the remedy.
    """
    if state["recipe"] != training.recipe:
        raise CheckpointError(
            f"the snapshot is of a “{state['recipe']}” training, this one is "
            f"“{training.recipe}”; resume with the run's own configuration"
        )
    if state["model_config"] != config.to_json():
        raise CheckpointError(
            "the snapshot is of a model of other sizes; resume with the run's own configuration"
        )


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous copies on the CPU."""
    return {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }


def copied(value: Any) -> Any:
    """A copy of nested dictionaries and lists, tensors on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().cpu().clone()
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [copied(inner) for inner in value]
    return value
