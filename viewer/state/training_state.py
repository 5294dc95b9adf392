"""The training run that is watched: how it stands, its curves, pictures and volumes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from dvox_core.training.run.history import Curve
from dvox_core.training.run.status import ACTIVE, Status

NO_LIVE = 0
"""Of `live_seconds`: the viewport stays on the scene that it shows."""


@dataclass(frozen=True, eq=False)
class PlottedCurve:
    """A curve as it is painted: few points.

    Attributes:
        raw: as it was logged.
        smooth: its moving average.
    """

    raw: Curve
    smooth: Curve


@dataclass(frozen=True, eq=False)
class CurveSet:
    """All curves of the watched run, and of one to compare it with.

    Attributes:
        curves: by name; see `RunHistory.names`.
        snapshots: steps at which snapshots were saved.
        last_step: the last step that was logged.
        compared: the other run's curves; empty without one.
        compared_name: what to call the other run; "" without one.
    """

    curves: Mapping[str, PlottedCurve] = field(default_factory=dict)
    snapshots: tuple[int, ...] = ()
    last_step: int = 0
    compared: Mapping[str, PlottedCurve] = field(default_factory=dict)
    compared_name: str = ""


@dataclass(frozen=True)
class PlotRequest:
    """Which curves to make.

    Attributes:
        smoothing: weight of what was before, 0…1.
        first, last: steps that are looked at; None for all there are.
        bins: parts across, of which the lowest and highest value are painted; half as many of
            smooth curves.
    """

    smoothing: float = 0.9
    first: float | None = None
    last: float | None = None
    bins: int = 150


@dataclass(frozen=True, eq=False)
class RunPicture:
    """The fixed validation view at one step.

    Attributes:
        truth, rendered: [S, S, 3] uint8.
        difference: likewise, how much brighter or darker, in the colours of differences.
    """

    step: int
    truth: Any
    rendered: Any
    difference: Any


@dataclass(frozen=True, eq=False)
class RunVolumes:
    """The grid at one step.

    Attributes:
        volumes: by name, [G, G, G] (z, y, x) float32; see `dvox_core.training.volumes`.
    """

    step: int
    volumes: Mapping[str, Any]


@dataclass(frozen=True)
class LogLine:
    """What happened, for people.

    Attributes:
        time: seconds since the epoch.
        is_bad: whether it is a failure or a warning.
    """

    time: float
    text: str
    is_bad: bool = False


class TrainingState(QObject):
    """The watched run. Lives on the window's thread; signals are past facts."""

    run_changed = Signal(object)  # Path | None
    config_changed = Signal(object)  # the content of config.json
    status_changed = Signal(object)  # Status
    curves_changed = Signal(object)  # CurveSet
    picture_steps_changed = Signal(object)  # tuple of int
    volume_steps_changed = Signal(object)  # tuple of int
    picture_changed = Signal(object)  # RunPicture
    volumes_changed = Signal(object)  # RunVolumes
    lines_added = Signal(object)  # tuple of LogLine
    reading_changed = Signal(float)  # share of the log that is read, 0…1
    scene_written = Signal(int)  # step: scene.dvox holds it now
    live_changed = Signal(int)  # seconds between pictures of the training; see `NO_LIVE`
    comparison_changed = Signal(object)  # Path | None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.live_seconds = 30
        self.comparison: Path | None = None
        self._forget()

    @property
    def name(self) -> str:
        """What to call the run."""
        return self.path.name if self.path else ""

    @property
    def is_alive(self) -> bool:
        """Whether a process trains it."""
        return self.path is not None and self.status.state in ACTIVE

    def set_run(self, path: Path | None) -> None:
        """Watch another run, or none."""
        self.path = path
        self.comparison = None
        self._forget()
        self.run_changed.emit(path)

    def set_live(self, seconds: int) -> None:
        """Show the training's newest scene so often; `NO_LIVE` for never."""
        if seconds != self.live_seconds:
            self.live_seconds = seconds
            self.live_changed.emit(seconds)

    def set_comparison(self, path: Path | None) -> None:
        """Compare with another run, or with none."""
        self.comparison = path
        self.comparison_changed.emit(path)

    def take(self, name: str, value: Any) -> None:
        """Keep what was found out about the run, and tell."""
        if name == "lines_added":
            self.lines = (*self.lines, *value)[-MAX_LINES:]
        elif name in _KEPT:
            setattr(self, _KEPT[name], value)
        getattr(self, name).emit(value)

    def _forget(self) -> None:
        self.config: Mapping[str, Any] = {}
        self.status = Status()
        self.curves = CurveSet()
        self.picture_steps: tuple[int, ...] = ()
        self.volume_steps: tuple[int, ...] = ()
        self.picture: RunPicture | None = None
        self.volumes: RunVolumes | None = None
        self.lines: tuple[LogLine, ...] = ()
        self.share_read = 0.0


MAX_LINES = 500
"""Newest lines of the log that are kept for showing."""

_KEPT = {
    "config_changed": "config",
    "status_changed": "status",
    "curves_changed": "curves",
    "picture_steps_changed": "picture_steps",
    "volume_steps_changed": "volume_steps",
    "picture_changed": "picture",
    "volumes_changed": "volumes",
    "reading_changed": "share_read",
}
