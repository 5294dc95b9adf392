"""Every way in which a run ends, then resumed once and twice: nothing lost, no score false."""

import errno
import multiprocessing
import os
import signal
from pathlib import Path

import pytest
import torch

from dvox_core.checkpoints.opening import open_scene
from dvox_core.checkpoints.scene_file import read_scene
from dvox_core.data.capture import Capture
from dvox_core.errors import UserError
from dvox_core.model.loading import INPAINTED_GRID
from dvox_core.training.run import run as run_module
from dvox_core.training.run import run_scenes, snapshots, validation
from dvox_core.training.run.commands import Command
from dvox_core.training.run.early_stop import EarlyStop
from dvox_core.training.run.events import Event, Finished, Noted, StepDone, Validated
from dvox_core.training.run.launch import train_run
from dvox_core.training.run.run_directory import LogReader, RunDirectory, counted_events
from dvox_core.training.run.stop_request import StopRequest
from tests.helpers.captures import cube_capture
from tests.helpers.runs import prepared_run
from tests.helpers.trainers import RegressionTrainer

BEST_STEP = 5
END = 9
LONGER = 13


def score(step: int) -> float:
    """The faked PSNR in dB: it rises to `BEST_STEP` and falls from there."""
    return 25.0 - 0.5 * abs(step - BEST_STEP)


def fake_validation(self, scene, directory, step, is_cancelled) -> Validated:
    return Validated(step, score(step), 0.5)


class QuickTrainer(RegressionTrainer):
    """Its scene has its grid inpainted already, so that writing it takes a moment."""

    def __init__(self, *arguments, **rest) -> None:
        super().__init__(*arguments, **rest)
        self._scene_weights[INPAINTED_GRID] = self._scene_weights["grid"].clone()


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return cube_capture(tmp_path_factory.mktemp("cube"), train=4, validation=1, test=1)


@pytest.fixture(autouse=True)
def faked_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is scored and saved, whatever that takes."""
    monkeypatch.setattr(validation.Validation, "run", fake_validation)
    monkeypatch.setattr(run_module, "LARGEST_COST", 1e9)


def begin(path: Path, **options) -> RunDirectory:
    chosen = {"steps": END, "patience": 100, "validation_minutes": 0.0, "snapshot_minutes": 0.0}
    return prepared_run(path, **chosen | options)


def train(directory: RunDirectory, capture: Capture, listener=lambda event: None, **rest) -> Event:
    torch.manual_seed(0)
    return train_run(directory, capture, listener, make_trainer=QuickTrainer, **rest)


def go_on(directory: RunDirectory, capture: Capture, **options) -> Event:
    """Resume, with other options where some are given."""
    content = directory.read_config()
    content["run"].update(options)
    directory.write_config(content)
    return train(directory, capture)


# The ways to end


def by_steps(directory: RunDirectory, capture: Capture) -> None:
    assert train(directory, capture) == Finished(END, "steps")


def by_minutes(directory: RunDirectory, capture: Capture) -> None:
    content = directory.read_config()
    content["run"].update(steps=None, minutes=1e-9)
    directory.write_config(content)
    ending = train(directory, capture)
    assert isinstance(ending, Finished)
    assert ending.reason == "minutes"


def by_patience(directory: RunDirectory, capture: Capture) -> None:
    assert go_on(directory, capture, patience=3) == Finished(BEST_STEP + 3, "no progress")
    assert open_scene(directory.path).training["steps"] == BEST_STEP


def by_command(directory: RunDirectory, capture: Capture) -> None:
    def command(event: Event) -> None:
        if event.step == END - 2:
            directory.commands.send(Command("stop"))

    assert train(directory, capture, command).step >= END - 2


def by_request(directory: RunDirectory, capture: Capture) -> None:
    stop = StopRequest()

    def ask(event: Event) -> None:
        if event.step == END - 2:
            stop.set("SIGTERM")

    assert train(directory, capture, ask, stop=stop).step == END - 2


def by_interrupt(directory: RunDirectory, capture: Capture) -> None:
    def interrupt(event: Event) -> None:
        if event.step == END - 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(directory, capture, interrupt)


def by_fault(directory: RunDirectory, capture: Capture) -> None:
    def fail(event: Event) -> None:
        if event.step == END - 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(directory, capture, fail)
    assert directory.read_status().state == "failed"


def by_full_disk(directory: RunDirectory, capture: Capture) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(snapshots, "_save", fails_after(snapshots._save, END - 2))
        with pytest.raises(UserError, match="No space left"):
            train(directory, capture)


def by_full_disk_at_the_best_scene(directory: RunDirectory, capture: Capture) -> None:
    def full(path: Path, scene) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(event: Event) -> None:
        if event.step == BEST_STEP - 1:
            patched.setattr(run_scenes, "write_scene", full)

    with pytest.MonkeyPatch.context() as patched, pytest.raises(UserError, match="No space left"):
        train(directory, capture, fill)


def by_kill(directory: RunDirectory, capture: Capture) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "torch._dynamo"])
    child = context.Process(target=train_and_die, args=(directory.path, capture))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert directory.read_status().state == "interrupted"


def train_and_die(path: Path, capture: Capture) -> None:
    """In a process of its own."""
    torch.set_num_threads(1)
    validation.Validation.run = fake_validation
    run_module.LARGEST_COST = 1e9

    def die(event: Event) -> None:
        if event.step == END - 2:
            os.kill(os.getpid(), signal.SIGKILL)

    train(RunDirectory(path), capture, die)


def fails_after(save, step: int):
    def saved(state: dict, path: Path) -> None:
        if state["trainer"]["step_number"] > step:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(state, path)

    return saved


ENDINGS = [
    by_steps,
    by_minutes,
    by_patience,
    by_command,
    by_request,
    by_interrupt,
    by_fault,
    by_full_disk,
    by_full_disk_at_the_best_scene,
    pytest.param(
        by_kill, marks=pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")
    ),
]


def check(directory: RunDirectory, former_best: float) -> float:
    """What must hold of a run at every moment; its best score in dB."""
    for path in (directory.scene_path, directory.best_scene_path):
        if path.is_file():
            training = read_scene(path).training
            assert training.get("validation_psnr") in (None, score(training["steps"]))
    newest = directory.snapshots().newest()
    assert newest is not None
    best = former_best
    if directory.best_scene_path.is_file():
        best = read_scene(directory.best_scene_path).training["validation_psnr"]
    assert best >= former_best
    assert not list(directory.path.rglob(".*-*"))
    return best


def losses(directory: RunDirectory) -> dict[int, float]:
    events = counted_events(LogReader(directory.log_path).new_events())
    return {event.step: event.generator_loss for event in events if isinstance(event, StepDone)}


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory, capture: Capture) -> dict[int, float]:
    """The losses of a run that nothing came between."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(validation.Validation, "run", fake_validation)
        patched.setattr(run_module, "LARGEST_COST", 1e9)
        directory = begin(tmp_path_factory.mktemp("through") / "run", steps=LONGER)
        train(directory, capture)
    return losses(directory)


@pytest.mark.parametrize("end", ENDINGS)
def test_a_run_that_ended_is_resumed_twice_and_loses_nothing(
    tmp_path: Path, capture: Capture, through: dict[int, float], end
) -> None:
    directory = begin(tmp_path / "run")
    end(directory, capture)
    best = check(directory, -1.0)
    ended = directory.read_status().state == "finished"
    scene = directory.scene_path.read_bytes()
    ending = go_on(directory, capture)
    best = check(directory, best)
    if ended:  # nothing was left to do, so that nothing may have changed
        assert ending.step == directory.snapshots().newest().step
        assert directory.scene_path.read_bytes() == scene
    assert isinstance(ending, Finished)
    go_on(directory, capture, steps=LONGER, minutes=None, patience=100)
    best = check(directory, best)
    assert best == score(BEST_STEP)
    assert losses(directory) == pytest.approx(through, abs=1e-9)
    assert open_scene(directory.path).training["steps"] == LONGER
    go_on(directory, capture, steps=LONGER + 5, patience=2)
    check(directory, best)
    assert open_scene(directory.path).training["steps"] == BEST_STEP


def test_a_run_ended_by_patience_keeps_its_best_scene_through_every_resume(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run")
    by_patience(directory, capture)
    for _ in range(2):  # as “Go on” suggests: it ends at once
        assert go_on(directory, capture) == Finished(BEST_STEP + 3, "no progress")
        training = open_scene(directory.path).training
        assert (training["steps"], training["validation_psnr"]) == (BEST_STEP, 25.0)
    assert go_on(directory, capture, patience=6, steps=100) == Finished(11, "no progress")
    assert open_scene(directory.path).training["steps"] == BEST_STEP
    notes = [e.message for e in LogReader(directory.log_path).new_events() if isinstance(e, Noted)]
    assert "scene.dvox is the best scene, of step 5 (25.00 dB)" in notes
    assert go_on(directory, capture, patience=0, steps=13) == Finished(13, "steps")
    training = open_scene(directory.path).training
    assert (training["steps"], training["validation_psnr"]) == (13, score(13))
    assert read_scene(directory.best_scene_path).training["steps"] == BEST_STEP


def test_the_best_scene_of_an_older_run_is_kept_when_it_goes_on(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run")
    by_patience(directory, capture)
    directory.best_scene_path.unlink()  # former versions renamed it to scene.dvox
    go_on(directory, capture, patience=100, steps=LONGER)
    assert read_scene(directory.best_scene_path).training["steps"] == BEST_STEP


def test_a_best_scene_after_the_last_snapshot_is_not_replaced_by_a_worse_one(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run", snapshot_minutes=60.0)

    def fail(event: Event) -> None:
        if event.step == END - 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(directory, capture, fail)
    assert directory.snapshots().newest().step == 0
    assert go_on(directory, capture, steps=3) == Finished(3, "steps")
    assert read_scene(directory.best_scene_path).training["steps"] == BEST_STEP


def test_patience_that_is_asked_for_later_waits_for_scores_of_its_own(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run", patience=0)
    by_steps(directory, capture)
    assert not directory.best_scene_path.exists()
    assert go_on(directory, capture, patience=3, steps=100) == Finished(END + 4, "no progress")
    assert open_scene(directory.path).training["steps"] == END + 1


def test_asking_for_validation_again_and_again_does_not_end_a_run(
    tmp_path: Path, capture: Capture
) -> None:
    directory = begin(tmp_path / "run", patience=3, steps=BEST_STEP, validation_minutes=60.0)
    asked: list[Event] = []

    def ask(event: Event) -> None:
        if event.name == "step" and event.step == 2:
            directory.commands.send(Command("pause"))
        elif isinstance(event, Validated) and event.step < BEST_STEP:
            asked.append(event)
        if event.name == "paused" or (asked and asked[-1] is event and len(asked) < 4):
            directory.commands.send(Command("validate"))
        elif asked and asked[-1] is event:
            directory.commands.send(Command("continue"))

    def slow(*arguments) -> RegressionTrainer:
        return QuickTrainer(*arguments, step_seconds=0.02)

    ending = train_run(directory, capture, ask, make_trainer=slow)
    assert ending == Finished(BEST_STEP, "steps")
    assert len({event.step for event in asked}) == 1
    assert len(asked) == 4


def test_one_step_scored_twice_counts_once() -> None:
    state = EarlyStop(patience=2).after(20, 1).after(19, 2).after(19, 2).after(19, 2)
    assert state.waited == 1
    assert state.after(19, 3).should_stop
    assert EarlyStop(2).after(20, 1).after(21, 1).best_psnr == 21
