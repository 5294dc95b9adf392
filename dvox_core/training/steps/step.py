"""What goes into a step of the paper's training and what comes out, plain or fast."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from dvox_core.rendering.stopwatch import Stopwatch


@dataclass(frozen=True)
class StepInputs:
    """The views of a step.

    Attributes:
        grid: [F, G, G, G], the state before.
        source_picture: [3, S, S] in −½…½.
        source_pose: [4, 4] float64, on the CPU, camera to world.
        target_pictures: [T, 3, S, S] in −½…½.
        target_poses: T poses.
        source_key, target_keys: numbers that stand for the cameras from step to step.
    """

    grid: Tensor
    source_picture: Tensor
    source_pose: Tensor
    target_pictures: Tensor
    target_poses: tuple[Tensor, ...]
    source_key: int
    target_keys: tuple[int, ...]


@dataclass(frozen=True)
class StepOutcome:
    """What a step computed; the gradients are left in the parameters.

    Attributes:
        grid: [F, G, G, G], the state after, without history.
        update_gate, reset_gate: [G, G, G] in 0…1, of this step's observation.
        outputs: [T, 3, S, S] in −½…½, border included.
        relative_depth: [T, P, P]; None with depth collapse.
        l1: [T].
        generator_loss, adversarial_loss, discriminator_loss: scalars; the last two None
            without a discriminator.
    """

    grid: Tensor
    update_gate: Tensor
    reset_gate: Tensor
    outputs: Tensor
    relative_depth: Tensor | None
    l1: Tensor
    generator_loss: Tensor
    adversarial_loss: Tensor | None
    discriminator_loss: Tensor | None


class PaperStep(Protocol):
    """Computes a step's losses and gradients."""

    def __call__(self, inputs: StepInputs, stopwatch: Stopwatch | None = None) -> StepOutcome:
        """Run forward and backward; no parameter is changed."""
        ...
