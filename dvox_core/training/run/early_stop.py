"""Decides from the validation score when training has stopped to gain."""

import math
from dataclasses import dataclass, replace

MIN_GAIN_DB = 0.02
"""A smaller gain over the best score so far does not count as progress."""


@dataclass(frozen=True)
class EarlyStop:
    """How long the score has not risen.

    Attributes:
        patience: evaluations without progress after which to stop; 0 never stops.
        best_psnr: the best validation PSNR so far in dB, −∞ before the first.
        best_step: the step it was reached at.
        waited: steps evaluated since then.
        last_step: the step that was evaluated last, −1 before the first.
    """

    patience: int = 0
    best_psnr: float = -math.inf
    best_step: int = 0
    waited: int = 0
    last_step: int = -1

    def after(self, psnr: float, step: int) -> "EarlyStop":
        """The state after another evaluation; one of the same step again is no sign of a halt."""
        if psnr > self.best_psnr + MIN_GAIN_DB:
            return EarlyStop(self.patience, psnr, step, 0, step)
        waited = self.waited + (step != self.last_step)
        return replace(self, waited=waited, last_step=step)

    def with_best_kept(self, psnr: float, step: int) -> "EarlyStop":
        """The state where the scene that is kept as the best one is of another step.

        It is when a run goes back to a snapshot from before its best step, or when scores were
        not compared for a while. The kept scene decides, so that none worse takes its place.
        """
        if step == self.best_step:
            return self
        return EarlyStop(self.patience, psnr, step, 0, self.last_step)

    def with_none_kept(self) -> "EarlyStop":
        """The state where no scene is kept: the next evaluation is the best one."""
        return EarlyStop(self.patience, last_step=self.last_step)

    @property
    def should_stop(self) -> bool:
        """Whether patience is at its end."""
        return 0 < self.patience <= self.waited
