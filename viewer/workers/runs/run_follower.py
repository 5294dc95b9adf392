"""Follows a training run's directory in a thread of its own, and starts training processes."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dvox_core.errors import UserError
from dvox_core.remote.run_mirror import require_here
from dvox_core.training.run import events
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import Event
from dvox_core.training.run.process import start_training
from dvox_core.training.run.run_directory import RunDirectory, RunError
from dvox_core.training.run.status import ACTIVE, Status
from viewer.state.training_state import CurveSet, LogLine, PlotRequest
from viewer.text.runs import window_message
from viewer.workers.background.operation import error_line
from viewer.workers.runs.run_log import RunTail, plotted, read_picture, read_volumes, steps_in
from viewer.workers.runs.run_requests import (
    Compare,
    ConfigRead,
    CurvesPlotted,
    Follow,
    LinesRead,
    LogProgressed,
    PictureRead,
    Plot,
    Problem,
    ReadPicture,
    ReadVolumes,
    ReportInteraction,
    Request,
    RunEnded,
    RunEvent,
    RunRefused,
    SceneWritten,
    StatusChanged,
    StepsFound,
    Train,
    VolumesRead,
)

LOOK_SECONDS = 0.5
"""How often the directory is looked at."""

PLOT_SECONDS = 1.0
"""How often new curves are handed out while nothing else asks for them."""

YIELD_SECONDS = 0.01
"""Between portions of a long log, so that the window's thread gets Python's lock."""

Report = Callable[[int, RunEvent], None]
"""Called in the follower's thread with the generation of the watched run and what is new."""

_log = logging.getLogger(__name__)


class RunFollower:
    """One thread that reads; whoever asks for something newer replaces what waits."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._changed = threading.Condition()
        self._requests: dict[type[Request], Request] = {}
        self._commands: list[tuple[Path, Command]] = []
        self._stopped = False
        # Of the thread alone:
        self._generation = 0
        self._tail: RunTail | None = None
        self._compared: RunTail | None = None
        self._children: dict[Path, subprocess.Popen[bytes]] = {}
        self._begun: set[int] = set()  # processes that have written their status
        self._request: PlotRequest | None = None
        self._status: Status | None = None
        self._plotted_at = 0.0
        self._is_stale = False  # whether the curves have changed since they were handed out
        self._thread = threading.Thread(target=self._work, name="Following a run", daemon=True)

    def request(self, request: Request) -> None:
        """Ask for something; the newest request of a type counts."""
        with self._changed:
            self._requests.pop(type(request), None)  # what was asked for last is done last
            self._requests[type(request)] = request
            self._wake()

    def send(self, path: Path, command: Command) -> None:
        """Tell the run in `path` to do something; every command is sent."""
        with self._changed:
            self._commands.append((path, command))
            self._wake()

    def stop(self) -> None:
        """Send what waits, and end the thread. Training processes go on."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _wake(self) -> None:
        if self._thread.ident is None and not self._stopped:
            self._thread.start()
        self._changed.notify()

    # In the thread

    def _work(self) -> None:
        while True:
            with self._changed:
                wait = LOOK_SECONDS if self._tail or self._children else None
                self._changed.wait_for(self._is_wanted, wait)
                requests, self._requests = self._requests, {}
                commands, self._commands = self._commands, []
                stopped = self._stopped
            for path, command in commands:
                self._try("Telling the run what to do", self._send, path, command)
            if stopped:
                return
            for request in requests.values():
                self._try("Training", self._serve, request)
            self._try("Reading the run", self._look)

    def _is_wanted(self) -> bool:
        return bool(self._requests or self._commands or self._stopped)

    def _try(self, what: str, function: Callable[..., None], *arguments: Any) -> None:
        try:
            function(*arguments)
        except Exception as error:
            self._tell(Problem(window_message(error_line(error, what))))

    def _tell(self, event: RunEvent) -> None:
        self._report(self._generation, event)

    def _serve(self, request: Request) -> None:
        match request:
            case Follow(generation, path):
                self._follow(generation, path)
            case Train():
                self._train(request)
            case Compare(path):
                self._compare(path)
            case Plot(plot):
                self._plot(plot)
            case ReportInteraction(path):
                RunDirectory(path).viewer_busy.touch()
            case ReadPicture(step) if self._tail:
                self._tell(PictureRead(read_picture(self._tail.directory, step)))
            case ReadVolumes(step) if self._tail:
                self._tell(VolumesRead(read_volumes(self._tail.directory, step)))

    def _send(self, path: Path, command: Command) -> None:
        directory = RunDirectory(path)
        if not directory.exists:
            raise RunError(f"{path}: the run's folder is gone; put it back, or close the run")
        directory.commands.send(command)

    def _follow(self, generation: int, path: Path | None) -> None:
        self._generation = generation
        self._tail = self._compared = self._status = None
        if path is None:
            return
        try:
            config = RunDirectory(path).read_config()
        except UserError as error:
            self._tell(RunRefused(error_line(error, "Opening the run")))
            return
        self._tell(ConfigRead(config))
        self._tail = RunTail(path)
        self._is_stale = True

    def _train(self, request: Train) -> None:
        path, changes = request.path, request.changes
        directory = RunDirectory(path)
        try:
            require_here(path)
            config = directory.read_config()
            if directory.is_running():
                raise RunError(
                    f"{path.name}: is being trained already (process "
                    f"{directory.read_status_file().pid}); it is only watched here"
                )
            if changes:
                config = {**config, "run": {**config.get("run", {}), **changes}}
                directory.write_config(config)
            self._children[path] = start_training(path)
        except OSError as error:
            raise RunError(
                f"{path}: the training could not be started ({error.strerror or error}); "
                "check that the folder can be written to"
            ) from error
        finally:
            if not (self._tail and self._tail.directory.path == path):
                self._follow(request.generation, path)
        if changes:
            self._tell(ConfigRead(config))

    def _compare(self, path: Path | None) -> None:
        if path is not None:
            RunDirectory(path).read_config()
        self._compared = RunTail(path) if path else None
        self._is_stale = True
        self._plotted_at = 0.0

    def _plot(self, request: PlotRequest | None) -> None:
        self._request = request
        self._is_stale = True
        self._plotted_at = 0.0

    def _look(self) -> None:
        """See what is new."""
        self._reap()
        tail = self._tail
        if tail is None:
            return
        self._read_watched(tail)
        if self._compared is not None:
            self._read(self._compared)
        self._look_at_status(tail)
        if self._request and self._is_stale and time.monotonic() - self._plotted_at >= PLOT_SECONDS:
            self._hand_out_curves(tail, self._request)

    def _read_watched(self, tail: RunTail) -> None:
        """Read to the log's end, unless something newer is asked for, and report what is new."""
        found = self._read(tail, lambda: self._tell(LogProgressed(tail.share_read())))
        if found.portions:
            self._tell(LogProgressed(tail.share_read()))
        if found.lines:
            self._tell(LinesRead(tuple(found.lines)))
        if found.validated:
            directory = tail.directory
            pictures = steps_in(directory.previews, ".png")
            self._tell(StepsFound(pictures, steps_in(directory.volumes, ".safetensors")))
        if found.scene_step is not None:
            self._tell(SceneWritten(found.scene_step))

    def _read(self, tail: RunTail, progress: Callable[[], None] = lambda: None) -> "_Found":
        found = _Found()
        while True:
            new, lines = tail.read_some()
            if not new:
                break
            found.add(new, lines)
            self._is_stale = True
            if self._is_wanted():
                break  # the rest comes with the next look
            if found.portions > 1:
                progress()
                time.sleep(YIELD_SECONDS)
        return found

    def _look_at_status(self, tail: RunTail) -> None:
        path = tail.directory.path
        if not tail.directory.exists:
            if self._status is None or self._status.state != "gone":
                self._status = Status(state="gone")
                self._tell(StatusChanged(self._status))
                line = f"{path}: the run's folder is gone; put it back, or close the run"
                self._tell(RunEnded("gone", line))
            return
        status, child = tail.status(), self._children.get(path)
        if child is not None and status.pid == child.pid:
            self._begun.add(child.pid)
        elif child is not None and child.pid not in self._begun:
            # Of the former process: ours has not come to write anything yet.
            status = replace(status, state="starting", message="")
        if status == self._status:
            return
        before, self._status = self._status, status
        self._tell(StatusChanged(status))
        if before is not None and before.state in ACTIVE and status.state not in ACTIVE:
            self._tell(RunEnded(status.state, end_line(path.name, status)))

    def _reap(self) -> None:
        """Forget the processes that have ended."""
        for path, child in list(self._children.items()):
            if child.poll() is None:
                continue
            del self._children[path]
            _log.info("the training of %s ended with %s", path, child.returncode)

    def _hand_out_curves(self, tail: RunTail, request: PlotRequest) -> None:
        self._is_stale, self._plotted_at = False, time.monotonic()
        compared = self._compared
        curves = CurveSet(
            curves=plotted(tail.history, request),
            snapshots=tail.history.snapshot_steps,
            last_step=tail.history.last_step,
            compared=plotted(compared.history, request) if compared else {},
            compared_name=compared.directory.path.name if compared else "",
        )
        self._tell(CurvesPlotted(curves))


@dataclass
class _Found:
    """What reading a log brought up."""

    portions: int = 0
    validated: bool = False
    scene_step: int | None = None
    lines: list[LogLine] = field(default_factory=list)

    def add(self, new: list[Event], lines: list[LogLine]) -> None:
        """Note another portion."""
        self.portions += 1
        self.lines += lines
        for event in new:
            self.validated = self.validated or isinstance(event, events.Validated)
            if isinstance(event, events.SceneWritten):
                self.scene_step = event.step


def end_line(name: str, status: Status) -> str:
    """One line about how a run ended, and what to do."""
    saved = f"step {status.snapshot_step}" if status.snapshot_step is not None else ""
    match status.state:
        case "finished":
            return f"{name}: training is finished, step {status.step}"
        case "stopped":
            return f"{name}: saved and stopped at step {status.step}"
        case "failed":
            return f"{name}: {window_message(status.message)}"
    after = f"Resume goes on from {saved}" if saved else "Resume begins it again"
    if status.message:
        return f"{name}: the training process ended: {window_message(status.message)}; {after}"
    return f"{name}: the training process ended without a word at step {status.step}; {after}"
