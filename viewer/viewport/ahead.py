"""Chooses which views to render while the hand rests, so that its next move finds true frames."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.geometry.cameras import Camera
from viewer.viewport.controllers import View, orbit

STEP = float(np.radians(12))
"""Between two views of a ring: everything between is then 6° at most from a true frame."""

RING = 30
HEIGHTS = (0, 1, -1, 2, -2)
"""Steps above and below the present view at which there are rings, in this order of worth."""

BUDGET_S = 30.0
"""Time that the network may take for them each time the hand rests."""

MOST_VIEWS = RING * len(HEIGHTS)

NEAR_ENOUGH = 4.0
"""Degrees from a kept frame within which a view is not worth another."""

SETTLE_MS = 300


def views_around(view: View, up: Any) -> list[Camera]:  # up: [3]
    """Cameras on rings around the pivot, those that a small move reaches first in front."""
    steps = [(yaw, pitch) for pitch in HEIGHTS for yaw in range(-RING // 2 + 1, RING // 2 + 1)]
    steps.remove((0, 0))
    # Turning sideways is what hands do most.
    steps.sort(key=lambda step: (max(abs(step[0]), 2 * abs(step[1])), abs(step[1])))
    cameras: list[Camera] = []
    for yaw, pitch in steps:
        camera = orbit(view, up, yaw * STEP, pitch * STEP).camera
        # Near a pole there are no views above.
        if camera not in cameras and camera != view.camera:
            cameras.append(camera)
    return cameras


class ViewsAhead(QObject):
    """Says which views are wanted whenever the hand has come to rest, and nothing while it moves.

    Args:
        view: what is seen now; None without a scene.
        up: the scene's upright axis.
        holds: whether a kept frame is within some degrees of a camera.
        frame_ms: what a frame takes.
        resting: whether the present view's own frame is there and nothing else is to be done.
    """

    wanted = Signal(object)  # Sequence[Camera], the most wanted first; empty while the hand moves

    def __init__(
        self,
        view: Callable[[], View | None],
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
        self._asked = False
        self._enabled = True
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(self._ask)

    def set_wanted_views(self, cameras: Sequence[Camera]) -> None:
        """Render these ahead of those around the present view: of a path that is edited, say."""
        self._extra = tuple(cameras)
        self.begin()

    def set_enabled(self, enabled: bool) -> None:
        """Render views ahead, or none."""
        if enabled != self._enabled:
            self._enabled = enabled
            self.begin()

    def begin(self) -> None:
        """Something moved or changed: want nothing until it has rested for a moment."""
        if self._asked:
            self._asked = False
            self.wanted.emit(())
        if self._enabled and self._view() is not None:
            self._timer.start()
        else:
            self._timer.stop()

    def _ask(self) -> None:
        view = self._view()
        if view is None or not self._enabled or not self._resting():
            return  # what ends the unrest begins anew
        most = int(np.clip(BUDGET_S * 1000 / max(self._frame_ms(), 1.0), 4, MOST_VIEWS))
        cameras = [camera for camera in self._extra if not self._holds(camera, 0.1)]
        around = views_around(view, self._up())
        cameras += [camera for camera in around if not self._holds(camera, NEAR_ENOUGH)]
        if cameras:
            self._asked = True
            self.wanted.emit(tuple(cameras[:most]))
