"""The loop of a run: exact resume, validation, schedule, and how it ends."""

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from dvox_core.checkpoints.opening import open_scene
from dvox_core.data.capture import Capture
from dvox_core.errors import UserError
from dvox_core.training.run import run as run_module
from dvox_core.training.run.commands import Command
from dvox_core.training.run.early_stop import EarlyStop
from dvox_core.training.run.events import (
    Event,
    Finished,
    StepDone,
    Validated,
)
from dvox_core.training.run.launch import train_run
from dvox_core.training.run.run_config import RunOptions
from tests.helpers.quick_runs import OPTIONS, begin, fake_scores, losses, train, with_options
from tests.helpers.trainers import TINY_MODEL, RegressionTrainer

pytestmark = pytest.mark.usefixtures("no_validation")


def test_a_run_directory_is_complete_at_the_end(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    ending, events, _ = train(directory, capture)
    assert ending == Finished(20, "steps")
    assert sum(isinstance(event, StepDone) for event in events) == 20
    assert sorted(losses(directory)) == list(range(1, 21))
    status = directory.read_status()
    assert (status.state, status.step, status.steps) == ("finished", 20, 20)
    assert status.eta_seconds == 0
    assert status.memory_mb > 10
    assert set(status.losses) == {"generator", "l1"}
    assert directory.snapshots().newest().step == 20
    scene = open_scene(directory.path)
    assert scene.training["steps"] == 20
    assert len(scene.cameras) == len(capture.views)
    config = directory.read_config()
    assert config["model"]["grid_size"] == TINY_MODEL.grid_size
    for line in directory.log_path.read_text().splitlines():
        assert "event" in json.loads(line)
    assert not [path for path in directory.path.rglob(".*") if path.name != ".lock"]


def test_tensorboard_events_are_written_where_it_is_installed(
    tmp_path: Path, capture: Capture
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    directory = begin(tmp_path / "run", capture)
    train(directory, capture)
    accumulator = EventAccumulator(str(directory.tensorboard))
    accumulator.Reload()
    scalars = accumulator.Scalars("loss/generator")
    assert [scalar.step for scalar in scalars] == list(range(1, 21))
    assert scalars[-1].value == pytest.approx(losses(directory)[20], rel=1e-6)


def test_stopping_and_resuming_equals_going_through(tmp_path: Path, capture: Capture) -> None:
    through = begin(tmp_path / "through", capture)
    train(through, capture)
    halves = begin(tmp_path / "halves", capture, replace(OPTIONS, steps=7))
    assert train(halves, capture)[0] == Finished(7, "steps")
    with_options(halves, steps=20)
    torch.manual_seed(123)  # whatever the new process's random numbers are
    ending, events, _ = train(halves, capture)
    assert ending == Finished(20, "steps")
    assert next(event for event in events if event.name == "started").resumed
    assert losses(halves) == pytest.approx(losses(through), abs=1e-9)


def test_watching_changes_nothing(tmp_path: Path, capture: Capture, real_validation: None) -> None:
    often = begin(tmp_path / "often", capture, replace(OPTIONS, steps=3, validation_minutes=0))
    seldom = begin(tmp_path / "seldom", capture, replace(OPTIONS, steps=3))
    _, events, _ = train(often, capture, lambda event: often.commands.send(Command("validate")))
    train(seldom, capture)
    assert sum(isinstance(event, Validated) for event in events) >= 2
    assert losses(often) == losses(seldom)


def test_a_validation_writes_its_scores_a_preview_and_the_grid(
    tmp_path: Path, capture: Capture, real_validation: None
) -> None:
    from PIL import Image
    from safetensors.torch import load_file

    directory = begin(tmp_path / "run", capture, replace(OPTIONS, steps=2))
    _, events, _ = train(directory, capture)
    scored = [event for event in events if isinstance(event, Validated)]
    assert len(scored) == 1
    assert [view["name"] for view in scored[0].views] == ["000000"]
    assert 1 < scored[0].psnr < 30
    with Image.open(directory.path / scored[0].preview) as picture:
        assert picture.size == (2 * 118, 118)
    grid = load_file(directory.path / scored[0].volumes)["grid_norm"]
    assert grid.shape == (TINY_MODEL.grid_size,) * 3
    assert directory.read_status().psnr == pytest.approx(scored[0].psnr)
    statistics = scored[0].volume_statistics["grid_norm"]
    assert statistics["max"] == pytest.approx(float(grid.max()))
    assert statistics["mean"] == pytest.approx(float(grid.float().mean()), rel=1e-3)


def test_no_more_progress_ends_the_run_with_the_best_scene(
    tmp_path: Path, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_scores(monkeypatch, [20.0, 22.0, 21.0, 21.9] + [21.0] * 100)
    options = replace(OPTIONS, steps=1000, patience=3)
    directory = begin(tmp_path / "run", capture, options)
    ending, events, _ = train(
        directory,
        capture,
        lambda event: directory.commands.send(Command("validate")),
        step_seconds=0.01,
    )
    assert isinstance(ending, Finished)
    assert ending.reason == "no progress"
    scored = [event for event in events if isinstance(event, Validated)]
    assert [event.psnr for event in scored][:5] == [20.0, 22.0, 21.0, 21.9, 21.0]
    assert open_scene(directory.path).training["steps"] == scored[1].step


def test_early_stop_counts_validations_without_a_gain() -> None:
    state = EarlyStop(patience=2).after(20, 1).after(20.001, 2)
    assert (state.best_psnr, state.best_step, state.waited) == (20, 1, 1)
    assert not state.should_stop
    assert state.after(19, 3).should_stop
    assert not state.after(21, 3).should_stop
    assert not EarlyStop(patience=0).after(20, 1).after(19, 2).should_stop


def test_minutes_end_a_run_and_drive_its_schedule(
    tmp_path: Path, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, shares = [100.0], []
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(run_module, "time", clock)

    class Watched(RegressionTrainer):
        def step(self, progress: float):
            shares.append(progress)
            now[0] += 0.125
            return super().step(progress)

    directory = begin(tmp_path / "run", capture, replace(OPTIONS, steps=None, minutes=1.5 / 60))
    ending = train_run(directory, capture, make_trainer=Watched)
    assert ending == Finished(12, "minutes")
    assert shares == [step / 12 for step in range(12)]
    assert directory.read_status().elapsed_seconds == 1.5


def test_the_schedule_of_few_steps_does_not_depend_on_where_they_end(
    tmp_path: Path, capture: Capture
) -> None:
    shares: dict[int, list[float]] = {}
    for steps in (2, 4):

        class Watched(RegressionTrainer):
            def step(self, progress: float):
                shares.setdefault(steps, []).append(progress)  # noqa: B023
                return super().step(progress)

        directory = begin(tmp_path / str(steps), capture, replace(OPTIONS, steps=steps))
        train_run(directory, capture, make_trainer=Watched)
    assert shares[4][:2] == shares[2] == [0, 1 / run_module.SHORTEST_PLAN]


def test_a_run_can_be_looked_at_from_its_first_step(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    names: list[str] = []

    def look(event: Event) -> None:
        if event.name == "step" and event.step == 1:
            names.append(open_scene(directory.path).name)

    train(directory, capture, look)
    assert names == [capture.name]


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"steps": 0}, "--steps 0"), ({"minutes": 0.0}, "--minutes"), ({"minutes": math.nan}, "nan")],
)
def test_impossible_options_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        RunOptions(**changes)
