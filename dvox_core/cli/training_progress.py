"""Shows a training run on the terminal: a bar, and a line for what matters."""

import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm

from dvox_core.training.run import events
from dvox_core.training.run.events import Event, StepDone
from dvox_core.training.run.run_config import RunOptions


class TrainingProgress:
    """Listens to a run. The bar counts steps, or seconds where only minutes end the run."""

    def __init__(self, options: RunOptions) -> None:
        self._by_steps = options.steps is not None
        total: float = options.steps if options.steps is not None else 60 * (options.minutes or 0)
        form = "{desc}: {percentage:3.0f}%|{bar}| {postfix} [{elapsed}<{remaining}]"
        self._bar: Any = tqdm(
            total=total, desc="Training", bar_format=form, disable=None, file=sys.stderr
        )
        self._psnr = ""

    def __enter__(self) -> "TrainingProgress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def show(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, StepDone):
            self._move(event)
            return
        line = describe(event)
        if line:
            tqdm.write(line, file=sys.stderr)
        if isinstance(event, events.Validated):
            self._psnr = f", {event.psnr:.2f} dB"

    def _move(self, step: StepDone) -> None:
        reached = step.step if self._by_steps else step.elapsed_seconds
        self._bar.set_postfix_str(
            f"step {step.step}, L1 {step.l1_loss:.4f}{self._psnr}, "
            f"{step.steps_per_second:.2f} steps/s",
            refresh=False,
        )
        self._bar.update(min(reached, self._bar.total or reached) - self._bar.n)


def describe(event: Event) -> str:
    """An event as a line for people; "" for those that come too often."""
    match event:
        case events.Started():
            return f"going on from step {event.step}" if event.resumed else ""
        case events.Noted():
            return event.message
        case events.Validated():
            return f"step {event.step}: validation PSNR {event.psnr:.2f} dB, SSIM {event.ssim:.4f}"
        case events.RolledBack():
            return (
                f"step {event.from_step}: {event.reason}; back to the snapshot of step "
                f"{event.step} with {event.learning_rate_factor:g} of the learning rate"
            )
        case events.LearningRateScaled():
            return f"step {event.step}: {event.factor:g} of the learning rate from now on"
        case events.Paused():
            return f"step {event.step}: paused"
        case events.Continued():
            return f"step {event.step}: going on"
        case events.Stopped():
            return f"step {event.step}: saved and stopped ({event.reason})"
    return ""
