"""Decides from the validation score when training has stopped to gain."""

import math
from dataclasses import dataclass

MIN_GAIN_DB = 0.02
"""A smaller gain over the best score so far does not count as progress."""


@dataclass(frozen=True)
class EarlyStop:
    """How long the score has not risen.

    Attributes:
        patience: evaluations without progress after which to stop; 0 never stops.
        best_psnr: the best validation PSNR so far in dB, −∞ before the first.
        best_step: the step it was reached at.
        waited: evaluations since then.
    """

    patience: int = 0
    best_psnr: float = -math.inf
    best_step: int = 0
    waited: int = 0

    def after(self, psnr: float, step: int) -> "EarlyStop":
        """The state after another evaluation."""
        if psnr > self.best_psnr + MIN_GAIN_DB:
            return EarlyStop(self.patience, psnr, step, 0)
        return EarlyStop(self.patience, self.best_psnr, self.best_step, self.waited + 1)

    @property
    def should_stop(self) -> bool:
        """Whether patience is at its end."""
        return 0 < self.patience <= self.waited
