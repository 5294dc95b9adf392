"""Commands and signals to a run: pause, save, scale, stop."""

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dvox_core.data.capture import Capture
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import (
    Event,
    Stopped,
)
from dvox_core.training.run.stop_request import StopRequest, stop_on_signals
from tests.helpers.quick_runs import OPTIONS, begin, train

pytestmark = pytest.mark.usefixtures("no_validation")


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
