"""What every recipe's trainer offers to the run that drives it."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene


@dataclass(frozen=True)
class StepMetrics:
    """What one step measured, on the views it trained on.

    Attributes:
        step: how many steps are done now.
        generator_loss: what the networks' weights descend on.
        l1_loss: mean absolute difference of the pictures (values 0…1), border left out.
        adversarial_loss, discriminator_loss: None without a discriminator.
        learning_rate: that the step used for the networks.
        step_ms: wall time of the step.
        stage: what the step trained, for people; "" where the recipe has one stage only. In the
            stage of a radiance field the generator's loss is its mean squared error, `l1_loss` the
            root of that; where no pictures are compared `l1_loss` is 0.
        notes: lines about the capture that this step found, for people.
    """

    step: int
    generator_loss: float
    l1_loss: float
    adversarial_loss: float | None
    discriminator_loss: float | None
    learning_rate: float
    step_ms: float
    stage: str = ""
    notes: tuple[str, ...] = ()


class Previewer(Protocol):
    """Makes pictures of what is trained where the scene does not show it yet."""

    def picture(self, camera: Camera) -> NDArray[np.uint8]:
        """The view from `camera`, [S, S, 3]."""
        ...


class Trainer(Protocol):
    """One training in progress. Used from one thread at a time."""

    step_number: int
    """Steps done."""

    def step(self, progress: float) -> StepMetrics:
        """Train one step.

        Args:
            progress: the share of the planned training that is done, 0…1; it drives the
                learning-rate schedule. For an exact resume it must depend on the step alone.

        The weights are changed whatever the losses are: look at them for NaN.
        """
        ...

    def state(self) -> dict[str, Any]:
        """Everything for an exact resume: tensors (copies, on CPU) and plain values in dictionaries
        and lists; `torch.load(weights_only=True)` reads what `torch.save` wrote of it.
        """
        ...

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state()` of a trainer with the same configuration and capture.

        Raises:
            CheckpointError: it belongs to another model or recipe.
        """
        ...

    def scene(self) -> Scene:
        """What rendering needs now, from the moving average where there is one; holds copies."""
        ...

    def previewer(self) -> Previewer | None:
        """What to watch this stage by; None where it is the scene."""
        ...

    def volumes(self) -> dict[str, Tensor]:
        """What there is to watch in the grid, [G, G, G] (z, y, x) each; see `training.volumes`.

        Means over time begin anew with every call.
        """
        ...

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply all learning rates, from now on; kept in `state()`."""
        ...
