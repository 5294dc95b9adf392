"""What a run knows beside its trainer, saved with it in every snapshot."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dvox_core.training.run.early_stop import EarlyStop


@dataclass
class RunProgress:
    """How far a run is.

    Attributes:
        elapsed_seconds: training time so far, pauses left out.
        learning_rate_factor: against the configuration's learning rates.
        scored_step, score_db: the step that was validated last, and its mean PSNR in dB; None
            before the first.
    """

    elapsed_seconds: float = 0.0
    learning_rate_factor: float = 1.0
    early_stop: EarlyStop = field(default_factory=EarlyStop)
    scored_step: int | None = None
    score_db: float | None = None

    def state(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def load(self, state: Mapping[str, Any], patience: int) -> None:
        """Go on from `state()`, with the patience of now."""
        self.elapsed_seconds = float(state["elapsed_seconds"])
        self.learning_rate_factor = float(state["learning_rate_factor"])
        self.early_stop = replace(EarlyStop(**state["early_stop"]), patience=patience)
        self.scored_step = state.get("scored_step")
        self.score_db = state.get("score_db")

    def take_score(self, psnr: float, step: int) -> bool:
        """Count an evaluation; whether it is the best so far."""
        self.scored_step, self.score_db = step, psnr
        self.early_stop = self.early_stop.after(psnr, step)
        return self.early_stop.best_psnr == psnr and self.early_stop.best_step == step

    def score_of(self, step: int) -> float | None:
        """The mean PSNR of a step in dB; None where it was not measured."""
        return self.score_db if self.scored_step == step else None
