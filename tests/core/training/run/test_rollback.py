"""What is not finite goes back to the last good snapshot."""

import math
import time
from pathlib import Path

import pytest

from dvox_core.data.capture import Capture
from dvox_core.errors import CheckpointError
from dvox_core.training.run import snapshots, validation
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import (
    Event,
    Finished,
    RolledBack,
)
from dvox_core.training.run.run_directory import (
    RunDirectory,
    RunError,
)
from tests.helpers.quick_runs import begin, losses, train

pytestmark = pytest.mark.usefixtures("no_validation")


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
