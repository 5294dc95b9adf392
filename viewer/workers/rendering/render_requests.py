"""What the render thread is asked for."""

from dataclasses import dataclass

from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import Renderer
from viewer.workers.rendering.renderer_stack import RenderRequest

AHEAD, ASIDE = -1, -2
"""Numbers of views that nobody waits for: rendered ahead, or for comparison."""


@dataclass(frozen=True)
class _Request:
    generation: int
    number: int
    order: RenderRequest
    since: float  # when it was asked for


@dataclass(frozen=True)
class _NextScene:
    generation: int
    scene: Scene | None  # None closes the scene that is open
    device: str
    precision: str


@dataclass(frozen=True)
class _NextRenderer:
    generation: int
    renderer: Renderer
    quick: bool
