"""Training that gives way to a hand in a window."""

import os
import threading
import time
from pathlib import Path

import pytest

from dvox_core.training.config import TrainingConfig
from dvox_core.training.run import pause_for_viewer as yielding
from dvox_core.training.run.commands import Command, CommandBox
from dvox_core.training.run.events import Event, Finished, StepDone, Validated
from dvox_core.training.run.launch import begin_run, train_run
from dvox_core.training.run.pause_for_viewer import ViewerBusyFile
from dvox_core.training.run.run_config import RunConfig, RunOptions
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.validation import Validation
from tests.helpers.captures import cube_capture
from tests.helpers.trainers import TINY_MODEL, RegressionTrainer


@pytest.fixture
def sign(tmp_path: Path) -> ViewerBusyFile:
    return ViewerBusyFile(tmp_path / "control")


def never() -> bool:
    return False


def test_a_hand_that_moves_is_seen_from_another_sign_and_grows_old(
    sign: ViewerBusyFile, tmp_path: Path
) -> None:
    other = ViewerBusyFile(tmp_path / "control")
    assert not other.is_fresh
    assert other.wait(never) == 0
    sign.touch()
    assert other.is_fresh
    old = time.time() - yielding.FRESH_S - 0.1
    os.utime(tmp_path / "control" / ".viewer-busy", (old, old))
    assert not other.is_fresh
    sign.remove()
    sign.touch()
    assert other.is_fresh
    sign.remove()
    assert not other.is_fresh


def test_a_sign_of_the_future_holds_nobody_up(sign: ViewerBusyFile, tmp_path: Path) -> None:
    sign.touch()
    future = time.time() + 3600
    os.utime(tmp_path / "control" / ".viewer-busy", (future, future))
    assert not sign.is_fresh


def test_the_sign_is_no_command_and_commands_leave_it_alone(
    sign: ViewerBusyFile, tmp_path: Path
) -> None:
    box = CommandBox(tmp_path / "control")
    sign.touch()
    box.send(Command("save"))
    assert [command.name for command in box.take()] == ["save"]
    assert sign.is_fresh


def test_waiting_ends_when_the_hand_rests_when_told_and_in_any_case(
    sign: ViewerBusyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign.touch()
    rest = threading.Timer(0.1, sign.remove)
    rest.start()
    assert 0.05 < sign.wait(never) < 5
    rest.join()
    sign.touch()
    assert sign.wait(lambda: True) == 0
    monkeypatch.setattr(yielding, "LONGEST_S", 0.1)
    sign.remove()
    sign.touch()
    assert 0.1 <= sign.wait(never) < 5


def test_a_sign_that_cannot_be_written_is_silent(tmp_path: Path) -> None:
    gone = ViewerBusyFile(tmp_path / "no" / "run" / "control")
    gone.touch()
    gone.remove()
    assert not (tmp_path / "no").exists()


def test_a_run_does_no_step_while_the_hand_moves_and_the_wait_is_no_training_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Validation, "run", lambda self, scene, directory, step, cancelled: Validated(step, 20, 0.5)
    )
    capture = cube_capture(tmp_path / "cube", train=2, test=1)
    directory = RunDirectory(tmp_path / "run")
    options = RunOptions(steps=6, log_seconds=0.0, device="cpu")
    begin_run(directory, RunConfig(tmp_path / "cube", TINY_MODEL, TrainingConfig(), options))
    window = ViewerBusyFile(directory.path / "control")
    steps: dict[int, StepDone] = {}
    came: dict[int, float] = {}
    rests = threading.Timer(0.5, window.remove)

    def listen(event: Event) -> None:
        if isinstance(event, StepDone):
            steps[event.step], came[event.step] = event, time.monotonic()
            if event.step == 3:
                window.touch()
                rests.start()

    ending = train_run(directory, capture, listen, make_trainer=RegressionTrainer)
    rests.join()
    assert isinstance(ending, Finished)
    assert came[4] - came[3] >= 0.5
    trained = steps[4].elapsed_seconds - steps[3].elapsed_seconds
    assert came[4] - came[3] - trained >= 0.4
