"""Sizes and training of the learned baselines for each preset of DeepVoxels."""

from collections.abc import Mapping
from dataclasses import replace

from dvox_core.model.kinds import AnyConfig
from dvox_core.model.picture_config import PictureKind, PictureModelConfig
from dvox_core.training.config import PICTURE_RECIPES, Recipe, TrainingConfig
from dvox_core.training.presets import DIRECT, GUIDED, Preset, find_preset

_SIZES: Mapping[str, Mapping[PictureKind, tuple[int, int]]] = {
    "tiny": {"tatarchenko": (16, 512), "worrall": (16, 513), "pix2pix": (16, 0)},
    "small": {"tatarchenko": (32, 1032), "worrall": (32, 1035), "pix2pix": (36, 0)},
    "medium": {"tatarchenko": (40, 1480), "worrall": (40, 1482), "pix2pix": (42, 0)},
    "paper": {"tatarchenko": (64, 6600), "worrall": (64, 6600), "pix2pix": (112, 0)},
}
"""Preset → system → base channels and numbers of a code: as many parameters as DeepVoxels has at
that preset, or slightly more (paper, section 4)."""

LEARNING_RATE = 4e-4
"""The authors' for DeepVoxels, for all three systems. Not tuned: none has been measured against
another rate."""

PIX2PIX_TARGETS = 4
"""Fewer pictures a step leave its batch norm too little to go by."""


def picture_model(preset: Preset, kind: PictureKind) -> PictureModelConfig:
    """A baseline of as many parameters as the preset's DeepVoxels."""
    base, latent = _SIZES[preset.name][kind]
    return PictureModelConfig(kind, preset.model.image_size, base, latent)


def picture_training(preset: Preset, kind: PictureKind) -> TrainingConfig:
    """A baseline's training with the losses that the preset's DeepVoxels is trained with."""
    return picture_losses(kind, preset.training.steps, adversarial=preset.training.adversarial)


def picture_losses(kind: PictureKind, steps: int, *, adversarial: bool) -> TrainingConfig:
    """L1 and the discriminator as in the paper's Table 1, or L1 alone as on a CPU."""
    if adversarial:
        targets = PIX2PIX_TARGETS if kind == "pix2pix" else 2
        return TrainingConfig(
            recipe=kind, steps=steps, learning_rate=LEARNING_RATE, targets_per_step=targets
        )
    return TrainingConfig(
        recipe=kind,
        steps=steps,
        learning_rate=LEARNING_RATE,
        adversarial=False,
        targets_per_step=4,
        ema_decay=0.998,
        schedule="cosine",
    )


def isola_training(steps: int) -> TrainingConfig:
    """Pix2Pix as its own authors trained it.

    100·L1 of pictures in −1…1, which is 200·L1 of ours in −½…½, and a discriminator that sees the
    view directions too; Adam with 2e-4 and β₁ 0.5 (Isola et al. 2017, section 3.3). They had one
    picture a step, whose batch norm takes the mean direction away, which is the camera.
    """
    return TrainingConfig(
        recipe="isola", steps=steps, learning_rate=2e-4, targets_per_step=PIX2PIX_TARGETS
    )


def with_recipe(preset: Preset, recipe: Recipe | None) -> TrainingConfig:
    """A preset's training, or another recipe's own numbers for as many steps."""
    training = preset.training
    if recipe is None or recipe == training.recipe:
        return training
    if recipe == "isola":
        return isola_training(training.steps)
    if recipe in PICTURE_RECIPES:
        return picture_training(preset, PICTURE_RECIPES[recipe])
    recipes = {"direct": DIRECT, "guided": GUIDED, "paper": find_preset("paper").training}
    return replace(recipes[recipe], steps=training.steps)


def model_of(preset: Preset, recipe: Recipe | None) -> AnyConfig:
    """What a recipe trains at a preset's sizes."""
    kind = PICTURE_RECIPES.get(recipe or "")
    return preset.model if kind is None else picture_model(preset, kind)
