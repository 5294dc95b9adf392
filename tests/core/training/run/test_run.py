"""The loop of a run: exact resume, commands, rollback, early stop, signals, a full disk."""

import errno
import json
import math
import os
import signal
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from dvox_core.atomic_files import atomic_file
from dvox_core.checkpoints.opening import open_scene
from dvox_core.data.capture import Capture
from dvox_core.errors import CaptureError, CheckpointError, DeviceError, UserError
from dvox_core.training.config import TrainingConfig
from dvox_core.training.run import launch, snapshots, validation
from dvox_core.training.run import run as run_module
from dvox_core.training.run.commands import Command
from dvox_core.training.run.early_stop import EarlyStop
from dvox_core.training.run.events import (
    Event,
    Failed,
    Finished,
    Noted,
    RolledBack,
    StepDone,
    Stopped,
    UnknownEvent,
    Validated,
    event_from_json,
)
from dvox_core.training.run.launch import begin_run, train_run
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import (
    PORTION_BYTES,
    SILENT_SECONDS,
    LogReader,
    LogWriter,
    RunDirectory,
    RunError,
    Status,
    counted_events,
)
from dvox_core.training.run.stop_request import StopRequest, stop_on_signals
from dvox_core.training.run.view_selection import select_training_views
from tests.helpers.captures import cube_capture
from tests.helpers.trainers import TINY_MODEL, RegressionTrainer

OPTIONS = RunOptions(steps=20, log_seconds=0.0, snapshot_minutes=9.0, validation_minutes=9.0)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return cube_capture(tmp_path_factory.mktemp("cube"), train=4, validation=1, test=1)


@pytest.fixture(autouse=True)
def no_validation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores cost a second each; tests that are about them ask for `real_validation`."""
    if "real_validation" not in request.fixturenames:
        fake_scores(monkeypatch, [20.0] * 1000)


@pytest.fixture
def real_validation() -> None:
    pass


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


def test_commands_pause_save_scale_and_stop(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture, replace(OPTIONS, steps=100_000))
    seen: list[str] = []

    def drive(event: Event) -> None:
        seen.append(event.name)
        if event.name == "step" and event.step == 3:
            for name in ("learning_rate", "save", "pause"):
                directory.commands.send(Command(name, 0.5))
        if event.name == "paused":
            assert directory.read_status().state == "paused"
            threading.Timer(0.3, directory.commands.send, [Command("continue")]).start()
        if event.name == "continued":
            directory.commands.send(Command("stop"))

    ending, _, made = train(directory, capture, drive, step_seconds=0.01)
    assert isinstance(ending, Stopped)
    told = [name for name in seen if name != "step"]
    assert told == [
        *("started", "note", "snapshot", "scene", "learning_rate", "snapshot", "scene"),
        *("paused", "continued", "snapshot", "scene", "stopped"),
    ]
    assert made[0].learning_rates[-1] == pytest.approx(0.5e-2)
    assert directory.read_status().learning_rate_factor == 0.5
    assert directory.read_status().elapsed_seconds < 20
    assert directory.commands.take() == []


def test_unknown_commands_are_thrown_away(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    (directory.path / "control").mkdir()
    for index, text in enumerate(
        ("", "[]", '{"command": "dance"}', '{"command": "learning_rate", "factor": -1}')
    ):
        (directory.path / "control" / f"{index}.json").write_text(text)
    assert directory.commands.take() == []
    assert list((directory.path / "control").iterdir()) == []


@pytest.mark.parametrize("kind", ["nan_losses", "nan_weights"])
def test_nan_goes_back_to_the_last_good_snapshot_with_half_the_learning_rate(
    tmp_path: Path, capture: Capture, kind: str
) -> None:
    directory = begin(tmp_path / "run", capture)

    def save_at_five(event: Event) -> None:
        if event.name == "step" and event.step == 5:
            directory.commands.send(Command("save"))
            time.sleep(2 * 0.05)

    ending, events, made = train(
        directory, capture, save_at_five, **{kind: (8,)}, safe_learning_rate=0.4e-2
    )
    assert ending == Finished(20, "steps")
    backs = [event for event in events if isinstance(event, RolledBack)]
    # 1e-2 and its half are too high, a quarter is not.
    assert [event.learning_rate_factor for event in backs] == [0.5, 0.25]
    kept = [e.step for e in events if e.name == "snapshot" and e.step <= 8]
    assert all(back.step == kept[-1] for back in backs)
    assert "nan" in backs[0].reason.lower()
    assert made[0].learning_rates[-1] == pytest.approx(0.25e-2)
    assert sorted(losses(directory)) == list(range(1, 21))
    assert all(math.isfinite(loss) for loss in losses(directory).values())
    assert directory.read_status().learning_rate_factor == 0.25
    resumed = RunDirectory(directory.path).snapshots().newest().load()
    assert resumed["run"]["learning_rate_factor"] == 0.25


def test_weights_that_are_not_finite_are_never_saved(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    _, events, _ = train(directory, capture, nan_weights=(20,), safe_learning_rate=0.6e-2)
    back = next(event for event in events if isinstance(event, RolledBack))
    assert (back.from_step, back.step) == (20, 0)
    assert snapshots.name_of_not_finite(directory.snapshots().newest().load()) == ""


def test_a_scene_that_cannot_be_rendered_goes_back_too(
    tmp_path: Path, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = iter([CheckpointError("tensor grid has values that are not finite"), None, None])

    def fail_once(self, scene, directory, step, is_cancelled):
        result = next(results)
        if result is not None:
            raise result

    monkeypatch.setattr(validation.Validation, "run", fail_once)
    directory = begin(tmp_path / "run", capture)
    ending, events, _ = train(directory, capture)
    back = next(event for event in events if isinstance(event, RolledBack))
    assert (back.from_step, back.step, back.learning_rate_factor) == (20, 0, 0.5)
    assert ending == Finished(20, "steps")
    assert sorted(losses(directory)) == list(range(1, 21))


def test_nan_again_and_again_ends_the_run_with_one_line(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    with pytest.raises(RunError, match="lower --learning-rate"):
        train(directory, capture, nan_losses=(4,))
    status = directory.read_status()
    assert status.state == "failed"
    assert "generator loss is nan" in status.message
    assert directory.snapshots().newest() is not None


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


def test_minutes_end_a_run_and_drive_its_schedule(tmp_path: Path, capture: Capture) -> None:
    shares = []

    class Watched(RegressionTrainer):
        def step(self, progress: float):
            shares.append(progress)
            return super().step(progress)

    directory = begin(tmp_path / "run", capture, replace(OPTIONS, steps=None, minutes=1.5 / 60))
    ending = train_run(directory, capture, make_trainer=partial(Watched, step_seconds=0.02))
    assert ending.reason == "minutes"
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert 0.5 < shares[-1] <= 1
    assert 1.4 <= directory.read_status().elapsed_seconds < 10


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_save_and_stop_at_once(
    tmp_path: Path, capture: Capture, number: signal.Signals
) -> None:
    directory = begin(tmp_path / "run", capture, replace(OPTIONS, steps=100_000))
    stop = StopRequest()
    killed_at: list[float] = []

    def kill(event: Event) -> None:
        if event.name == "step" and event.step == 4:
            killed_at.append(time.monotonic())
            os.kill(os.getpid(), number)

    with stop_on_signals(stop):
        ending, _, _ = train(directory, capture, kill, stop)
    assert ending == Stopped(4, number.name)
    assert time.monotonic() - killed_at[0] < 5  # a moment; the machine may be busy
    assert directory.snapshots().newest().step == 4
    assert directory.read_status().state == "stopped"
    assert signal.getsignal(number) is not None


def test_a_signal_before_the_first_step_interrupts() -> None:
    def is_terminated() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)

    with stop_on_signals(StopRequest()), pytest.raises(KeyboardInterrupt):
        is_terminated()


def test_a_full_disk_ends_with_one_line_and_keeps_the_last_snapshot(
    tmp_path: Path, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = begin(tmp_path / "run", capture)
    real = snapshots._save

    def fails_later(state: dict, path: Path) -> None:
        if state["trainer"]["step_number"] > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(state, path)

    def save_at_five(event: Event) -> None:
        if event.name == "step" and event.step == 5:
            directory.commands.send(Command("save"))
            time.sleep(2 * 0.05)

    monkeypatch.setattr(snapshots, "_save", fails_later)
    with pytest.raises(UserError, match="No space left on device") as caught:
        train(directory, capture, save_at_five)
    message = str(caught.value)
    kept = directory.snapshots().newest().step
    assert f"the snapshot of step {kept} is kept" in message
    assert "--resume" in message
    assert "\n" not in message
    assert directory.read_status().state == "failed"
    monkeypatch.setattr(snapshots, "_save", real)
    ending, events, _ = train(directory, capture)
    assert ending == Finished(20, "steps")
    assert next(event for event in events if event.name == "started").step == kept


def test_a_log_that_cannot_be_written_ends_with_one_line(
    tmp_path: Path, capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = begin(tmp_path / "run", capture)
    real = LogWriter.write

    def fails_later(self: LogWriter, event: Event) -> None:
        if event.step > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(self, event)

    monkeypatch.setattr(LogWriter, "write", fails_later)
    with pytest.raises(UserError, match="free some space, then go on with --resume"):
        train(directory, capture)
    assert directory.snapshots().newest().step == 0


def test_an_error_in_a_step_leaves_the_run_resumable(tmp_path: Path, capture: Capture) -> None:
    class Breaks(RegressionTrainer):
        def step(self, progress: float):
            if self.step_number == 3:
                raise CaptureError("rgb/000001.png: not found; put the picture there")
            return super().step(progress)

    directory = begin(tmp_path / "run", capture)
    with pytest.raises(CaptureError):
        train_run(directory, capture, make_trainer=Breaks)
    status = directory.read_status()
    assert (status.state, status.message) == (
        "failed",
        "rgb/000001.png: not found; put the picture there",
    )
    assert isinstance(LogReader(directory.log_path).new_events()[-1], Failed)
    assert train(directory, capture)[0] == Finished(20, "steps")


def test_running_out_of_memory_is_told_in_one_line(tmp_path: Path, capture: Capture) -> None:
    class Breaks(RegressionTrainer):
        def step(self, progress: float):
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you …")

    directory = begin(tmp_path / "run", capture)
    with pytest.raises(UserError, match=r"memory does not suffice.*smaller --preset"):
        train_run(directory, capture, make_trainer=Breaks)


@pytest.mark.parametrize("where", ["the GPU", "anywhere"])
@pytest.mark.parametrize("when", ["preparing", "rendering"])
def test_validation_that_runs_out_of_memory_does_not_end_a_run(
    tmp_path: Path, capture: Capture, monkeypatch: pytest.MonkeyPatch, where: str, when: str
) -> None:
    asked: list[str] = []

    def run(self, scene, directory, step, is_cancelled):
        asked.append(self.device)
        if self.device == "cpu" and where == "the GPU":
            return Validated(step, 21.0, 0.5)
        error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if when == "rendering":
            raise error
        raise DeviceError("the CUDA device's memory does not suffice") from error

    monkeypatch.setattr(validation.Validation, "run", run)
    prepare = validation.Validation.prepare
    monkeypatch.setattr(
        launch.Validation,
        "prepare",
        lambda *rest, **more: replace(prepare(*rest, **more), device="cuda"),
    )
    directory = begin(tmp_path / "run", capture, replace(OPTIONS, validation_minutes=0.0, steps=3))
    ending, events, _ = train(directory, capture)
    assert ending == Finished(3, "steps")
    assert asked[0] == "cuda"
    assert set(asked[1:]) == {"cpu"}
    assert len(asked) > 2
    scored = [event for event in events if isinstance(event, Validated)]
    assert {event.step for event in scored} >= ({1, 3} if where == "the GPU" else set())
    assert bool(scored) == (where == "the GPU")
    notes = [event.message for event in events if isinstance(event, Noted)]
    assert "validated on the CPU from now on: the GPU's memory does not suffice" in notes
    left_out = "validation is left out: the memory does not suffice for it"
    assert notes.count(left_out) == (where == "anywhere")


@pytest.mark.parametrize("words", ["CUDA error: device-side assert", "cuDNN error: 4"])
def test_a_gpu_that_vanishes_is_told_in_one_line_and_the_run_goes_on_without_it(
    tmp_path: Path, capture: Capture, words: str
) -> None:
    class Vanishes(RegressionTrainer):
        def step(self, progress: float):
            if self.step_number == 3:
                raise RuntimeError(f"{words}\nCUDA kernel errors might be reported later\n")
            return super().step(progress)

    directory = begin(tmp_path / "run", capture)
    with pytest.raises(UserError, match=r"the GPU failed .*--device cpu") as caught:
        train_run(directory, capture, make_trainer=Vanishes)
    assert "\n" not in str(caught.value)
    assert directory.read_status().state == "failed"
    assert train(directory, capture)[0] == Finished(20, "steps")


def test_a_run_that_goes_on_from_a_capture_that_is_gone_says_so_and_goes_on_once_it_is_back(
    tmp_path: Path,
) -> None:
    own = cube_capture(tmp_path / "cube", train=4, test=1)
    directory = begin(tmp_path / "run", own)
    stop = StopRequest()
    pulled = tmp_path / "elsewhere"

    def pull_away(event: Event) -> None:
        if event.step == 5 and not pulled.exists():  # what was read at the start suffices
            (tmp_path / "cube").rename(pulled)
        if event.step == 8:
            stop.set("test")

    assert isinstance(train(directory, own, pull_away, stop)[0], Stopped)
    with pytest.raises(UserError, match=r"000000\.png"):
        train(directory, own)
    status = directory.read_status()
    assert status.state == "failed"
    assert "000000.png" in status.message
    pulled.rename(tmp_path / "cube")
    assert train(directory, own)[0] == Finished(20, "steps")


def test_a_run_of_another_machine_lives_as_long_as_it_says_something(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run", capture)
    status = Status(state="training", host="elsewhere", updated=time.time())
    directory.write_status(status)
    assert directory.read_status().state == "training"
    directory.write_status(replace(status, updated=time.time() - 2 * SILENT_SECONDS))
    assert directory.read_status().state == "interrupted"


def test_a_run_can_be_looked_at_from_its_first_step(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    names: list[str] = []

    def look(event: Event) -> None:
        if event.name == "step" and event.step == 1:
            names.append(open_scene(directory.path).name)

    train(directory, capture, look)
    assert names == [capture.name]


def test_two_processes_do_not_train_one_run(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    assert not directory.is_running()
    with directory.lock():
        assert directory.is_running()
        with pytest.raises(RunError, match=r"another process .* trains this run"):
            train(RunDirectory(directory.path), capture)
    assert not directory.is_running()


def test_a_state_that_only_a_living_process_has_is_not_believed_of_a_dead_one(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run", capture)
    directory.write_status(replace(directory.read_status_file(), state="training", pid=4))
    assert directory.read_status().state == "interrupted"
    with directory.lock():
        assert directory.read_status().state == "training"


def test_a_run_is_not_overwritten_unless_it_is_asked_for(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    config = RunConfig(Path("somewhere"), TINY_MODEL, TrainingConfig(), OPTIONS)
    with pytest.raises(RunError, match=r"holds a training run already.*--resume.*--force"):
        begin_run(directory, config)
    train(directory, capture)
    (directory.path / "notes.txt").write_text("mine")
    begin_run(directory, config, overwrite=True)
    assert directory.snapshots().newest() is None
    assert not directory.scene_path.exists()
    assert (directory.path / "notes.txt").read_text() == "mine"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(RunError, match="is not empty and no training run"):
            begin_run(RunDirectory(tmp_path / "other"), config, overwrite)


def test_a_folder_whose_config_is_of_something_else_is_never_overwritten(
    tmp_path: Path, capture: Capture
) -> None:
    config = RunConfig(Path("somewhere"), TINY_MODEL, TrainingConfig(), OPTIONS)
    (tmp_path / "config.json").write_text('{"architectures": ["Somebody\'s"]}')
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "party.txt").write_text("mine")
    with pytest.raises(RunError, match="is not of a training run"):
        begin_run(RunDirectory(tmp_path), config, overwrite=True)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(RunError, match="is not of a training run"):
        begin_run(RunDirectory(tmp_path), config, overwrite=True)
    assert (tmp_path / "events" / "party.txt").read_text() == "mine"
    directory = begin(tmp_path / "run", capture)
    directory.config_path.write_text("{")  # our own, broken
    begin_run(directory, config, overwrite=True)


def test_a_log_torn_by_a_kill_is_read_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = LogWriter(path)
    log.write(Finished(1, "steps"))
    log.close()
    with path.open("a") as stream:
        stream.write('{"event": "st')
    reader = LogReader(path)
    assert reader.new_events() == [Finished(1, "steps")]
    log = LogWriter(path)
    log.write(Stopped(2, "SIGINT"))
    log.close()
    assert reader.new_events() == [Stopped(2, "SIGINT")]
    assert reader.new_events() == []


def test_a_long_log_is_read_in_portions_and_a_new_one_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    writer = LogWriter(path)
    for step in range(1, 5001):
        writer.write(Noted(step, "x" * 100))
    writer.close()
    assert path.stat().st_size > 2 * PORTION_BYTES
    reader, steps = LogReader(path), []
    while events := reader.some_events():
        assert len(events) < 5000
        steps += [event.step for event in events]
    assert steps == list(range(1, 5001))
    path.unlink()
    writer = LogWriter(path)
    for step in range(6000):  # longer than the former
        writer.write(Noted(step, "y" * 100))
    writer.close()
    assert len(reader.new_events()) == 6000


def test_events_go_through_json(tmp_path: Path) -> None:
    event = Validated(3, 20.5, 0.8, ({"name": "a", "psnr": 20.5, "ssim": 0.8},), "previews/a.png")
    back = event_from_json(json.loads(json.dumps(event.to_json())))
    assert back.to_json() == json.loads(json.dumps(event.to_json()))
    assert isinstance(event_from_json({"event": "from the future", "step": 4}), UnknownEvent)
    assert isinstance(event_from_json({"event": "finished", "step": "x"}), UnknownEvent)


def test_leftovers_of_a_killed_writer_are_removed(tmp_path: Path, capture: Capture) -> None:
    directory = begin(tmp_path / "run", capture)
    with atomic_file(directory.scene_path) as temporary:
        temporary.write_bytes(b"whole")
        left = temporary.with_name(f"{temporary.stem}-killed.dvox")
        left.write_bytes(b"torn")
        (directory.path / ".tmpAb12Cd").write_bytes(b"safetensors was killed too")
    with directory.lock():
        assert not left.exists()
        assert not list(directory.path.glob(".tmp*"))
    assert directory.scene_path.read_bytes() == b"whole"


def test_a_sampling_pattern_leaves_training_views_out(capture: Capture) -> None:
    assert select_training_views(capture, "all") == capture
    third = select_training_views(capture, "skip_2")
    assert [view.name for view in third.split("train")] == ["000000", "000003"]
    assert third.split("test") == capture.split("test")
    with pytest.raises(CaptureError, match="leaves 1 training view"):
        select_training_views(capture, "skip_9")
    with pytest.raises(UserError, match="write all, or skip_N"):
        select_training_views(capture, "every_2")


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"steps": 0}, "--steps 0"), ({"minutes": 0.0}, "--minutes"), ({"minutes": math.nan}, "nan")],
)
def test_impossible_options_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        RunOptions(**changes)
