"""Runs of a trainer that takes no time, for tests of the loop."""

from pathlib import Path

import pytest
import torch

from dvox_core.data.capture import Capture
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run import validation
from dvox_core.training.run.events import (
    Event,
    StepDone,
    Validated,
)
from dvox_core.training.run.launch import begin_run, train_run
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import (
    LogReader,
    RunDirectory,
    counted_events,
)
from dvox_core.training.run.stop_request import StopRequest
from tests.helpers.trainers import TINY_MODEL, RegressionTrainer

OPTIONS = RunOptions(steps=20, log_seconds=0.0, snapshot_minutes=9.0, validation_minutes=9.0)


def fake_scores(monkeypatch: pytest.MonkeyPatch, scores: list[float]) -> None:
    remaining = iter(scores)
    monkeypatch.setattr(
        validation.Validation,
        "run",
        lambda self, scene, directory, step, is_cancelled: Validated(step, next(remaining), 0.5),
    )


def begin(path: Path, capture: Capture, options: RunOptions = OPTIONS) -> RunDirectory:
    directory = RunDirectory(path)
    config = RunConfig(Path("somewhere"), TINY_MODEL, TrainingConfig(learning_rate=1e-2), options)
    begin_run(directory, config)
    return directory


def train(
    directory: RunDirectory,
    capture: Capture,
    listener=lambda event: None,
    stop: StopRequest | None = None,
    **trainer_options,
) -> tuple[Event, list[Event], list[RegressionTrainer]]:
    events: list[Event] = []
    made: list[RegressionTrainer] = []

    def heard(event: Event) -> None:
        events.append(event)
        listener(event)

    def make(*arguments) -> RegressionTrainer:
        made.append(RegressionTrainer(*arguments, **trainer_options))
        return made[-1]

    torch.manual_seed(0)
    return train_run(directory, capture, heard, stop, make), events, made


def losses(directory: RunDirectory) -> dict[int, float]:
    events = counted_events(LogReader(directory.log_path).new_events())
    return {event.step: event.generator_loss for event in events if isinstance(event, StepDone)}


def with_options(directory: RunDirectory, **changes) -> None:
    content = directory.read_config()
    content["run"].update(changes)
    directory.write_config(content)
