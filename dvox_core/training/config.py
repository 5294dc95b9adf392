"""What one training run does: the recipe and its numbers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from dvox_core.errors import UserError
from dvox_core.model.picture_config import PictureKind

Recipe = Literal["paper", "direct", "guided", PictureKind, "isola"]
Schedule = Literal["constant", "cosine"]
Precision = Literal["float32", "bfloat16"]
Sampling = Literal["nearest", "random"]
GridPath = Literal["inpainted", "plain"]
StepKind = Literal["fast", "plain"]
OptimizerKind = Literal["adam", "muon"]

PICTURE_RECIPES: Mapping[str, PictureKind] = {
    **{kind: kind for kind in get_args(PictureKind)},
    "isola": "pix2pix",
}
"""Recipes of the learned baselines, which have no voxel grid → what they train."""


class TrainingConfigError(UserError):
    """A number of the training configuration that makes no sense; the message names it."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a scene is trained. All plain values, so that it goes through JSON.

    Attributes:
        recipe: "paper", the authors' step; "direct", the grid is a parameter of its own and the
            feature extractor and the integration network are not used; "guided", as direct, after
            a radiance field has shown where things are and taught the occlusion network; "isola",
            Pix2Pix with its own authors' loss; the others train a baseline of that name.
        steps: planned length; a run may be told minutes instead.
        learning_rate: of all networks.
        optimizer: "adam", or "muon": Muon for the rendering network's convolutions, Adam for all
            else ("guided" only).
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
        color_start: the rendering network begins as an enlarger of colours, not at random.
        trained_levels: of the rendering network's U-Net, from the outside in; the others stay
            silent, exactly so in the exported scene too. Its 6 levels are all of it.
        correct_lens: the principal point is moved where the pictures agree better with another one
            ("guided" only).
        field_side: voxels a side of the finest radiance field ("guided" only).
        field_steps: of the radiance field's fit, over all its resolutions ("guided" only).
        occlusion_steps: of teaching the occlusion network from random weights; the shipped one
            takes a fifth of them ("guided" only).
        shipped_occlusion: the occlusion network begins as the one that comes with the program,
            where the grid has 64 voxels a side and nothing is behind the object ("guided" only).
        field_views: pictures that the radiance field renders between the training views, as
            further targets ("guided" only).
        field_view_weight: of their loss against a true picture's ("guided" only).
        joint_share: of the whole training, its last part, in which the occlusion network, the grid
            and the rendering network are trained together ("guided" only).
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
    optimizer: OptimizerKind = "adam"
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
    color_start: bool = False
    trained_levels: int = 6
    correct_lens: bool = False
    field_side: int = 128
    field_steps: int = 1500
    occlusion_steps: int = 110
    shipped_occlusion: bool = False
    field_views: int = 0
    field_view_weight: float = 0.7
    joint_share: float = 0.0
    dropout: float = 1.0
    ema_decay: float = 0.0
    schedule: Schedule = "constant"
    precision: Precision = "float32"
    step: StepKind = "fast"
    seed: int = 0

    def __post_init__(self) -> None:
        counts = ("targets_per_step", "source_candidates", "visibility_every")
        for name in ("steps", *counts, "field_steps", "occlusion_steps"):
            if getattr(self, name) < 1:
                raise TrainingConfigError(f"{name} {getattr(self, name)}: must be at least 1")
        for name in ("learning_rate", "grid_learning_rate"):
            if not 0 < getattr(self, name) < 1:
                raise TrainingConfigError(f"{name} {getattr(self, name)}: must be in 0…1, above 0")
        shares = ("weight_decay", "grid_smoothness", "field_view_weight", "dropout")
        for name in ("l1_weight", "gradient_weight", *shares):
            if not getattr(self, name) >= 0:
                raise TrainingConfigError(f"{name} {getattr(self, name)}: must not be negative")
        if not 0 <= self.seed < 2**63:
            raise TrainingConfigError(f"seed {self.seed}: must be in 0…2⁶³ − 1")
        if not 1 <= self.trained_levels <= 6:
            raise TrainingConfigError(f"trained_levels {self.trained_levels}: must be in 1…6")
        if self.field_side < 8 or self.field_side % 4:
            raise TrainingConfigError(
                f"field_side {self.field_side}: must be divisible by 4, and at least 8"
            )
        if self.field_views < 0:
            raise TrainingConfigError(f"field_views {self.field_views}: must not be negative")
        if not 0 <= self.joint_share < 1:
            raise TrainingConfigError(f"joint_share {self.joint_share}: must be in 0…1, below 1")
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
