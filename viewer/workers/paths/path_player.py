"""Goes along the edited path: scrubs to a time, or plays in real time."""

import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from dvox_core.camera_paths.path import CameraPath
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame
from viewer.state.path_editor import PathEditor
from viewer.state.viewer_state import ViewerState
from viewer.workers.background.operation import Operation, Progress

if TYPE_CHECKING:  # scipy takes a third of a second to import
    from dvox_core.camera_paths.curve import PathCurve

TICK_MS = 8
RATE_S = 1.0
"""Seconds of playing over which it is counted how many frames the network kept up with."""


class PathPlayer(QObject):
    """Moves the state's camera along the path. Lives on the window's thread.

    The curve is scipy's, whose import takes a third of a second: a thread does that once, and what
    was asked for meanwhile happens afterwards. Playing shows frames of the path's rate in real
    time: where the network cannot keep up, those in between are warped, and `rate_changed` says so.
    """

    curve_ready = Signal()
    playing_changed = Signal(bool)
    rate_changed = Signal(float, float)  # frames a second: of the network, of the path
    failed = Signal(str)  # one line: the path cannot be gone along

    def __init__(
        self, state: ViewerState, editor: PathEditor, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._editor = state, editor
        self._loading: Operation | None = None
        self._ready = False
        self._stopped = False
        self._wants_camera = False  # a seek that waits for the curve
        self._wants_to_play = False
        self._playing = False
        self._started = 0.0
        self._from = 0.0
        self._placed: Camera | None = None  # what the player itself looks from
        self._frames_shown: set[Camera] = set()
        self._counted_from = 0.0
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        state.camera_changed.connect(self._on_camera_changed)
        state.scene_changed.connect(lambda _: self.pause())
        state.frame_changed.connect(self._on_frame_changed)
        editor.path_changed.connect(self._on_path_changed)

    @property
    def playing(self) -> bool:
        """Whether the camera is on its way."""
        return self._playing

    @property
    def ready(self) -> bool:
        """Whether curves can be had."""
        return self._ready

    def prepare(self) -> None:
        """Have the curve's library imported, in a thread, if it is not yet."""
        if self._ready or self._loading is not None or self._stopped:
            return
        self._loading = Operation(_import_curve, "Preparing camera paths")
        self._loading.succeeded.connect(self._on_imported)
        self._loading.failed.connect(self.failed)
        self._loading.start()

    def camera_at(self, seconds: float) -> Camera | None:
        """The path's camera at a time; None without keys, or while the curve is not ready."""
        curve = self.curve()
        return None if curve is None else curve.camera_at(seconds)

    def curve(self) -> "PathCurve | None":
        """The edited path's `PathCurve`; None without keys, or while it is being made ready."""
        if not self._ready and self._editor.path.keyframes:
            self.prepare()
        return self.curve_if_ready()

    def curve_if_ready(self) -> "PathCurve | None":
        """The edited path's `PathCurve`; None without keys, or where nobody needed one so far."""
        if not self._ready or not self._editor.path.keyframes:
            return None
        from dvox_core.camera_paths.curve import curve_of

        try:
            return curve_of(self._editor.path)
        except UserError as error:
            self.failed.emit(str(error))
            return None

    def seek(self, seconds: float) -> None:
        """Stand at a time, a whole frame, and look from there."""
        self.pause()
        self._show(self.snapped(seconds))

    def snapped(self, seconds: float) -> float:
        """The time of the path's nearest frame, or its very end."""
        path = self._editor.path
        if seconds >= path.seconds:
            return path.seconds
        return max(round(seconds * path.fps) / path.fps, 0.0)

    def step(self, frames: int) -> None:
        """Go on by so many frames; around the end of a loop."""
        path = self._editor.path
        seconds = self._editor.playhead + frames / path.fps
        if path.closes:
            seconds = float(np.mod(seconds, path.seconds))
        self.seek(seconds)

    def toggle(self) -> None:
        """Play, or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Go along from the playhead, or from the beginning if it stands at the end."""
        path = self._editor.path
        if self._playing or path.seconds <= 0 or self._state.scene is None or self._stopped:
            return
        if self.curve() is None:
            self._wants_to_play = True
            return
        at_end = self._editor.playhead >= path.seconds - 0.5 / path.fps
        self._from = 0.0 if at_end else self._editor.playhead
        self._started = self._counted_from = time.perf_counter()
        self._frames_shown.clear()
        self._playing = True
        self._timer.start()
        self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stay where it is."""
        self._wants_to_play = False
        if self._playing:
            self._playing = False
            self._timer.stop()
            self.playing_changed.emit(False)

    def stop(self) -> None:
        """Send nothing more, and wait until the thread has ended."""
        self._stopped = True
        self._playing = False
        self._timer.stop()
        if self._loading is not None:
            self._loading.stop()

    def _on_imported(self, _: object) -> None:
        self._ready = True
        self.curve_ready.emit()
        if self._wants_camera:
            self._show(self._editor.playhead)
        if self._wants_to_play:
            self.play()

    def _show(self, seconds: float) -> None:
        self._editor.set_playhead(seconds)
        camera = self.camera_at(seconds)
        self._wants_camera = camera is None and bool(self._editor.path.keyframes)
        if camera is not None and self._state.scene is not None:
            self._placed = camera
            self._state.set_camera(camera)

    def _on_tick(self) -> None:
        path = self._editor.path
        now = time.perf_counter()
        seconds = self._from + now - self._started
        if seconds >= path.seconds:
            if not path.closes:
                self._show(path.seconds)
                self.pause()
                return
            self._from, self._started = float(np.mod(seconds, path.seconds)), now
            seconds = self._from
        frame = int(seconds * path.fps + 1e-6) / path.fps
        if frame != self._editor.playhead or self._state.camera != self._placed:
            self._show(frame)
        if now - self._counted_from >= RATE_S:
            rate = len(self._frames_shown) / (now - self._counted_from)
            self._frames_shown.clear()
            self._counted_from = now
            self.rate_changed.emit(rate, path.fps)

    def _on_frame_changed(self, frame: Frame | None) -> None:
        if self._playing and frame is not None:
            self._frames_shown.add(frame.camera)

    def _on_camera_changed(self, camera: Camera) -> None:
        """Pause where somebody else moved the camera."""
        if self._playing and camera != self._placed:
            self.pause()

    def _on_path_changed(self, path: CameraPath) -> None:
        if self._playing and path.seconds <= 0:
            self.pause()


def _import_curve(_: Progress) -> None:
    import dvox_core.camera_paths.curve
    import dvox_core.camera_paths.generators  # noqa: F401
