"""What a run's follower is asked for, and what it reports; all of it crosses threads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dvox_core.training.run.status import Status
from viewer.state.training_state import CurveSet, LogLine, PlotRequest, RunPicture, RunVolumes

# Requests


@dataclass(frozen=True)
class Follow:
    """Watch another run from now on, under this generation; None for none."""

    generation: int
    path: Path | None


@dataclass(frozen=True)
class Train:
    """Train what lies in a folder: begin it, or go on; with other `RunOptions` where given."""

    generation: int
    path: Path
    changes: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Compare:
    """Read another run's curves beside the watched one's; None for no other."""

    path: Path | None


@dataclass(frozen=True)
class Plot:
    """Hand out curves like this from now on; None for none."""

    request: PlotRequest | None


@dataclass(frozen=True)
class ReportInteraction:
    """Let a run give way: the user moves a scene."""

    path: Path


@dataclass(frozen=True)
class ReadPicture:
    """Read the validation view at a step."""

    step: int


@dataclass(frozen=True)
class ReadVolumes:
    """Read the grid at a step."""

    step: int


Request = Follow | Train | Compare | Plot | ReportInteraction | ReadPicture | ReadVolumes

# Reports about the watched run


@dataclass(frozen=True, eq=False)
class ConfigRead:
    """The content of its config.json."""

    config: Mapping[str, Any]


@dataclass(frozen=True)
class RunRefused:
    """There is no run to watch; `line` says why."""

    line: str


@dataclass(frozen=True)
class Problem:
    """Something failed; the run is watched on."""

    line: str


@dataclass(frozen=True)
class StatusChanged:
    """How the run stands."""

    status: Status


@dataclass(frozen=True)
class RunEnded:
    """Its process has ended: how the run stands, and one line for the user."""

    state: str
    line: str


@dataclass(frozen=True)
class LogProgressed:
    """How much of its log is read, 0…1."""

    share: float


@dataclass(frozen=True)
class LinesRead:
    """New lines of its log."""

    lines: tuple[LogLine, ...]


@dataclass(frozen=True)
class StepsFound:
    """The steps of which there are validation views, and volumes."""

    pictures: tuple[int, ...]
    volumes: tuple[int, ...]


@dataclass(frozen=True)
class SceneWritten:
    """Its scene.dvox holds this step's scene now."""

    step: int


@dataclass(frozen=True, eq=False)
class CurvesPlotted:
    """Its curves as they were asked for."""

    curves: CurveSet


@dataclass(frozen=True, eq=False)
class PictureRead:
    """The validation view that was asked for."""

    picture: RunPicture


@dataclass(frozen=True, eq=False)
class VolumesRead:
    """The grid that was asked for."""

    volumes: RunVolumes


RunEvent = (
    ConfigRead
    | RunRefused
    | Problem
    | StatusChanged
    | RunEnded
    | LogProgressed
    | LinesRead
    | StepsFound
    | SceneWritten
    | CurvesPlotted
    | PictureRead
    | VolumesRead
)
