"""What the render thread is asked for, and what it reports."""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from dvox_core.rendering.renderer import Renderer, RendererFacts

FrameCompleter = Callable[[Scene, Frame, Extra], Frame]
"""Adds to a frame of a scene what no renderer tells, if the extras ask for it."""


class RequestKind(enum.Enum):
    """What a view is wanted for."""

    DISPLAY = enum.auto()
    """To be shown: the newest such request counts."""

    PREFETCH = enum.auto()
    """To be kept, as the camera may come there: rendered while nothing else is wanted."""

    COMPARISON = enum.auto()
    """To be compared with the view that is shown: rendered before those that are prefetched."""


@dataclass(frozen=True)
class RenderRequest:
    """A view to render."""

    camera: Camera
    extras: Extra = Extra.NONE
    interventions: Interventions = NO_INTERVENTIONS


@dataclass(frozen=True)
class PendingRequest:
    """A view that the render thread is asked for.

    Attributes:
        generation: of the scene.
        number: that the caller counts up; 0 where nobody counts.
        since: when it was asked for, in the thread's clock.
    """

    generation: int
    kind: RequestKind
    request: RenderRequest
    number: int = 0
    since: float = 0.0


@dataclass(frozen=True)
class SceneChange:
    """Another scene for the render thread; None closes the open one."""

    generation: int
    scene: Scene | None
    device: str = "auto"
    precision: str = "auto"


@dataclass(frozen=True, eq=False)
class NewRenderer:
    """A renderer that was made elsewhere, for the render thread to use."""

    generation: int
    renderer: Renderer
    quick: bool


# What the thread reports


@dataclass(frozen=True, eq=False)
class ScenePrepared:
    """This scene is rendered from now on."""

    generation: int
    facts: RendererFacts


@dataclass(frozen=True, eq=False)
class PrepareFailed:
    """A scene has no renderer; the former one stays."""

    generation: int
    error: Exception
    line: str


@dataclass(frozen=True, eq=False)
class FrameRendered:
    """A view that was asked for."""

    source: PendingRequest
    frame: Frame


@dataclass(frozen=True, eq=False)
class FrameFailed:
    """A view to be shown that could not be rendered."""

    source: PendingRequest
    line: str


@dataclass(frozen=True, eq=False)
class DeviceChanged:
    """The scene is rendered on another device; `line` says why."""

    generation: int
    facts: RendererFacts
    line: str


@dataclass(frozen=True, eq=False)
class RendererChanged:
    """The scene is rendered by another renderer, and by `quick_facts` before it, if any."""

    generation: int
    facts: RendererFacts
    quick_facts: RendererFacts | None


RenderEvent = (
    ScenePrepared | PrepareFailed | FrameRendered | FrameFailed | DeviceChanged | RendererChanged
)
