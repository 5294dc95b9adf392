"""Chooses which views to render at rest, so that the next move finds true frames."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.geometry.cameras import Camera
from viewer.viewport.navigation.camera_motion import OrbitPose, orbit

STEP = float(np.radians(12))
"""Between two views of a ring: everything between is then 6° at most from a true frame."""

RING = 30
HEIGHTS = (0, 1, -1, 2, -2)
"""Steps above and below the present view at which there are rings, in this order of worth."""

BUDGET_S = 30.0
"""Time that the network may take for them at each rest."""

MAX_VIEWS = RING * len(HEIGHTS)

NEAR_ENOUGH = 4.0
"""Degrees from a kept frame within which a view is not worth another."""

SETTLE_MS = 300

BATCH = 12
"""Views that are looked for at once: 3 ms, where all of them took 50."""


def views_around(view: OrbitPose, up: Any) -> Iterator[Camera]:  # up: [3]
    """Cameras on rings around the pivot, those that a small move reaches first in front."""
    steps = [(yaw, pitch) for pitch in HEIGHTS for yaw in range(-RING // 2 + 1, RING // 2 + 1)]
    steps.remove((0, 0))
    # Turning sideways is what people do most.
    steps.sort(key=lambda step: (max(abs(step[0]), 2 * abs(step[1])), abs(step[1])))
    known = {view.camera}
    for yaw, pitch in steps:
        camera = orbit(view, up, yaw * STEP, pitch * STEP).camera
        if camera not in known:  # near a pole there are no views above
            known.add(camera)
            yield camera


class Prefetcher(QObject):
    """Says which views are wanted whenever the camera rests, and none while it moves.

    Args:
        view: what is seen now; None without a scene.
        up: the scene's upright axis.
        holds: whether a kept frame is within some degrees of a camera.
        frame_ms: what a frame takes.
        resting: whether the present view's own frame is there and nothing else is to be done.
    """

    wanted = Signal(object)  # Sequence[Camera], some at a time; empty when the camera moves again

    def __init__(
        self,
        view: Callable[[], OrbitPose | None],
        up: Callable[[], Any],
        holds: Callable[[Camera, float], bool],
        frame_ms: Callable[[], float],
        resting: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._up, self._holds = view, up, holds
        self._frame_ms, self._resting = frame_ms, resting
        self._extra: tuple[Camera, ...] = ()
        self._candidates: Iterator[tuple[Camera, float]] | None = None  # and how near is enough
        self._left = 0  # views that the budget still allows
        self._awaited = 0  # views that were asked for and have not come
        self._enabled = True
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._ask)

    def set_wanted_views(self, cameras: Sequence[Camera]) -> None:
        """Render these before those around the present view: for example of an edited path."""
        self._extra = tuple(cameras)
        self.begin()

    def set_enabled(self, enabled: bool) -> None:
        """Prefetch views, or none."""
        if enabled != self._enabled:
            self._enabled = enabled
            self.begin()

    def begin(self) -> None:
        """Something moved or changed: want nothing until it has rested for a moment."""
        self._candidates = None
        if self._awaited:
            self._awaited = 0
            self.wanted.emit(())
        if self._enabled and self._view() is not None:
            self._timer.start(SETTLE_MS)
        else:
            self._timer.stop()

    def on_rendered(self) -> None:
        """A view that was wanted has come: go on when all of them have."""
        if self._awaited:
            self._awaited -= 1
            if not self._awaited:
                self._timer.start(0)

    def _ask(self) -> None:
        view = self._view()
        if view is None or not self._enabled or not self._resting():
            return  # what brings rest begins anew
        if self._candidates is None:
            around = views_around(view, self._up())
            near = ((camera, NEAR_ENOUGH) for camera in around)
            self._candidates = chain(((camera, 0.1) for camera in self._extra), near)
            affordable = BUDGET_S * 1000 / max(self._frame_ms(), 1.0)
            self._left = int(np.clip(affordable, 4, MAX_VIEWS + len(self._extra)))
        looked_at = list(islice(self._candidates, BATCH))
        cameras = [camera for camera, degrees in looked_at if not self._holds(camera, degrees)]
        cameras = cameras[: self._left]
        self._left -= len(cameras)
        self._awaited = len(cameras)
        if cameras:
            self.wanted.emit(tuple(cameras))
        elif looked_at and self._left:
            self._timer.start(0)
