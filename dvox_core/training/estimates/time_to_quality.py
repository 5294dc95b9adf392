"""How long each recipe trains on this machine until held-out views are as good as wanted."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from dvox_core.data.capture import Capture
from dvox_core.errors import CaptureError, UserError
from dvox_core.model.config import ModelConfig
from dvox_core.rendering.create import Device, create_renderer
from dvox_core.rendering.scores import load_scored, mean_score, score_against
from dvox_core.training.config import TrainingConfig
from dvox_core.training.presets import DIRECT, GUIDED, find_preset
from dvox_core.training.steps.acceleration import bfloat16_is_real
from dvox_core.training.trainers.create import create_trainer
from dvox_core.training.trainers.trainer import Trainer

GOALS_DB = (24.0, 26.0)
PRESET = "small"
"""Whose sizes all recipes train."""

VIEWS = 8
"""Test views that are scored, evenly spaced."""

FIRST_SCORE_SECONDS = 10.0
SCORE_EVERY = 0.05
"""Share of the time trained so far from one score to the next."""


@dataclass(frozen=True)
class TimeToQuality:
    """What one recipe reached.

    Attributes:
        seconds: of training alone until a score of the goal, by goal in decibels; None: not
            reached. Scores come every 10 seconds at first, every twentieth of the time later.
        psnr: the last score, decibels.
        trained_seconds: until then.
    """

    recipe: str
    seconds: dict[float, float | None]
    psnr: float
    trained_seconds: float
    steps: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "recipe": self.recipe,
            "seconds": {f"{goal:g}": value for goal, value in self.seconds.items()},
            "psnr": self.psnr,
            "trained_seconds": self.trained_seconds,
            "steps": self.steps,
        }


def recipes() -> dict[str, TrainingConfig]:
    """By name: the authors' recipe in their order of work, direct, guided."""
    paper = replace(find_preset("paper").training, step="plain")
    return {"paper": paper, "direct": DIRECT, "guided": GUIDED}


def time_to_quality(
    recipe: str,
    trainer: Trainer,
    score: Callable[[], float],
    *,
    seconds: float,
    goals: tuple[float, ...] = GOALS_DB,
    clock: Callable[[], float] = time.perf_counter,
    progress: Callable[[float], None] = lambda share: None,
) -> TimeToQuality:
    """Train until the last goal is reached or the time is over; scoring is no training time.

    Args:
        trainer: fresh. Its learning rates are planned for `seconds`.
        score: decibels of what the trainer would show now.
        progress: is told the share of the time that is over.
    """
    reached: dict[float, float | None] = dict.fromkeys(goals)
    trained, next_score, psnr = 0.0, FIRST_SCORE_SECONDS, float("nan")
    while trained < seconds and None in reached.values():
        start = clock()
        trainer.step(trained / seconds)
        trained += clock() - start
        progress(min(trained / seconds, 1.0))
        if trained < min(next_score, seconds):
            continue
        next_score = trained + max(FIRST_SCORE_SECONDS, SCORE_EVERY * trained)
        if trainer.previewer() is not None and trained < seconds:
            continue  # the networks have not begun
        psnr = score()
        for goal in goals:
            if psnr >= goal and reached[goal] is None:
                reached[goal] = trained
    return TimeToQuality(recipe, reached, psnr, trained, trainer.step_number)


def measure_recipe(
    recipe: str,
    capture: Capture,
    device: torch.device,
    minutes: float,
    progress: Callable[[float], None] = lambda share: None,
) -> TimeToQuality:
    """`time_to_quality` of one of `recipes` at the sizes of the preset "small".

    Raises:
        UserError: no minutes, or the capture has no test views.
    """
    if not minutes > 0:
        raise UserError(f"--minutes {minutes:g}: must be above 0")
    model = find_preset(PRESET).model
    views = capture.split("test")
    if not views:
        raise CaptureError(f"{capture.name}: has no test views to score by")
    training = recipes()[recipe]
    if bfloat16_is_real(device) and recipe != "paper":
        training = replace(training, precision="bfloat16")
    trainer = create_trainer(capture, model, training, device)
    chosen = np.unique(np.linspace(0, len(views) - 1, VIEWS).astype(int))
    scorer = _Scorer(trainer, tuple(views[number] for number in chosen), model, device)
    return time_to_quality(recipe, trainer, scorer.score, seconds=60 * minutes, progress=progress)


class _Scorer:
    """Scores what a trainer shows on some views."""

    def __init__(
        self, trainer: Trainer, views: tuple[Any, ...], model: ModelConfig, device: torch.device
    ) -> None:
        self._trainer, self._device = trainer, device
        self._scored = load_scored(views, model.image_size)

    def score(self) -> float:
        """The mean, decibels."""
        kind: Device = "cuda" if self._device.type == "cuda" else "cpu"
        with torch.random.fork_rng():
            renderer = create_renderer(self._trainer.scene(), kind, "float32")
            try:
                scores = [
                    score_against(renderer.render(view.camera).picture, truth)
                    for view, truth in self._scored
                ]
            finally:
                renderer.close()
        return mean_score(scores).psnr
