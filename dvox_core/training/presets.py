"""Named sizes and recipes to train with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    learning_rate=1e-3,
    adversarial=False,
    dropout=0.0,
    targets_per_step=1,
    ema_decay=0.998,
    schedule="cosine",
    grid_path="plain",
    visibility_every=3,
    color_start=True,
    trained_levels=2,
    grid_learning_rate=0.16,
)
"""What wins on held-out views at equal time on a CPU where no radiance field leads.

The sample at 128 pixels, PSNR on test views after 4.4 minutes of one core: at random 21.5 dB, from
colours with the outer two levels alone 24.7 (all levels, after 2.1 minutes: 23.3, where random
weights have 19.8 after 2.4).

What was measured before the colour start:

64 training and 10 test views of 128 pixels, sizes of "small", PSNR on test views after 3 minutes
of one core: the paper's recipe 18.4 dB; direct with a learning rate of 4e-4 through the inpainting
network 20.2, with a plain grid 20.1, training visibility in every third step and bfloat16 20.7,
learning rate 1e-3 21.2, 2e-3 21.2. With all of that the inpainting network costs steps: 19.5. A
grid of 48 instead of 32 voxels has 20.7 by then.
"""

GUIDED = TrainingConfig(
    recipe="guided",
    steps=8_000,
    learning_rate=1e-3,
    optimizer="muon",
    grid_learning_rate=0.15,
    adversarial=False,
    dropout=0.0,
    targets_per_step=1,
    ema_decay=0.995,
    schedule="cosine",
    grid_path="plain",
    color_start=True,
    trained_levels=2,
    correct_lens=True,
    field_steps=1_500,
    occlusion_steps=200,
    shipped_occlusion=True,
    field_views=200,
    field_view_weight=1.0,
)
"""A radiance field first, then the networks that it teaches; see docs/recipes.md."""

PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "tiny",
            "a first look after two minutes, and for tests",
            ModelConfig(image_size=128, grid_size=16, features=8, base_channels=8),
            DIRECT,
        ),
        Preset(
            "small",
            "pictures of 128 pixels, good after five minutes on a CPU",
            ModelConfig(image_size=128, grid_size=64, features=16, base_channels=16),
            GUIDED,
        ),
        Preset(
            "medium",
            "pictures of 256 pixels, good after an hour on a CPU",
            ModelConfig(image_size=256, grid_size=64, features=24, base_channels=16),
            replace(
                GUIDED,
                steps=16_000,
                field_side=192,
                field_steps=4_000,
                occlusion_steps=750,
                field_views=800,
                joint_share=0.35,
            ),
        ),
        Preset(
            "paper",
            "the paper's sizes and losses, for a GPU",
            ModelConfig(),
            TrainingConfig(recipe="paper", steps=100_000),
        ),
    )
}


DEFAULT_PRESET = "small"


def find_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        UserError: there is none.
    """
    if name not in PRESETS:
        raise UserError(f"“{name}” is no preset; choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
