"""Reads what a run's directory holds, a little at a time; nothing of it belongs to a window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dvox_core.errors import UserError
from dvox_core.rendering.colormaps import DIFFERENCE, colorize
from dvox_core.training.run import events
from dvox_core.training.run.event_text import event_text
from dvox_core.training.run.events import Event
from dvox_core.training.run.history import Curve, RunHistory
from dvox_core.training.run.process import OUTPUT
from dvox_core.training.run.run_directory import LogReader, RunDirectory
from dvox_core.training.run.status import ACTIVE, Status, status_after
from viewer.recent_files import KnownRun
from viewer.state.training_state import (
    LogLine,
    PlotRequest,
    PlottedCurve,
    RunPicture,
    RunVolumes,
)
from viewer.text.runs import window_message

MAX_DIFFERENCE = 0.3
"""Of brightness, 0…1: beyond it the colours stay the same."""


class RunTail:
    """Reads a run's log as it grows, and its status.

    Attributes:
        history: its curves so far.
    """

    def __init__(self, path: Path) -> None:
        self.directory = RunDirectory(path)
        self.history = RunHistory()
        self._reader = LogReader(self.directory.log_path)
        self._from_log = Status()
        self._read = 0

    def read_some(self) -> tuple[list[Event], list[LogLine]]:
        """The next events, a thousand or so, and their lines for the user; both may be empty."""
        entries = self._reader.some_entries()
        found = [entry.event for entry in entries]
        self.history.add(found)
        self._read += len(found)
        for event in found:
            if not isinstance(event, events.StepDone):
                self._from_log = status_after(self._from_log, event)
        if found:
            self._from_log = status_after(self._from_log, found[-1])
        lines = []
        for entry in entries:
            text = window_message(event_text(entry.event))
            if text:
                bad = isinstance(entry.event, (events.Failed, events.RolledBack))
                lines.append(LogLine(entry.time, text, bad))
        return found, lines

    def status(self) -> Status:
        """How the run stands; from the log alone where it has lost its status.json."""
        status = self.directory.read_status()
        if status.state == "new" and self._read and not self.directory.status_path.exists():
            status = self._from_log
            if status.state in ACTIVE:
                status = replace(status, state="interrupted")
        if status.state == "interrupted":
            status = replace(status, message=last_error(self.directory.path / OUTPUT))
        return status

    def share_read(self) -> float:
        """How much of the log is read, 0…1."""
        return self._reader.share_read()


def plotted(history: RunHistory, request: PlotRequest) -> dict[str, PlottedCurve]:
    """All curves of a run as they are painted."""
    curves = {}
    for name in history.names:
        whole = history.curve(name)
        smooth = whole.smoothed(request.smoothing if name not in ("psnr", "ssim") else 0.0)
        curves[name] = PlottedCurve(
            _seen(whole, request, request.bins), _seen(smooth, request, request.bins // 2)
        )
    return curves


def steps_in(folder: Path, suffix: str) -> tuple[int, ...]:
    """The steps of files named step_NUMBER in a folder, sorted."""
    try:
        names = [path.stem.rpartition("_")[2] for path in folder.glob(f"step_*{suffix}")]
    except OSError:
        return ()
    return tuple(sorted(int(name) for name in names if name.isdigit()))


def read_picture(directory: RunDirectory, step: int) -> RunPicture:
    """The validation view at a step.

    Raises:
        UserError: it is gone or broken.
    """
    import imageio.v3 as iio

    path = directory.previews / f"step_{step:08d}.png"
    try:
        row = iio.imread(path, plugin="pillow", mode="RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    side = row.shape[1] // 2
    truth, rendered = (np.ascontiguousarray(part) for part in (row[:, :side], row[:, side:]))
    brighter = (rendered.astype(np.float32) - truth).mean(axis=2) / 255
    colors = colorize(brighter, -MAX_DIFFERENCE, MAX_DIFFERENCE, DIFFERENCE)
    return RunPicture(step, truth, rendered, np.ascontiguousarray(colors[..., :3]))


def read_volumes(directory: RunDirectory, step: int) -> RunVolumes:
    """The grid at a step.

    Raises:
        UserError: it is gone or broken.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = directory.volumes / f"step_{step:08d}.safetensors"
    try:
        found: Mapping[str, Any] = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    volumes = {name: volume.astype(np.float32) for name, volume in found.items()}
    return RunVolumes(step, {name: volume for name, volume in volumes.items() if volume.ndim == 3})


@dataclass(frozen=True)
class RunSummary:
    """A known run, in short.

    Attributes:
        config: content of config.json.
        preview: its newest picture, truth left and scene right; None before there is one.
    """

    path: Path
    status: Status
    config: Mapping[str, Any]
    started_here: bool
    preview: Path | None = None


def summarize(runs: Sequence[KnownRun]) -> list[RunSummary]:
    """The runs whose folders are there; those that are being trained first."""
    found = []
    for run in runs:
        directory = RunDirectory(run.path)
        try:
            config = directory.read_config()
        except UserError:
            continue
        preview = max(directory.previews.glob("step_*.png"), default=None)
        status = directory.read_status()
        found.append(RunSummary(run.path, status, config, run.started_here, preview))
    return sorted(found, key=lambda run: run.status.state not in ACTIVE)


def last_error(path: Path) -> str:
    """The last error that a training process printed at its very end, or ""."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - 4096))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    last = lines[-1].strip() if lines else ""
    return last.partition(" ERROR ")[2] if " ERROR " in last else ""


def _seen(curve: Curve, request: PlotRequest, bins: int) -> Curve:
    if request.first is not None and request.last is not None:
        curve = curve.between(request.first, request.last)
    return curve.thinned(bins)
