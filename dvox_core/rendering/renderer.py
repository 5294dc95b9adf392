"""The keystone: a renderer takes a camera and returns a frame."""

from dataclasses import dataclass
from typing import Protocol

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Extra, Frame


@dataclass(frozen=True)
class RendererFacts:
    """What renders, as shown to people."""

    backend: str  # "plain", "torch", …
    device: str  # "cpu", "cuda", "mps"
    precision: str  # "float32", "bfloat16"
    note: str = ""  # e.g. why it is not what was asked for


class Renderer(Protocol):
    """Renders views of one scene. Used from one thread at a time."""

    @property
    def facts(self) -> RendererFacts:
        """What renders."""
        ...

    def render(self, camera: Camera, extras: Extra = Extra.NONE) -> Frame:
        """Render the view from `camera`."""
        ...

    def close(self) -> None:
        """Give memory back; the renderer is not used afterwards."""
        ...
