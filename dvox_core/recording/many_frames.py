"""The seam for renderers that work on many frames of a video at the same time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Extra, Frame


@runtime_checkable
class RendersMany(Protocol):
    """A `Renderer` that renders many views at once."""

    def render_many(
        self, cameras: Sequence[Camera], extras: Extra, poll: Callable[[], object]
    ) -> Iterator[Frame]:
        """Frames in the cameras' order.

        Args:
            poll: called while it waits; what it raises ends the work.
        """
        ...
