"""What a training takes: estimated, tried in a process of its own, and refused where it is not."""

from dataclasses import replace

import pytest

from dvox_core.errors import Cancelled, UserError
from dvox_core.model.config import ModelConfig
from dvox_core.training.estimates import trial_steps as measuring
from dvox_core.training.estimates.trial_steps import (
    Measurement,
    available_memory,
    measure_trainings,
)
from dvox_core.training.presets import DIRECT, GUIDED

TINY = ModelConfig(image_size=128, grid_size=8, features=4, base_channels=6)
HUGE = ModelConfig(image_size=512, grid_size=512, features=256, base_channels=64)
IMPOSSIBLE = ModelConfig(image_size=1024, grid_size=16, features=256, base_channels=256)


def test_steps_are_measured_and_what_does_not_fit_is_not_tried() -> None:
    heard: list[tuple[int, Measurement]] = []
    trainings = [(TINY, DIRECT), (HUGE, DIRECT), (IMPOSSIBLE, DIRECT)]
    measure_trainings(trainings, "cpu", lambda *told: heard.append(told))
    first, huge, impossible, measured = (measurement for _, measurement in heard)
    assert [index for index, _ in heard] == [0, 1, 2, 0]
    assert not first.is_measured
    assert measured == replace(first, step_seconds=measured.step_seconds, is_measured=True)
    assert 0.0005 < measured.step_seconds < 5
    assert measured.fits
    assert measured.device == "cpu"
    assert 0 < measured.parameters < 1e6
    assert not huge.fits
    assert "GiB of memory, and" in huge.problem
    assert not huge.is_measured
    assert "cannot be built" in impossible.problem


def test_a_guided_training_is_measured_where_its_time_goes() -> None:
    heard: dict[int, Measurement] = {}
    model = replace(TINY, features=14, base_channels=8)
    measure_trainings([(model, GUIDED)], "cpu", heard.__setitem__)
    assert heard[0].is_measured
    assert 0.0005 < heard[0].step_seconds < 5


def test_a_cancelled_measurement_ends() -> None:
    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        measure_trainings([(TINY, DIRECT)], "cpu", lambda *told: None, cancel)


def test_a_device_that_is_not_there_gives_one_line() -> None:
    import torch

    if torch.backends.mps.is_available():
        pytest.skip("this machine has the device")
    with pytest.raises(UserError, match="MPS was asked for"):
        measure_trainings([(TINY, DIRECT)], "mps", lambda *told: None)


def test_a_trial_that_is_killed_marks_the_training_it_tried(monkeypatch) -> None:
    known = {
        "parameters": 1,
        "memory_bytes": 2,
        "available_bytes": 3,
        "step_seconds": 0.1,
        "device": "cpu",
    }

    def die(module, request, heard, poll, niceness) -> None:
        heard({"measurement": (0, known)})
        heard({"measurement": (1, known)})
        heard({"trying": 1})
        raise measuring.ProcessEndedError(module, -9, "")

    monkeypatch.setattr(measuring, "run_in_child_process", die)
    heard: dict[int, Measurement] = {}
    measure_trainings([(TINY, DIRECT)] * 2, "cpu", heard.__setitem__)
    assert heard[0].fits
    assert heard[1].problem.startswith("a trial ended in a crash (code -9)")


def test_free_memory_is_known_here() -> None:
    assert 2**20 < available_memory("cpu") < 2**50
