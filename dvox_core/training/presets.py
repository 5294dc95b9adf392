"""Named sizes and recipes to train with."""

from collections.abc import Mapping
from dataclasses import dataclass

from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig


@dataclass(frozen=True)
class Preset:
    """A model's sizes with a way to train them.

    Attributes:
        purpose: one line for people.
    """

    name: str
    purpose: str
    model: ModelConfig
    training: TrainingConfig


DIRECT = TrainingConfig(
    recipe="direct",
    steps=10_000,
    adversarial=False,
    dropout=0.0,
    targets_per_step=1,
    ema_decay=0.995,
    schedule="cosine",
    grid_path="plain",
)
"""What wins on held-out views at equal time on a CPU (see docs/training.md)."""

PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "tiny",
            "a first look after minutes, and for tests",
            ModelConfig(image_size=128, grid_size=16, features=8, base_channels=8),
            DIRECT,
        ),
        Preset(
            "small",
            "pictures of 128 pixels on a CPU",
            ModelConfig(image_size=128, grid_size=32, features=16, base_channels=16),
            DIRECT,
        ),
        Preset(
            "medium",
            "pictures of 256 pixels, hours on a CPU",
            ModelConfig(image_size=256, grid_size=48, features=16, base_channels=24),
            DIRECT,
        ),
        Preset(
            "paper",
            "the paper's sizes and losses, for a GPU",
            ModelConfig(),
            TrainingConfig(recipe="paper", steps=100_000),
        ),
    )
}


def find_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        UserError: there is none.
    """
    if name not in PRESETS:
        raise UserError(f"“{name}” is no preset; choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
