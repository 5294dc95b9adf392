"""The nearest-view baseline: shows the training picture taken from nearest to the camera."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.capture import View
from dvox_core.data.pictures import load_picture
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement
from dvox_core.rendering.frame import Extra, Frame
from dvox_core.rendering.renderer import BetweenStages, RendererFacts, go_on

LoadPicture = Callable[[Path, int], NDArray[np.uint8]]


class NearestViewRenderer:
    """A `Renderer` that knows only the training pictures (paper, section 4, “nearest neighbor”)."""

    def __init__(
        self,
        views: Sequence[View],
        placement: GridPlacement,
        side: int,
        load: LoadPicture = load_picture,
    ) -> None:
        """Keep the views; a picture is read when it is shown.

        Args:
            views: the training views.
            placement: its centre says how far a camera's place differs, as an angle.
            side: S, pixels.
            load: (path, side) → [side, side, 3].

        Raises:
            CaptureError: there are no views.
        """
        if not views:
            raise CaptureError("the capture has no training views, so no view can be the nearest")
        self._views, self._side, self._load = tuple(views), side, load
        self._center = np.asarray(placement.center)

    @property
    def facts(self) -> RendererFacts:
        """What renders."""
        return RendererFacts("nearest view", "cpu", "uint8")

    def nearest(self, camera: Camera) -> View:
        """The view that differs least from `camera` in direction and place.

        The rotation between the two and the angle between their places as seen from the grid's
        centre are added; for cameras on a sphere that look at its middle both say the same.
        """
        return min(self._views, key=lambda view: self._difference(camera, view.camera))

    def render(
        self, camera: Camera, extras: Extra = Extra.NONE, between_stages: BetweenStages = go_on
    ) -> Frame:
        """The nearest training view's picture; it has no depth."""
        started = time.perf_counter()
        picture = self._load(self.nearest(camera).picture_path, self._side)
        stages_ms = {"picture": (time.perf_counter() - started) * 1000}
        float_picture = None
        if Extra.FLOAT_PICTURE in extras:
            float_picture = (picture / 255).astype(np.float32)
        return Frame(camera, picture, None, None, stages_ms, float_picture=float_picture)

    def close(self) -> None:
        """Nothing is held."""

    def _difference(self, one: Camera, other: Camera) -> float:
        """Degrees."""
        first, second = one.position - self._center, other.position - self._center
        distance = float(np.linalg.norm(first - second))
        reach = max(float(np.linalg.norm(first)), float(np.linalg.norm(second)), 1e-12)
        return one.angle_to(other) + float(np.degrees(distance / reach))
