"""Seconds to a quality are those of training alone, by a clock that the test turns."""

from typing import Any, cast

import pytest

from dvox_core.training.config import TrainingConfig
from dvox_core.training.estimates.time_to_quality import recipes, time_to_quality
from dvox_core.training.trainers.trainer import Trainer


class FakeTraining:
    """Each step takes two seconds, each score a hundred; the score is seconds trained / 10."""

    def __init__(self, shown_from: int = 0) -> None:
        self.now = 0.0
        self.step_number = 0
        self.shares: list[float] = []
        self._shown_from = shown_from

    def step(self, progress: float) -> None:
        self.shares.append(progress)
        self.now += 2
        self.step_number += 1

    def previewer(self) -> Any:
        return None if self.step_number >= self._shown_from else self

    def score(self) -> float:
        self.now += 100
        return 2 * self.step_number / 10

    def measure(self, seconds: float) -> Any:
        return time_to_quality(
            "direct",
            cast(Trainer, self),
            self.score,
            seconds=seconds,
            clock=lambda: self.now,
        )


def test_the_time_of_scoring_does_not_count_and_the_last_goal_ends_it() -> None:
    training = FakeTraining()
    result = training.measure(1000)
    # Scored at 10, 20, … 200 seconds, then every twentieth of the time, as steps of 2 seconds fall.
    assert result.seconds[24.0] == pytest.approx(240, abs=14)
    assert result.seconds[26.0] == pytest.approx(260, abs=14)
    assert result.trained_seconds == result.seconds[26.0] == 2 * result.steps
    assert result.psnr >= 26
    assert training.shares[:3] == [0, 0.002, 0.004]


def test_a_goal_out_of_reach_is_none_and_the_end_is_scored() -> None:
    result = FakeTraining().measure(250)
    assert result.seconds[24.0] == pytest.approx(240, abs=14)
    assert result.seconds[26.0] is None
    assert result.trained_seconds == 250
    assert result.psnr == 25
    json = result.to_json()
    assert json["seconds"]["26"] is None


def test_what_is_watched_by_a_preview_is_scored_at_the_end_at_most() -> None:
    training = FakeTraining(shown_from=10**6)
    result = training.measure(100)
    assert training.now == 100 + 100
    assert result.psnr == 10


def test_the_recipes_are_the_authors_order_of_work_direct_and_guided() -> None:
    chosen = recipes()
    assert list(chosen) == ["paper", "direct", "guided"]
    assert chosen["paper"] == TrainingConfig(recipe="paper", steps=100_000, step="plain")
