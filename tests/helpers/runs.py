"""Tiny training runs on disk."""

from pathlib import Path

import torch

from dvox_core.data.capture import Capture
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run.launch import begin_run, train_run
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import RunDirectory
from tests.helpers.trainers import TINY_MODEL, RegressionTrainer


def quick_run(path: Path, capture: Capture, steps: int = 30, **options) -> RunDirectory:
    """A finished run of the regression trainer, with two validations."""
    directory = prepared_run(
        path, steps, **{"validation_minutes": 0.0, "snapshot_minutes": 60.0} | options
    )
    with torch.random.fork_rng():
        train_run(directory, capture, make_trainer=RegressionTrainer)
    return directory


def prepared_run(path: Path, steps: int = 100_000, **options) -> RunDirectory:
    """A run that is ready to be trained in a process of its own."""
    chosen = {"log_seconds": 0.0, "validation_minutes": 60.0} | options
    config = RunConfig(
        Path("somewhere"),
        TINY_MODEL,
        TrainingConfig(learning_rate=1e-2),
        RunOptions(steps=steps, **chosen),
        preset="tiny",
    )
    directory = RunDirectory(path)
    begin_run(directory, config)
    return directory


def write_long_log(path: Path, steps: int) -> None:
    """A log of so many steps, as a run of days writes it."""
    line = (
        '{{"time": {0}.5, "event": "step", "step": {0}, "generator_loss": {1}, "l1_loss": {1}, '
        '"adversarial_loss": null, "discriminator_loss": null, "learning_rate": 0.001, '
        '"step_ms": 10.0, "steps_per_second": 5.0, "elapsed_seconds": {0}.0}}\n'
    )
    path.write_text("".join(line.format(step, 1 / step) for step in range(1, steps + 1)))
