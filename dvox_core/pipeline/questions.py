"""What may be asked about the stages of a view, and what is answered. Without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.pipeline.stage_looks import StageLook
from dvox_core.pipeline.stages import Stage
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import Interventions
from dvox_core.rendering.observed_grid import ObservedGrid

if TYPE_CHECKING:  # imports numba
    from dvox_core.pipeline.stage_pictures import StagePicture


@dataclass(frozen=True)
class SourceView:
    """A picture that may be observed.

    Attributes:
        name: as its files are called.
        picture_path: it is read when it is observed.
    """

    name: str
    camera: Camera
    picture_path: Path


@dataclass(frozen=True, eq=False)
class StageQuestion:
    """What to show.

    Attributes:
        interventions: under which the view is rendered.
        frame: of the present view, with what `Extra.VISIBILITY` and `Extra.COLLAPSED` add; None
            while it is rendered.
        source: the picture that is observed; None for none.
        before: the grid that observes it; None for the trained one.
        camera: from where clouds are seen.
        side: pixels of a tile's picture.
        enlarged: the stage that is shown large, with its look and its side in pixels.
    """

    scene: Scene
    interventions: Interventions
    frame: Frame | None
    source: SourceView | None
    before: ObservedGrid | None
    camera: Camera
    side: int
    enlarged: tuple[Stage, StageLook, int] | None = None


@dataclass(frozen=True, eq=False)
class StageAnswer:
    """A stage in its tile.

    Attributes:
        shape: of its tensor.
        picture: None where there is none; `note` then says why.
        milliseconds: of the stage; None where nothing was computed, or long ago.
    """

    shape: tuple[int, ...]
    picture: StagePicture | None
    milliseconds: float | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class PipelineAnswer:
    """The stages, and the one that is shown large.

    Attributes:
        change: the norm of what the observation changed in the grid; None without one.
    """

    question: StageQuestion
    stages: Mapping[Stage, StageAnswer]
    enlarged: StagePicture | None
    change: float | None
