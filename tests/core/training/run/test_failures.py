"""Failures of a run: one line, and everything to go on with."""

import errno
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dvox_core.data.capture import Capture
from dvox_core.errors import CaptureError, DeviceError, UserError
from dvox_core.training.run import launch, snapshots, validation
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import (
    Event,
    Failed,
    Finished,
    Noted,
    Stopped,
    Validated,
)
from dvox_core.training.run.launch import train_run
from dvox_core.training.run.run_directory import (
    LogReader,
    LogWriter,
)
from dvox_core.training.run.stop_request import StopRequest
from tests.helpers.captures import cube_capture
from tests.helpers.quick_runs import OPTIONS, begin, train
from tests.helpers.trainers import RegressionTrainer

pytestmark = pytest.mark.usefixtures("no_validation")


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
