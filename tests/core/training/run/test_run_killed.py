"""A run that is killed at any moment can be resumed, and comes to the same end."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest
import torch

from dvox_core.checkpoints.opening import open_scene
from dvox_core.data.capture import Capture
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run.events import StepDone
from dvox_core.training.run.launch import begin_run, train_run
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import LogReader, RunDirectory, counted_events
from dvox_core.training.run.snapshots import name_of_not_finite
from tests.helpers.captures import cube_capture
from tests.helpers.trainers import TINY_MODEL, RegressionTrainer

KILLS = 20
STEPS = 100_000
LAST_STEPS = 30

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL"),
]


def train_in_child(path: Path, capture: Capture) -> None:
    """Train with a snapshot and a scene every moment, so that kills fall into the writing."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    train_run(RunDirectory(path), capture, make_trainer=RegressionTrainer)


def options(steps: int) -> RunOptions:
    return RunOptions(steps=steps, log_seconds=0.0, snapshot_minutes=1e-9, validation_minutes=60.0)


def losses(directory: RunDirectory) -> dict[int, float]:
    events = counted_events(LogReader(directory.log_path).new_events())
    return {event.step: event.generator_loss for event in events if isinstance(event, StepDone)}


def begin(path: Path, steps: int) -> RunDirectory:
    directory = RunDirectory(path)
    training = TrainingConfig(learning_rate=1e-3)
    begin_run(directory, RunConfig(Path("somewhere"), TINY_MODEL, training, options(steps)))
    return directory


def test_twenty_kills_at_random_moments_break_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server imports torch once, with what its optimisers need; each child is a fork of it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "torch._dynamo", "torch.utils.tensorboard"])
    capture = cube_capture(tmp_path / "cube", train=4, test=1)
    directory = begin(tmp_path / "run", STEPS)
    moments = random.Random(4)
    reached: list[int] = []
    for _ in range(KILLS):
        child = context.Process(target=train_in_child, args=(directory.path, capture))
        log_size = directory.log_path.stat().st_size if directory.log_path.exists() else 0
        child.start()
        until = time.monotonic() + 60
        while time.monotonic() < until and child.is_alive():  # until it trains
            if directory.log_path.exists() and directory.log_path.stat().st_size > log_size + 300:
                break
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.4))
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        assert directory.read_status().state in ("new", "interrupted")
        newest = directory.snapshots().newest()
        if newest is None:
            assert not reached
            continue
        state = newest.load()
        assert name_of_not_finite(state) == ""
        assert state["trainer"]["step_number"] == newest.step
        reached.append(newest.step)
        if directory.scene_path.exists():
            open_scene(directory.path)
    assert reached == sorted(reached)
    assert len(set(reached)) > KILLS // 2  # it did get on between the kills
    # The end is that of a run that was never killed.
    last = reached[-1] + LAST_STEPS
    config = directory.read_config()
    config["run"]["steps"] = last
    directory.write_config(config)
    monkeypatch.setattr("dvox_core.training.run.validation.Validation.run", lambda *arguments: None)
    torch.manual_seed(5)
    train_run(directory, capture, make_trainer=RegressionTrainer)
    through = begin(tmp_path / "through", last)
    config = through.read_config()
    config["run"]["snapshot_minutes"] = 60.0
    through.write_config(config)
    torch.manual_seed(0)
    train_run(through, capture, make_trainer=RegressionTrainer)
    ours, theirs = losses(directory), losses(through)
    assert sorted(ours) == list(range(1, last + 1))
    assert ours[last] == pytest.approx(theirs[last], abs=1e-5)
    assert not [path for path in directory.path.rglob(".*") if path.name != ".lock"]
