"""How a training run stands, and how events change that."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dvox_core.training.run import events
from dvox_core.training.run.events import Event, StepDone, Validated

ACTIVE = ("starting", "training", "paused")
"""States that only a living process can be in."""


@dataclass(frozen=True)
class Status:
    """How a run stands.

    Attributes:
        state: "new", "starting", "training", "paused", "stopped", "finished", "failed", or
            "interrupted" where the process ended without a word.
        steps, eta_seconds: None where not known.
        elapsed_seconds: training time so far, pauses left out.
        losses: of the last step.
        psnr, ssim: of the last validation at `validated_step`; None before the first.
        best_psnr, best_step: the best validation so far, of steps that still count.
        nearest_psnr: what the nearest training pictures score on the same views.
        learning_rate_factor: against the configuration's learning rates.
        host: name of the machine that it runs on, or ran on last.
        memory_mb, gpu_memory_mb: of the process; cpu_percent: 100 is one core.
        stage: what is being trained, for people; "" where the recipe has one stage only.
        message: one line for people, of a failure or a warning.
        updated: seconds since 1970.
    """

    state: str = "new"
    pid: int = 0
    step: int = 0
    steps: int | None = None
    elapsed_seconds: float = 0.0
    steps_per_second: float = 0.0
    eta_seconds: float | None = None
    losses: Mapping[str, float] = field(default_factory=dict)
    psnr: float | None = None
    ssim: float | None = None
    validated_step: int | None = None
    best_psnr: float | None = None
    best_step: int | None = None
    nearest_psnr: float | None = None
    learning_rate_factor: float = 1.0
    snapshot_step: int | None = None
    device: str = ""
    memory_mb: float = 0.0
    gpu_memory_mb: float = 0.0
    cpu_percent: float = 0.0
    stage: str = ""
    message: str = ""
    host: str = ""
    updated: float = 0.0


def status_after(status: Status, event: Event) -> Status:
    """The status once `event` has happened."""
    status = replace(status, step=event.step)
    match event:
        case events.Started():
            # What was said of the process before, which may have crashed, is over.
            status = _without_undone(status, event.step)
            return replace(status, state="training", device=event.device, message="")
        case StepDone():
            return replace(
                status,
                losses=dict(event.losses),
                steps_per_second=event.steps_per_second,
                elapsed_seconds=event.elapsed_seconds,
            )
        case Validated():
            status = replace(
                status,
                psnr=event.psnr,
                ssim=event.ssim,
                validated_step=event.step,
                nearest_psnr=event.nearest_psnr,
            )
            if event.is_of_scene and event.psnr > (status.best_psnr or -math.inf):
                return replace(status, best_psnr=event.psnr, best_step=event.step)
            return status
        case events.StageBegan():
            return replace(status, stage=event.stage)
        case events.SnapshotSaved():
            return replace(status, snapshot_step=event.step)
        case events.RolledBack():
            message = f"went back from step {event.from_step} to {event.step}: {event.reason}"
            factor = event.learning_rate_factor
            status = _without_undone(status, event.step)
            return replace(status, learning_rate_factor=factor, message=message)
        case events.LearningRateScaled():
            return replace(status, learning_rate_factor=event.factor)
        case events.Paused():
            return replace(status, state="paused")
        case events.Continued():
            return replace(status, state="training")
        case events.Stopped():
            return replace(status, state="stopped")
        case events.Finished():
            return replace(status, state="finished")
        case events.Failed():
            return replace(status, state="failed", message=event.message)
    return status


def _without_undone(status: Status, step: int) -> Status:
    """Without a best score of steps after `step`, which were thrown away."""
    if status.best_step is not None and status.best_step > step:
        return replace(status, best_psnr=None, best_step=None)
    return status
