"""How a run's events change its status."""

from dvox_core.training.run.events import RolledBack, Started, Validated
from dvox_core.training.run.status import Status, status_after


def after(*events) -> Status:
    status = Status(message="the process was killed")
    for event in events:
        status = status_after(status, event)
    return status


def test_a_best_score_of_steps_that_were_thrown_away_counts_no_more() -> None:
    first, second = Validated(10, 20.0, 0.8), Validated(20, 25.0, 0.9)
    kept = after(first, second)
    assert (kept.best_psnr, kept.best_step) == (25.0, 20)
    assert after(first, second, RolledBack(15, 22, 0.5, "the loss is nan")).best_psnr is None
    assert after(first, second, Started(20, True, "cpu")).best_psnr == 25.0
    again = after(first, second, Started(12, True, "cpu"), Validated(20, 22.0, 0.85))
    assert (again.best_psnr, again.best_step) == (22.0, 20)


def test_a_resumed_run_says_nothing_of_how_its_process_ended_before() -> None:
    assert after(Started(10, True, "cpu")).message == ""
