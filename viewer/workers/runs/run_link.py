"""The window's link to a training run: starts it, watches it, sends it commands.

Everything that is shown comes from the run's directory, so that a run of another program, or of
another machine, is watched in the same way; and a training process outlives the window.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from dvox_core.training.run.commands import Command
from dvox_core.training.run.pause_for_viewer import TOUCH_S
from viewer.state.training_state import PlotRequest, TrainingState
from viewer.workers.runs.run_follower import RunFollower
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
    RunEnded,
    RunEvent,
    RunRefused,
    SceneWritten,
    StatusChanged,
    StepsFound,
    Train,
    VolumesRead,
)


class RunLink(QObject):
    """Lives on the window's thread; what it finds out goes into its `state`."""

    problem = Signal(str)  # one line
    ended = Signal(str, str)  # the run's process ended: the run's state, one line
    started = Signal(object)  # Path: this window began to train it, or went on with it

    _reported = Signal(int, object)  # from the follower's thread: generation, RunEvent

    def __init__(self, state: TrainingState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self._generation = 0
        self._stopped = False
        self._interaction_at = -TOUCH_S
        self._follower = RunFollower(self._reported.emit)
        self._reported.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def attach(self, path: Path) -> None:
        """Watch the run in `path`, wherever it is trained, or was."""
        path = path.absolute()
        if path == self.state.path or self._stopped:
            return
        self._generation += 1
        self.state.set_run(path)
        self._follower.request(Follow(self._generation, path))

    def detach(self) -> None:
        """Watch nothing any more; a run that is trained goes on."""
        if self.state.path is None:
            return
        self._generation += 1
        self._follower.request(Follow(self._generation, None))
        self.state.set_run(None)

    def start(self, path: Path, changes: Mapping[str, Any] | None = None) -> None:
        """Train what lies in `path` in a process of its own, and watch it.

        The directory was prepared by `begin_run`, or holds a run to go on with.

        Args:
            changes: new values of `RunOptions`, e.g. more steps.
        """
        path = path.absolute()
        if self._stopped:
            return
        if path != self.state.path:
            self._generation += 1
            self.state.set_run(path)
        self._follower.request(Train(self._generation, path, dict(changes or {})))
        self.started.emit(path)

    def send(self, command: Command) -> None:
        """Tell the watched run to do something."""
        if self.state.path is not None:
            self._follower.send(self.state.path, command)

    def report_interaction(self) -> None:
        """Let a run of this machine give way while the user moves the scene; cheap to call."""
        now = time.monotonic()
        path = self.state.path
        if path is not None and self.state.is_alive and now - self._interaction_at >= TOUCH_S:
            self._interaction_at = now
            self._follower.request(ReportInteraction(path))

    def compare(self, path: Path | None) -> None:
        """Read the curves of another run as well, or of none."""
        path = path.absolute() if path else None
        self.state.set_comparison(path)
        self._follower.request(Compare(path))

    def request_curves(self, request: PlotRequest | None) -> None:
        """Make curves like this from now on; None while nobody looks at them."""
        self._follower.request(Plot(request))

    def request_picture(self, step: int) -> None:
        """Read the validation view at a step."""
        self._follower.request(ReadPicture(step))

    def request_volumes(self, step: int) -> None:
        """Read the grid at a step."""
        self._follower.request(ReadVolumes(step))

    def stop(self) -> None:
        """Send nothing more, and wait until the thread has ended; training processes go on."""
        self._stopped = True
        self._follower.stop()

    def _deliver(self, generation: int, event: RunEvent) -> None:
        if self._stopped or generation != self._generation:
            return
        match event:
            case RunRefused(line):
                self.detach()
                self.problem.emit(line)
            case Problem(line):
                self.problem.emit(line)
            case RunEnded(state, line):
                self.ended.emit(state, line)
            case ConfigRead(config):
                self.state.set_config(config)
            case StatusChanged(status):
                self.state.set_status(status)
            case LogProgressed(share):
                self.state.set_share_read(share)
            case LinesRead(lines):
                self.state.add_lines(lines)
            case StepsFound(pictures, volumes):
                self.state.set_steps(pictures, volumes)
            case SceneWritten(step):
                self.state.scene_written.emit(step)
            case CurvesPlotted(curves):
                self.state.set_curves(curves)
            case PictureRead(picture):
                self.state.set_picture(picture)
            case VolumesRead(volumes):
                self.state.set_volumes(volumes)
