"""A run's curves: what counts, smoothing, and few points that look like many."""

import time

import numpy as np
import pytest

from dvox_core.training.run.events import (
    Event,
    RolledBack,
    SnapshotSaved,
    Started,
    StepDone,
    Validated,
)
from dvox_core.training.run.history import Curve, RunHistory
from dvox_core.training.run.run_directory import counted_events


def step(number: int, loss: float = 1.0, adversarial: float | None = None) -> StepDone:
    return StepDone(number, loss, loss / 2, adversarial, None, 1e-3, 100.0, 10.0, number / 10)


def curve(values: list[float]) -> Curve:
    return Curve(np.arange(1.0, len(values) + 1), np.array(values, dtype=float))


def test_curves_are_gathered_by_name_and_losses_that_there_are_not_stay_away() -> None:
    history = RunHistory()
    history.add([Started(0, False, "cpu"), step(1, 3.0), step(2, 2.0)])
    history.add([Validated(2, 20.0, 0.5, (), "", "", {"grid_norm": {"mean": 0.5}})])
    history.add([SnapshotSaved(2, "snapshots/x.pt")])
    assert history.last_step == 2
    np.testing.assert_array_equal(history.curve("generator").values, [3.0, 2.0])
    np.testing.assert_array_equal(history.curve("psnr").values, [20.0])
    np.testing.assert_array_equal(history.curve("grid_norm mean").values, [0.5])
    assert len(history.curve("adversarial")) == 0
    assert "adversarial" not in history.names
    assert {"generator", "l1", "psnr", "ssim", "grid_norm mean"} <= set(history.names)
    assert history.snapshot_steps == (2,)


def test_what_was_undone_does_not_count_any_more() -> None:
    events: list[Event] = [
        Started(0, False, "cpu"),
        *(step(number, number) for number in range(1, 501)),
        SnapshotSaved(300, "a"),
        Validated(450, 20.0, 0.5),
        RolledBack(300, 500, 0.5, "the loss is NaN"),
        *(step(number, 1000 + number) for number in range(301, 320)),
        Started(310, True, "cpu"),
        step(311, 7.0),
    ]
    history = RunHistory()
    history.add(events)
    counted = [event for event in counted_events(events) if isinstance(event, StepDone)]
    found = history.curve("generator")
    np.testing.assert_array_equal(found.steps, [event.step for event in counted])
    np.testing.assert_array_equal(found.values, [event.generator_loss for event in counted])
    assert history.snapshot_steps == (300,)
    assert len(history.curve("psnr")) == 0


def test_a_curve_that_was_handed_out_never_changes() -> None:
    history = RunHistory()
    history.add(step(number, number) for number in range(1, 1001))
    before = history.curve("generator")
    copy = before.values.copy()
    history.add([RolledBack(500, 1000, 0.5, "")])
    history.add(step(number, -1.0) for number in range(501, 3000))
    np.testing.assert_array_equal(before.values, copy)


def test_smoothing_is_a_moving_average_without_a_bias_at_the_beginning() -> None:
    values = [4.0, 2.0, 6.0, 1.0]
    weight = 0.9
    average, expected = 0.0, []
    for count, value in enumerate(values, 1):
        average = weight * average + (1 - weight) * value
        expected.append(average / (1 - weight**count))
    np.testing.assert_allclose(curve(values).smoothed(weight).values, expected)
    np.testing.assert_array_equal(curve(values).smoothed(0.0).values, values)
    assert curve([5.0] * 50).smoothed(0.99).values == pytest.approx([5.0] * 50)


def test_thinning_keeps_the_ends_and_every_extreme_of_a_bin() -> None:
    random = np.random.default_rng(0)
    full = curve(list(random.normal(size=10_000)))
    thin = full.thinned(200)
    assert len(thin) <= 402
    assert thin.steps[0] == 1
    assert thin.steps[-1] == 10_000
    assert thin.values.max() == full.values.max()
    assert thin.values.min() == full.values.min()
    assert (np.diff(thin.steps) > 0).all()
    for index in range(200):  # the plain way
        part = full.values[index * 50 : (index + 1) * 50]
        inside = (thin.steps > index * 50) & (thin.steps <= (index + 1) * 50)
        assert thin.values[inside].min() == part.min()
        assert thin.values[inside].max() == part.max()
    assert curve([1.0, 2.0]).thinned(10).values.tolist() == [1.0, 2.0]


def test_a_part_of_a_curve_reaches_beyond_what_is_looked_at() -> None:
    part = curve([float(number) for number in range(100)]).between(20, 30)
    assert part.steps[0] == 19
    assert part.steps[-1] == 31
    assert len(curve([]).between(0, 1)) == 0


def test_a_hundred_thousand_steps_are_gathered_quickly() -> None:
    events = [step(number, number) for number in range(1, 100_001)]
    history = RunHistory()
    started = time.process_time()
    history.add(events)
    history.curve("generator").smoothed(0.9).thinned(500)
    assert time.process_time() - started < 3  # 0.3 s here
