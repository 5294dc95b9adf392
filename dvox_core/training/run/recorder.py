"""Writes what happens in a run to its directory: log, status, TensorBoard; and tells listeners."""

import importlib.util
import logging
import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dvox_core.training.run import events
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import Event, StepDone, Validated
from dvox_core.training.run.resources import ProcessorMeter, gpu_memory_mb, memory_mb
from dvox_core.training.run.run_config import RunOptions
from dvox_core.training.run.run_directory import LogWriter, RunDirectory
from dvox_core.training.run.status import status_after

log = logging.getLogger(__name__)

STATUS_SECONDS = 2.0
"""How often status.json is written while nothing but steps happens."""

COMMAND_SECONDS = 0.05
"""How often the folder of commands is looked into."""


class Recorder:
    """One writer of a run's log, status and TensorBoard events."""

    def __init__(
        self, directory: RunDirectory, listener: Callable[[Event], None], options: RunOptions
    ) -> None:
        self._directory, self._listener, self._options = directory, listener, options
        self._log = LogWriter(directory.log_path)
        self._meter = ProcessorMeter()
        self._unlogged: StepDone | None = None
        self._logged_at = self._status_at = self._commands_at = -math.inf
        self._tensorboard: Any = None
        former = directory.read_status_file()
        self._status = replace(
            former,
            state="starting",
            pid=os.getpid(),
            host=platform.node(),
            steps=options.steps,
            message="",
        )

    def record(self, event: Event) -> None:
        """Write an event to the log and the status, and tell the listener.

        Raises:
            OSError, UserError: the disk is full.
        """
        self._flush_step()
        self._status = status_after(self._status, event)
        self._write_status()  # before the log: who reads of an event finds the status after it
        self._log.write(event)
        self._to_tensorboard(event)
        self._listener(event)

    def record_step(self, step: StepDone) -> None:
        """As `record`, but at most every `log_seconds`; the last step before an event always."""
        self._unlogged = step
        now = time.monotonic()
        if now - self._logged_at >= self._options.log_seconds:
            self._flush_step()
        self.keep_alive()

    def keep_alive(self) -> None:
        """Renew the status now and then."""
        if time.monotonic() - self._status_at >= STATUS_SECONDS:
            self._write_status()

    def commands(self) -> list[Command]:
        """Commands that have come in."""
        now = time.monotonic()
        if now - self._commands_at < COMMAND_SECONDS:
            return []
        self._commands_at = now
        return self._directory.commands.take()

    def close(self) -> None:
        """Close the files."""
        self._log.close()
        if self._tensorboard is not None:
            self._tensorboard.close()

    def _flush_step(self) -> None:
        step, self._unlogged = self._unlogged, None
        if step is None:
            return
        self._logged_at = time.monotonic()
        self._log.write(step)
        self._to_tensorboard(step)
        self._status = status_after(self._status, step)
        self._listener(step)

    def _write_status(self) -> None:
        self._status_at = time.monotonic()
        self._status = replace(
            self._status,
            eta_seconds=self._eta(),
            memory_mb=round(memory_mb(), 1),
            gpu_memory_mb=round(gpu_memory_mb(), 1),
            cpu_percent=round(self._meter.percent(), 1),
            updated=round(time.time(), 3),
        )
        self._directory.write_status(self._status)

    def _eta(self) -> float | None:
        """Seconds to the end; None where it is not known."""
        status, options = self._status, self._options
        left = []
        if options.steps is not None and status.steps_per_second > 0:
            left.append(max(0, options.steps - status.step) / status.steps_per_second)
        if options.minutes is not None:
            left.append(max(0.0, 60 * options.minutes - status.elapsed_seconds))
        return round(min(left), 1) if left else None

    def _to_tensorboard(self, event: Event) -> None:
        if isinstance(event, events.Started):
            self._tensorboard = _tensorboard_writer(self._directory, event.step)
        if self._tensorboard is None:
            return
        if isinstance(event, StepDone):
            for name, value in event.losses.items():
                self._tensorboard.add_scalar(f"loss/{name}", value, event.step)
            self._tensorboard.add_scalar("speed/step_ms", event.step_ms, event.step)
        elif isinstance(event, Validated):
            self._tensorboard.add_scalar("validation/psnr", event.psnr, event.step)
            self._tensorboard.add_scalar("validation/ssim", event.ssim, event.step)


def _tensorboard_writer(directory: RunDirectory, step: int) -> Any:
    """A writer of TensorBoard's event files where the optional extra is installed, else None."""
    if importlib.util.find_spec("tensorboard") is None:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(directory.tensorboard), purge_step=step)
    except Exception as error:  # an extra must not end a run
        log.warning("TensorBoard's log is left out: %s", error)
        return None
