"""The command line of an import and of a training: what `python main.py` would have to be told."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from dvox_core.data.importing import ImportOptions
from dvox_core.model.config import ModelConfig
from dvox_core.model.kinds import AnyConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.picture_presets import model_of, with_recipe
from dvox_core.training.presets import DEFAULT_PRESET, find_preset
from dvox_core.training.run.run_config import RunConfig, RunOptions

MODEL_ARGUMENTS: Mapping[str, str] = {
    "image_size": "size",
    "grid_size": "grid",
    "features": "features",
    "base_channels": "channels",
}
"""Field of `ModelConfig` → argument of `train`; `occlusion` is `--no-occlusion`."""

VOXEL_ARGUMENTS = (
    "grid",
    "features",
    "no_occlusion",
    "optimizer",
    "grid_learning_rate",
    "grid_smoothness",
    "visibility_every",
    "flips",
    "grid_path",
    "targets_from",
    "color_start",
    "trained_levels",
    "correct_lens",
    "field_side",
    "field_steps",
    "occlusion_steps",
    "shipped_occlusion",
    "field_views",
    "field_view_weight",
    "joint_share",
)
"""Arguments of `train` that say nothing to a system without voxels."""

TRAINING_ARGUMENTS: Mapping[str, str] = {
    "learning_rate": "learning_rate",
    "optimizer": "optimizer",
    "grid_learning_rate": "grid_learning_rate",
    "l1_weight": "l1_weight",
    "gradient_weight": "gradient_weight",
    "weight_decay": "weight_decay",
    "grid_smoothness": "grid_smoothness",
    "adversarial": "adversarial",
    "targets_per_step": "targets",
    "sampling": "targets_from",
    "source_candidates": "source_candidates",
    "visibility_every": "visibility_every",
    "flips": "flips",
    "grid_path": "grid_path",
    "color_start": "color_start",
    "trained_levels": "trained_levels",
    "correct_lens": "correct_lens",
    "field_side": "field_side",
    "field_steps": "field_steps",
    "occlusion_steps": "occlusion_steps",
    "shipped_occlusion": "shipped_occlusion",
    "field_views": "field_views",
    "field_view_weight": "field_view_weight",
    "joint_share": "joint_share",
    "dropout": "dropout",
    "ema_decay": "ema",
    "schedule": "schedule",
    "step": "step_kind",
    "seed": "seed",
}
"""Field of `TrainingConfig` → argument of `train`."""

RUN_ARGUMENTS: Mapping[str, str] = {
    "patience": "patience",
    "device": "device",
    "snapshot_minutes": "snapshot_minutes",
    "validation_minutes": "validation_minutes",
    "validation_views": "validation_views",
}
"""Field of `RunOptions` → argument of `train`; the ends are `--steps` and `--minutes`."""


def train_arguments(config: RunConfig, out: Path, precision: str) -> list[str]:
    """What `train` is told to begin this run.

    Args:
        config: its preset names where the command line starts from.
        out: the run's folder.
        precision: "auto", or that of the configuration.
    """
    preset = find_preset(config.preset or DEFAULT_PRESET)
    recipe = config.training.recipe
    base = with_recipe(preset, recipe)
    arguments = ["train", str(config.capture), "--out", str(out), "--preset", preset.name]
    if recipe != preset.training.recipe:
        arguments += ["--recipe", recipe]
    arguments += _ends(config, base)
    arguments += _changed(config.model, model_of(preset, recipe), MODEL_ARGUMENTS)
    if isinstance(config.model, ModelConfig) and not config.model.occlusion:
        arguments.append("--no-occlusion")
    arguments += _changed(config.training, base, TRAINING_ARGUMENTS)
    if precision != "auto":
        arguments += ["--precision", precision]
    arguments += _changed(config.options, RunOptions(), RUN_ARGUMENTS)
    if config.sampling_pattern != "all":
        arguments += ["--sampling-pattern", config.sampling_pattern]
    return arguments


def import_arguments(source: Path, out: Path, options: ImportOptions) -> list[str]:
    """What `import` is told to make this capture."""
    default = ImportOptions()
    arguments = ["import", str(source), "--out", str(out)]
    for item in fields(options):
        value = getattr(options, item.name)
        if value == getattr(default, item.name):
            continue
        if item.name == "masks":
            arguments.append("--no-masks")
            continue
        values = value if isinstance(value, tuple) else (value,)
        arguments += [_flag(item.name), *map(_text, values)]
    return arguments


def _ends(config: RunConfig, base: TrainingConfig) -> list[str]:
    steps, minutes = config.options.steps, config.options.minutes
    if minutes is None and steps == base.steps:
        return []
    arguments = [] if steps is None else ["--steps", _text(steps)]
    return arguments if minutes is None else [*arguments, "--minutes", _text(minutes)]


def _changed(
    value: AnyConfig | TrainingConfig | RunOptions,
    base: AnyConfig | TrainingConfig | RunOptions,
    names: Mapping[str, str],
) -> list[str]:
    arguments = []
    for name, argument in names.items():
        chosen = getattr(value, name, None)
        if chosen == getattr(base, name, None):
            continue
        if isinstance(chosen, bool):
            arguments.append(_flag(argument if chosen else f"no_{argument}"))
        else:
            arguments += [_flag(argument), _text(chosen)]
    return arguments


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _text(value: Any) -> str:
    """As the command line reads it back, to the last digit."""
    return repr(value) if isinstance(value, float) else str(value)
