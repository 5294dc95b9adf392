"""What one training run does: the recipe and its numbers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from dvox_core.errors import UserError
from dvox_core.model.picture_config import PictureKind

Recipe = Literal["paper", "direct", PictureKind]
Schedule = Literal["constant", "cosine"]
Precision = Literal["float32", "bfloat16"]
Sampling = Literal["nearest", "random"]
GridPath = Literal["inpainted", "plain"]
StepKind = Literal["fast", "plain"]

PICTURE_RECIPES: tuple[PictureKind, ...] = get_args(PictureKind)
"""Recipes of the learned baselines, which have no voxel grid: the names of their systems."""


class TrainingConfigError(UserError):
    """A number of the training configuration that makes no sense; the message names it."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a scene is trained. All plain values, so that it goes through JSON.

    Attributes:
        recipe: "paper", the authors' step; "direct", the grid is a parameter of its own and the
            feature extractor and the integration network are not used; the others train a
            baseline of that name.
        steps: planned length; a run may be told minutes instead.
        learning_rate: of all networks (Adam).
        grid_learning_rate: of the grid's own parameters ("direct" only).
        l1_weight: of the L1 loss against the adversarial loss.
        adversarial: train against the discriminator.
        gradient_weight: of an L1 loss on picture gradients beside the L1 loss; 0 leaves it out.
        weight_decay: of all networks (decoupled, as in AdamW).
        grid_smoothness: weight of the grid's total variation ("direct" only).
        targets_per_step: pictures that a step renders.
        sampling: how the second and later targets are drawn: "random" among all views, as the
            authors did, or "nearest" to the first.
        source_candidates: the source view is one of so many, nearest to the first target ("paper"),
            or each target's source of those nearest to it (the baselines).
        visibility_every: the occlusion network is trained in one of so many steps; in the others
            its weights are used without gradient ("direct" only).
        flips: mirror and turn the view volume with its picture at random ("direct" only).
        grid_path: "inpainted", the grid goes through the inpainting network; "plain", the
            inpainting network is the identity and is not trained ("direct" only).
        dropout: 1 keeps the networks' own dropout, 0 switches it off, other values scale it.
        ema_decay: of the moving average of the weights that the scene is made of; 0 means none.
        schedule: of the learning rates over the run.
        precision: of the networks' arithmetic; weights, losses and the discriminator stay
            float32, on a CPU the occlusion network too.
        step: "fast", or "plain": the authors' order of work, for comparison.
        seed: of weights, views and dropout.
    """

    recipe: Recipe = "paper"
    steps: int = 20_000
    learning_rate: float = 4e-4
    grid_learning_rate: float = 1e-2
    l1_weight: float = 200.0
    adversarial: bool = True
    gradient_weight: float = 0.0
    weight_decay: float = 0.0
    grid_smoothness: float = 0.0
    targets_per_step: int = 2
    sampling: Sampling = "random"
    source_candidates: int = 4
    visibility_every: int = 1
    flips: bool = False
    grid_path: GridPath = "inpainted"
    dropout: float = 1.0
    ema_decay: float = 0.0
    schedule: Schedule = "constant"
    precision: Precision = "float32"
    step: StepKind = "fast"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "targets_per_step", "source_candidates", "visibility_every"):
            if getattr(self, name) < 1:
                raise TrainingConfigError(f"{name} {getattr(self, name)}: must be at least 1")
        for name in ("learning_rate", "grid_learning_rate"):
            if not 0 < getattr(self, name) < 1:
                raise TrainingConfigError(f"{name} {getattr(self, name)}: must be in 0…1, above 0")
        for name in ("l1_weight", "gradient_weight", "weight_decay", "grid_smoothness", "dropout"):
            if not getattr(self, name) >= 0:
                raise TrainingConfigError(f"{name} {getattr(self, name)}: must not be negative")
        if not 0 <= self.ema_decay < 1:
            raise TrainingConfigError(f"ema_decay {self.ema_decay}: must be in 0…1, below 1")

    def to_json(self) -> dict[str, Any]:
        """The configuration as plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "TrainingConfig":
        """The configuration of `to_json`; values that are not there get their defaults.

        Raises:
            TrainingConfigError: a name that this version does not know.
        """
        known = {field.name for field in fields(TrainingConfig)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise TrainingConfigError(
                f"unknown training option {unknown[0]}; was the run made by a newer version?"
            )
        return TrainingConfig(**values)
