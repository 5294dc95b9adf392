"""The list of panels: adding one is one file and one line here."""

from collections.abc import Callable
from dataclasses import dataclass

from viewer.panels.compare.panel import ComparePanel
from viewer.panels.panel import Panel, PanelContext
from viewer.panels.recordings import RecordingsPanel
from viewer.panels.scene.panel import ScenePanel
from viewer.panels.timeline.panel import TimelinePanel
from viewer.panels.training.panel import TrainingPanel
from viewer.panels.voxels.panel import VoxelsPanel


@dataclass(frozen=True)
class PanelEntry:
    """A panel as docks and menus know it.

    Attributes:
        name: for the stored layout; never changes.
        title: on the tab and in the menu.
        tip: what it shows.
        create: makes it: its class, or a function that imports it, where it is made when it is
            first in view.
        needs_run: it is there while a training run is open, with a scene or without.
        at_bottom: below the picture instead of at its right.
        below_others: at the right, below the tabs of the others.
        starts_hidden: until it is wanted.
        has_own_bar: it needs no title while it is docked.
    """

    name: str
    title: str
    tip: str
    create: Callable[[PanelContext], Panel]
    needs_run: bool = False
    at_bottom: bool = False
    below_others: bool = False
    starts_hidden: bool = False
    has_own_bar: bool = False


def _ray(context: PanelContext) -> Panel:
    from viewer.panels.ray.panel import RayPanel

    return RayPanel(context)


def _weights(context: PanelContext) -> Panel:
    from viewer.panels.weights.panel import WeightsPanel

    return WeightsPanel(context)


def _pipeline(context: PanelContext) -> Panel:
    from viewer.panels.pipeline.panel import PipelinePanel

    return PipelinePanel(context)


PANELS: tuple[PanelEntry, ...] = (
    PanelEntry("scene", "Scene", "Facts of the scene and of the camera", ScenePanel),
    PanelEntry("ray", "Ray", "Depth weights along the rays of pixels", _ray),
    PanelEntry("weights", "Weights", "All depth weights of the view as maps", _weights),
    PanelEntry("voxels", "Voxels", "The voxel grid: features, visibility, edits", VoxelsPanel),
    PanelEntry("compare", "Compare", "Beside true pictures or a second scene", ComparePanel),
    PanelEntry(
        "timeline",
        "Timeline",
        "The camera path over time, and videos of it",
        TimelinePanel,
        at_bottom=True,
        starts_hidden=True,
        has_own_bar=True,
    ),
    PanelEntry(
        "pipeline",
        "Pipeline",
        "From a picture to a novel view, stage by stage, and how the grid came about",
        _pipeline,
        at_bottom=True,
        starts_hidden=True,
    ),
    PanelEntry(
        "recordings",
        "Recordings",
        "Videos that are being recorded, and those that wait",
        RecordingsPanel,
        below_others=True,
        starts_hidden=True,
    ),
    PanelEntry(
        "training", "Training", "The open training run, watched", TrainingPanel, needs_run=True
    ),
)
