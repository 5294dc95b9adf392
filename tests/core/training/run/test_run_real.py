"""The run with the real trainers: exact resume, and a process of its own."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dvox_core.checkpoints.opening import open_scene
from dvox_core.data.loading import load_capture
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import Recipe, TrainingConfig
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import Finished, StepDone
from dvox_core.training.run.launch import begin_run, train_run
from dvox_core.training.run.process import RunWatcher, start_training
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import LogReader, RunDirectory, counted_events
from tests.helpers.captures import cube_capture

MODEL = ModelConfig(image_size=128, grid_size=8, features=4, base_channels=4)
OPTIONS = RunOptions(log_seconds=0.0, device="cpu", validation_views=1)


def begin(path: Path, capture: Path, recipe: Recipe, steps: int) -> RunDirectory:
    directory = RunDirectory(path)
    training = TrainingConfig(
        recipe=recipe,
        ema_decay=0.9,
        schedule="cosine",
        adversarial=recipe == "paper",
        dropout=1.0,
    )
    options = replace(OPTIONS, steps=steps)
    begin_run(directory, RunConfig(capture, MODEL, training, options))
    return directory


def losses(directory: RunDirectory) -> dict[int, float]:
    events = counted_events(LogReader(directory.log_path).new_events())
    return {event.step: event.generator_loss for event in events if isinstance(event, StepDone)}


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "half"), [("paper", 12), ("direct", 25)])
def test_two_halves_of_a_run_equal_the_whole(tmp_path: Path, recipe: Recipe, half: int) -> None:
    whole = 2 * half
    cube_capture(tmp_path / "cube", train=6, test=1)
    capture = load_capture(tmp_path / "cube")
    through = begin(tmp_path / "through", tmp_path / "cube", recipe, whole)
    assert train_run(through, capture) == Finished(whole, "steps")
    halves = begin(tmp_path / "halves", tmp_path / "cube", recipe, half)
    assert train_run(halves, capture) == Finished(half, "steps")
    content = halves.read_config()
    content["run"]["steps"] = whole
    halves.write_config(content)
    torch.manual_seed(99)
    assert train_run(halves, capture) == Finished(whole, "steps")
    ours, theirs = losses(halves), losses(through)
    assert sorted(ours) == sorted(theirs) == list(range(1, whole + 1))
    assert ours[half + 1] == pytest.approx(theirs[half + 1], abs=1e-5)
    assert ours[whole] == pytest.approx(theirs[whole], abs=1e-5)
    assert sum(ours[whole - i] for i in range(5)) < 0.98 * sum(ours[1 + i] for i in range(5))
    ours_scene = open_scene(halves.path).weights.load("")
    for name, tensor in open_scene(through.path).weights.load("").items():
        torch.testing.assert_close(ours_scene[name], tensor, rtol=1e-4, atol=1e-5)


def test_a_process_trains_and_is_told_what_to_do(tmp_path: Path) -> None:
    cube_capture(tmp_path / "cube", train=6, test=1)
    directory = begin(tmp_path / "run", tmp_path / "cube", "direct", 100_000)
    process = start_training(directory.path)
    try:
        watcher = RunWatcher(directory.path)
        events = wait_for(watcher, "step")
        assert watcher.status().state == "training"
        assert watcher.status().pid == process.pid
        watcher.send(Command("pause"))
        events += wait_for(watcher, "paused")
        assert watcher.status().state == "paused"
        watcher.send(Command("continue"))
        watcher.send(Command("stop"))
        events += wait_for(watcher, "stopped")
        assert process.wait(30) == 0
        assert watcher.status().state == "stopped"
        assert open_scene(directory.path).training["steps"] == events[-1].step
    finally:
        process.kill()
        process.wait()


def test_a_process_that_cannot_begin_says_so_in_its_directory(tmp_path: Path) -> None:
    cube_capture(tmp_path / "cube", train=2, test=1)
    directory = begin(tmp_path / "run", tmp_path / "cube", "direct", 10)
    (tmp_path / "cube" / "train" / "rgb" / "000001.png").write_bytes(b"")
    process = start_training(directory.path)
    assert process.wait(60) == 2
    status = RunWatcher(directory.path).status()
    assert status.state == "failed"
    assert "000001.png" in status.message


def wait_for(watcher: RunWatcher, name: str) -> list:
    events = []
    until = time.monotonic() + 60
    while time.monotonic() < until:
        events += watcher.new_events()
        if any(event.name == name for event in events):
            return events
        time.sleep(0.02)
    raise AssertionError(f"no {name} among {[event.name for event in events]}")
