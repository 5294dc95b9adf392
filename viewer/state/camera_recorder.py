"""Records how the user moves the camera, and when."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from dvox_core.geometry.cameras import Camera
from viewer.state.viewer_state import ViewerState

REST_S = 0.25
"""Where nothing changes for this long, the camera rested until just before the next change."""

DWELL_MARGIN_S = 0.1
"""How long before that change the camera still stood where it rested."""

MAX_CHANGES = 200_000
"""Changes that are recorded at most: an hour of steady movement."""


class CameraRecorder(QObject):
    """While it is on, keeps every camera with its time."""

    capturing_changed = Signal(bool)

    def __init__(
        self,
        state: ViewerState,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(parent)
        self._state, self._clock = state, clock
        self._capturing = False
        self._times: list[float] = []
        self._cameras: list[Camera] = []
        state.camera_changed.connect(self._on_camera_changed)
        state.scene_changed.connect(lambda _: self._end())

    @property
    def capturing(self) -> bool:
        """Whether it is on."""
        return self._capturing

    @property
    def seconds(self) -> float:
        """How long it has been on, or was."""
        if not self._times:
            return 0.0
        return (self._clock() if self._capturing else self._times[-1]) - self._times[0]

    def begin(self) -> None:
        """Record from now on; nothing without a scene."""
        if self._state.camera is not None and not self._capturing:
            self._times, self._cameras = [self._clock()], [self._state.camera]
            self._capturing = True
            self.capturing_changed.emit(True)

    def finish(self) -> tuple[list[float], list[Camera]]:
        """End, and give all times in seconds, and the cameras seen then."""
        if self._capturing:
            self._add(self._clock(), self._cameras[-1])
            self._end()
        return self._times, self._cameras

    def _end(self) -> None:
        if self._capturing:
            self._capturing = False
            self.capturing_changed.emit(False)

    def _on_camera_changed(self, camera: Camera) -> None:
        if self._capturing:
            self._add(self._clock(), camera)

    def _add(self, now: float, camera: Camera) -> None:
        if len(self._times) >= MAX_CHANGES:
            return
        if now - self._times[-1] > REST_S:
            self._times.append(now - DWELL_MARGIN_S)
            self._cameras.append(self._cameras[-1])
        self._times.append(now)
        self._cameras.append(camera)
