"""The command line of a configuration: parsed again, it is the configuration."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import tyro

from dvox_core.cli.import_capture import Import
from dvox_core.cli.train import Train
from dvox_core.data.importing import ImportOptions
from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.picture_presets import model_of, with_recipe
from dvox_core.training.presets import PRESETS, find_preset
from dvox_core.training.run.arguments import (
    MODEL_ARGUMENTS,
    RUN_ARGUMENTS,
    TRAINING_ARGUMENTS,
    import_arguments,
    train_arguments,
)
from dvox_core.training.run.run_config import RunConfig, RunOptions

CAPTURE, OUT = Path("/captures/a fox"), Path("/runs/fox")


def parsed(arguments: list[str]) -> RunConfig:
    return tyro.cli(Train, args=arguments[1:])._new_config()


def config(preset: str, **options: object) -> RunConfig:
    found = find_preset(preset)
    settings = RunOptions(**{"steps": found.training.steps, **options})  # type: ignore[arg-type]
    return RunConfig(CAPTURE, found.model, found.training, settings, preset=preset)


def test_every_number_of_a_configuration_has_its_argument() -> None:
    model = {item.name for item in fields(ModelConfig)} - {"occlusion"}
    assert model == set(MODEL_ARGUMENTS)
    training = {item.name for item in fields(TrainingConfig)} - {"recipe", "steps", "precision"}
    assert training == set(TRAINING_ARGUMENTS)
    arguments = {item.name for item in fields(Train)}
    named = {*MODEL_ARGUMENTS.values(), *TRAINING_ARGUMENTS.values(), *RUN_ARGUMENTS.values()}
    assert named <= arguments


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_said_in_a_few_words(preset: str) -> None:
    arguments = train_arguments(config(preset), OUT, "float32")
    words = ["train", str(CAPTURE), "--out", str(OUT), "--preset", preset]
    assert arguments == [*words, "--precision", "float32"]
    assert parsed(arguments) == config(preset)


def test_everything_that_was_changed_is_said() -> None:
    begun = config("tiny", minutes=7.5, patience=3, device="cpu", validation_views=2)
    changes = {
        "learning_rate": 3.3e-5, "grid_learning_rate": 0.02, "optimizer": "muon",
        "l1_weight": 10.0,
        "gradient_weight": 0.5, "weight_decay": 1e-6, "grid_smoothness": 1e-3, "adversarial": True,
        "targets_per_step": 3, "sampling": "nearest", "source_candidates": 5,
        "visibility_every": 2, "flips": True, "grid_path": "inpainted", "dropout": 0.25,
        "color_start": False, "trained_levels": 3, "field_side": 64, "field_steps": 500,
        "occlusion_steps": 50, "field_views": 7, "field_view_weight": 0.5, "joint_share": 0.25,
        "correct_lens": True, "shipped_occlusion": True,
        "ema_decay": 0.0, "schedule": "constant", "step": "plain", "seed": 7,
        "precision": "bfloat16",
    }  # fmt: skip
    assert set(changes) == {item.name for item in fields(TrainingConfig)} - {"recipe", "steps"}
    for name, value in changes.items():
        assert getattr(begun.training, name) != value, name
    changed = replace(
        begun,
        model=ModelConfig(256, 24, 6, 6, occlusion=False),
        training=replace(begun.training, **changes),
        sampling_pattern="skip_2",
    )
    assert parsed(train_arguments(changed, OUT, "bfloat16")) == changed


@pytest.mark.parametrize(
    ("preset", "recipe"),
    [
        ("small", "paper"),
        ("paper", "direct"),
        ("tiny", "guided"),
        ("small", "pix2pix"),
        ("tiny", "isola"),
        ("paper", "tatarchenko"),
        ("medium", "worrall"),
    ],
)
def test_another_recipe_brings_its_own_numbers(preset: str, recipe: str) -> None:
    begun = config(preset)
    found = find_preset(preset)
    changed = replace(
        begun,
        model=model_of(found, recipe),  # type: ignore[arg-type]
        training=with_recipe(found, recipe),  # type: ignore[arg-type]
    )
    arguments = train_arguments(changed, OUT, "float32")
    assert arguments.count("--recipe") == 1
    assert "--learning-rate" not in arguments
    assert parsed(arguments) == changed


def test_the_sizes_of_a_baseline_are_said() -> None:
    found = find_preset("small")
    model = replace(model_of(found, "worrall"), image_size=64, base_channels=8)
    training = replace(with_recipe(found, "worrall"), source_candidates=2, seed=4)
    changed = replace(config("small"), model=model, training=training)
    assert parsed(train_arguments(changed, OUT, "float32")) == changed


@pytest.mark.parametrize(
    "option", [("--grid", "16"), ("--features", "8"), ("--no-occlusion",), ("--grid-path", "plain")]
)
def test_options_of_voxels_are_refused_with_a_baseline_in_one_line(option: tuple[str, ...]) -> None:
    arguments = ["train", str(CAPTURE), "--out", str(OUT), "--recipe", "pix2pix", *option]
    with pytest.raises(UserError, match=rf"^{option[0]}: .*pix2pix.*no voxels") as told:
        parsed(arguments)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("steps", "minutes"), [(500, None), (None, 20.0), (10_000, 0.5)])
def test_the_ends_of_a_run_are_said(steps: int | None, minutes: float | None) -> None:
    chosen = config("small", steps=steps, minutes=minutes)
    assert parsed(train_arguments(chosen, OUT, "float32")) == chosen


@pytest.mark.parametrize(
    "options",
    [
        ImportOptions(),
        ImportOptions(
            size=128,
            background="#102030",
            up=(0.0, -1.0, 0.125),
            center=(-0.1, 1e-7, 3.0),
            scale=2.5,
            near=0.3,
            test_every=5,
            masks=False,
        ),
    ],
)
def test_an_import_is_said_to_the_last_digit(options: ImportOptions) -> None:
    arguments = import_arguments(Path("a b"), Path("out"), options)
    command = tyro.cli(Import, args=arguments[1:])
    assert command.options == options
    assert (command.source, command.out) == (Path("a b"), Path("out"))
