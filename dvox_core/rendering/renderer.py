"""The keystone: a renderer takes a camera and returns a frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.interventions import Interventions

BetweenStages = Callable[[], None]
"""Called between the stages of a frame; what it raises ends the frame and leaves `render`."""


def go_on() -> None:
    """Between the stages of a frame that nothing is to interrupt."""


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

    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """Render the view from `camera`.

        Args:
            extras: what the frame is to carry beside picture and depth.
            between_stages: called whenever the frame can be given up without harm, as often as is
                cheap: a slow frame's caller raises `Cancelled` in it when the view is not wanted
                any more. The next frame is rendered as if nothing had happened.
        """
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


class ViewUnderWay(Protocol):
    """A view that a `Streaming` renderer was asked for."""

    @property
    def camera(self) -> Camera:
        """Where it is seen from."""
        ...


Arrival = Frame | UserError | None
"""What comes of a view under way: a frame, why there is none, or nothing: it was overtaken by a
newer one, or the connection broke off."""


@runtime_checkable
class Streaming(Protocol):
    """A renderer that is far away, so that it pays to have several views under way."""

    def begin(self, camera: Camera, extras: Extra) -> ViewUnderWay | None:
        """Ask for a view, its picture compressed, and do not wait; None: not possible just now.

        A view of this renderer that still waits there gives way to it.

        Raises:
            UserError: nothing will ever come again.
        """
        ...

    def arrived(self) -> Sequence[tuple[ViewUnderWay, Arrival]]:
        """What has come of the views under way, in the order of asking; never waits."""
        ...

    def give_up(self, view: ViewUnderWay) -> None:
        """A view is not wanted any more."""
        ...

    def wait(self, seconds: float) -> None:
        """Until something comes, or the time is over."""
        ...

    def render_quickly(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """As `render`, the picture compressed."""
        ...


@runtime_checkable
class MakesRenderer(Protocol):
    """A scene's `WeightSource` that has its own renderer, as its tensors lie elsewhere."""

    def create_renderer(self, device: str, precision: str) -> Renderer:
        """Prepare a renderer, as `create_renderer` of `rendering/create.py` does.

        Raises:
            DeviceError, CheckpointError: likewise.
        """
        ...
