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

MAX_LINES = 500
"""Newest lines of the log that are kept for showing."""


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
        self.config: Mapping[str, Any] = {}
        self.status = Status()
        self.curves = CurveSet()
        self.picture_steps: tuple[int, ...] = ()
        self.volume_steps: tuple[int, ...] = ()
        self.picture: RunPicture | None = None
        self.volumes: RunVolumes | None = None
        self.lines: tuple[LogLine, ...] = ()
        self.share_read = 0.0

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

    def set_config(self, config: Mapping[str, Any]) -> None:
        """Keep the content of the run's config.json."""
        self.config = config
        self.config_changed.emit(config)

    def set_status(self, status: Status) -> None:
        """Keep how the run stands."""
        self.status = status
        self.status_changed.emit(status)

    def set_curves(self, curves: CurveSet) -> None:
        """Keep the run's curves."""
        self.curves = curves
        self.curves_changed.emit(curves)

    def set_steps(self, pictures: tuple[int, ...], volumes: tuple[int, ...]) -> None:
        """Keep the steps of which there are validation views, and volumes."""
        self.picture_steps, self.volume_steps = pictures, volumes
        self.picture_steps_changed.emit(pictures)
        self.volume_steps_changed.emit(volumes)

    def set_picture(self, picture: RunPicture) -> None:
        """Keep a validation view."""
        self.picture = picture
        self.picture_changed.emit(picture)

    def set_volumes(self, volumes: RunVolumes) -> None:
        """Keep the grid at a step."""
        self.volumes = volumes
        self.volumes_changed.emit(volumes)

    def add_lines(self, lines: tuple[LogLine, ...]) -> None:
        """Keep the newest lines of the log."""
        self.lines = (*self.lines, *lines)[-MAX_LINES:]
        self.lines_added.emit(lines)

    def set_share_read(self, share: float) -> None:
        """Keep how much of the log is read, 0…1."""
        self.share_read = share
        self.reading_changed.emit(share)

    def _forget(self) -> None:
        self.config = {}
        self.status = Status()
        self.curves = CurveSet()
        self.picture_steps = self.volume_steps = ()
        self.picture = self.volumes = None
        self.lines = ()
        self.share_read = 0.0
