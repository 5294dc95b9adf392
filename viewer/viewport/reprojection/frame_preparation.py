"""Makes the network's pictures ready to be warped before they reach the window's thread."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from dvox_core.geometry.frustum import Frustum
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.pictures import Picture, rgb_picture
from dvox_core.rendering.reprojection.warp import WarpSource
from dvox_core.rendering.reprojection.warp_sources import warp_source
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.workers.rendering.scene_session import SceneSession

MAX_WAITING = 4
"""Frames that are ready and not asked for yet."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """What makes a frame's picture and what it is warped by; see `warp_source`."""

    frustum: Frustum
    pivot: NDArray[np.float64]  # [3], world units
    max_pixels: int

    def make(self, frame: Frame) -> tuple[Picture, WarpSource]:
        """The RGB picture, and the same ready to be warped."""
        picture = rgb_picture(frame)
        return picture, warp_source(frame, picture.rgba, self.frustum, self.pivot, self.max_pixels)


class Preparation(QObject):
    """Prepares each frame on the thread that rendered it, and hands the result to the window's.

    Some milliseconds a frame, 4 to 8, which the window has no time for while it follows the mouse.
    Only for the RGB mode; pictures of the others depend on what the window has seen before.

    Args:
        max_pixels: side of the pictures that the canvas warps at most.
    """

    def __init__(
        self, state: ViewerState, max_pixels: Callable[[], int], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._max_pixels = state, max_pixels
        self._lock = threading.Lock()  # guards the two below
        self._recipe: Recipe | None = None
        self._ready: OrderedDict[Frame, tuple[Picture, WarpSource]] = OrderedDict()
        for changed in (state.scene_changed, state.pivot_changed, state.display_mode_changed):
            changed.connect(self._on_state_changed)
        self._on_state_changed()

    def _on_state_changed(self, *_: object) -> None:
        """Prepare for the state's scene, pivot and mode; what is ready is forgotten."""
        state, pivot, recipe = self._state, self._state.pivot, None
        is_rgb = state.display_mode is DisplayMode.RGB
        if state.scene is not None and pivot is not None and is_rgb:
            recipe = Recipe(state.scene.frustum, pivot, self._max_pixels())
        with self._lock:
            self._recipe = recipe
            self._ready.clear()

    def prepare(self, frame: Frame) -> None:
        """Make what `pop` gives."""
        recipe = self._recipe
        if recipe is None:
            return
        made = recipe.make(frame)
        with self._lock:
            if recipe is not self._recipe:
                return
            self._ready[frame] = made
            while len(self._ready) > MAX_WAITING:
                self._ready.popitem(last=False)

    def pop(self, frame: Frame) -> tuple[Picture, WarpSource] | None:
        """What was made of `frame`, which is then forgotten; None if nothing was."""
        with self._lock:
            return self._ready.pop(frame, None)


def prepared_by(
    session: SceneSession,
    state: ViewerState,
    max_pixels: Callable[[], int],
    parent: QObject,
) -> Callable[[Frame], tuple[Picture, WarpSource] | None]:
    """Prepare the session's frames on the thread that renders them; returns `Preparation.pop`."""
    preparation = Preparation(state, max_pixels, parent)
    session.set_frame_preparer(preparation.prepare)
    return preparation.pop
