"""The keystone: a renderer takes a camera and returns a frame."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import Interventions


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


@runtime_checkable
class Intervening(Protocol):
    """A renderer that can show what depends on what. Other renderers stay as trained."""

    def intervene(self, interventions: Interventions) -> None:
        """Render every view under `interventions` from now on; each frame carries them.

        Raises:
            CheckpointError: an edit needs the grid before inpainting, and the scene has none.
            UserError: the edits are of another scene.
        """
        ...
