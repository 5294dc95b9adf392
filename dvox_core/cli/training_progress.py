"""Shows a training run on the terminal: a bar, and a line for what matters."""

import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm

from dvox_core.training.run import events
from dvox_core.training.run.event_text import event_text
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
        line = _line(event)
        if line:
            tqdm.write(line, file=sys.stderr)
        if isinstance(event, events.Validated):
            self._psnr = f", {event.psnr:.2f} dB"

    def _move(self, step: StepDone) -> None:
        reached = step.step if self._by_steps else step.elapsed_seconds
        stage = f"{step.stage}, " if step.stage else ""
        self._bar.set_postfix_str(
            f"{stage}step {step.step}, L1 {step.l1_loss:.4f}{self._psnr}, "
            f"{step.steps_per_second:.2f} steps/s",
            refresh=False,
        )
        self._bar.update(min(reached, self._bar.total or reached) - self._bar.n)


def _line(event: Event) -> str:
    """The event's line, unless the bar or the command itself says as much."""
    match event:
        case events.SnapshotSaved() | events.Finished() | events.Failed():
            return ""
        case events.Started(resumed=False):
            return ""
    return event_text(event)
