"""Measures the real window while a synthetic drag turns the scene and the network works."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QTimer, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from viewer.bench.meters import (
    FrameMeter,
    FrameTimes,
    LoopMeter,
    PaintMeter,
    Percentiles,
    RemoteMeter,
    process_age_s,
)
from viewer.bench.synthetic_drag import SyntheticDrag
from viewer.bench.trace import Trace
from viewer.state.selection import Pixel
from viewer.window.main_window import MainWindow

SETTLE_MS = 1500
"""Rest between the first picture and the drag: thumbnails are written, layouts settle."""

PINS = ((0.5, 0.5), (0.4, 0.45), (0.6, 0.55), (0.45, 0.6), (0.55, 0.4))
"""Of the picture's sides: what is pinned while a panel is in view, so that it has rays to show."""

LIMIT_S = 300
"""Longest wait for the first picture, and for the last one."""

UPGRADE_LIMIT_S = 120
"""Longest wait for the fastest renderer: measured and made the first time, then from the disk."""

ALONE_S = 6.0
ALONE_FRAMES = 24
"""How long, and how often, the network is timed with the window hidden and the view at rest."""


class WindowBench(QObject):
    """Opens a scene in the window, drags, rests, times the network alone, and reports.

    The report, in seconds and milliseconds:
        window_s, first_frame_s: from the start of the process to the first painting of the
            window, and to the first picture of the network in it.
        settled_s: until the renderer was there that the rest is measured with.
        display_interval_ms: between paintings of different views during the drag.
        event_to_paint_ms: from sending a move of the mouse to the end of the painting that shows
            it.
        network_frame_ms: of the frames that came during the drag.
        network_alone_ms: the same with the window hidden and the view at rest; `network_ratio` is
            the quotient of the medians.
        true_frame_gap_ms: the longest without a frame of the network during the drag.
        rest_s: from letting go to the network's picture of where the drag stopped.
        longest_block_ms: the longest time that the event loop did not turn during the drag;
            `opening_block_ms` likewise from the window's first painting to the first picture.
        window_cpu_ms_per_view: time of a processor that the window's thread took during the drag,
            for each view that was painted: what other processes do changes it little.
        remote: of a scene on another machine, its round trips, bytes a frame, frames under way and
            rate during the drag.
        panel, panel_updates: the panel that was in view, and how often it showed something new
            during the drag.
    """

    finished = Signal(object, str)  # the report, and a line that says what went wrong ('' if none)

    def __init__(
        self,
        window: MainWindow,
        size: QSize,
        seconds: float,
        limit_s: float = LIMIT_S,
        panel: str | None = None,
        trace: Trace | None = None,
    ) -> None:
        super().__init__(window)
        self._trace = trace
        if trace is not None:
            trace.follow(window)
        self._window, self._size, self._seconds = window, size, seconds
        self._panel = panel
        self._report: dict[str, Any] = {}
        self._over = False
        self._loop = LoopMeter(self)
        self._synthetic_drag = SyntheticDrag(window.viewport)
        self._paints = PaintMeter(window, self._synthetic_drag)
        self._frames = FrameMeter(window)
        self._remote = RemoteMeter(window)
        self._released = 0.0
        self._updates_before, self._cpu_before = 0, 0.0
        self._alone = FrameTimes()
        self._has_drafts = False
        self._alone_cameras: list[Camera] = []
        self._opening: Callable[[], object] = lambda: None
        self._pause = QTimer(self, singleShot=True)
        self._limit = QTimer(self, singleShot=True, interval=round(limit_s * 1000))
        self._limit.timeout.connect(
            lambda: self._end(f"no picture after {limit_s:g} s; try a smaller scene")
        )
        session = window.session
        session.open_failed.connect(lambda _, line: self._end(line))
        session.intrinsics_missing.connect(
            lambda path: self._end(
                f"{path}: no intrinsics.txt beside it or above; give it with --intrinsics"
            )
        )
        session.render_failed.connect(self._end)
        window.closed.connect(lambda: self._end("the window was closed before the end"))

    def start(self, scene: Path, intrinsics: Path | None) -> None:
        """Show the window, and open the scene after its first painting."""
        window = self._window
        self._limit.start()
        window.installEventFilter(self)
        self._opening = lambda: window.files.open(scene, intrinsics)
        window.show()
        window.resize(self._size)

    def stop(self) -> None:
        """End whatever runs."""
        self._over = True
        self._limit.stop()
        self._pause.stop()
        self._remote.stop()
        self._synthetic_drag.stop()
        self._loop.stop()

    def fail(self, line: str) -> None:
        """End because of a fault of the program: its figures would mean nothing."""
        self._end(line)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the first painting of the window."""
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self._open)
        return False

    def _open(self) -> None:
        self._report["window_s"] = round(process_age_s(), 3)
        self._mark("Making and painting the window")
        self._loop.start()
        self._window.viewport.picture_shown.connect(self._rest_before)
        self._opening()

    def _rest_before(self, _: Frame) -> None:
        self._window.viewport.picture_shown.disconnect(self._rest_before)
        self._report["first_frame_s"] = round(process_age_s(), 3)
        self._mark("The first picture")
        self._report["opening_block_ms"] = round(self._loop.stop(), 2)
        session = self._window.session
        # After all listeners of the first picture, one of which begins to look for a faster way.
        QTimer.singleShot(0, lambda: self._settle() if session.is_upgrading else self._rest())
        session.upgrading_ended.connect(self._rest)

    def _settle(self) -> None:
        """Wait for the renderer that people have who stay longer than a minute."""
        self._pause = QTimer(self, singleShot=True, interval=UPGRADE_LIMIT_S * 1000)
        self._pause.timeout.connect(self._rest)
        self._pause.start()

    def _rest(self) -> None:
        self._window.session.upgrading_ended.disconnect(self._rest)
        self._pause.stop()
        self._report["settled_s"] = round(process_age_s(), 1)
        self._mark("Finding the fastest renderer")
        if self._panel is not None:
            self._show_panel(self._panel)
        self._then(SETTLE_MS, self._drag)

    def _show_panel(self, name: str) -> None:
        window, scene = self._window, self._window.state.scene
        assert scene is not None  # its first picture has come
        side = scene.config.image_size
        for column, row in PINS:
            window.selection.pin(Pixel(column * side, row * side))
        window.docks.show_panel(name)

    @property
    def _panel_updates(self) -> int:
        panel = self._window.docks.panels[self._panel] if self._panel else None
        return getattr(panel, "refresh_count", 0)

    def _drag(self) -> None:
        self._updates_before = self._panel_updates
        if self._trace is not None:
            self._trace.begin_drag()
        self._cpu_before = time.thread_time()
        self._loop.start()
        self._frames.start()
        self._remote.start()
        self._paints.start()
        self._synthetic_drag.start()
        self._then(round(self._seconds * 1000), self._let_go)

    def _let_go(self) -> None:
        self._synthetic_drag.stop()
        self._frames.stop()
        self._remote.stop()
        self._paints.stop()
        block, window = self._loop.stop(), self._window
        cpu_ms, views = (time.thread_time() - self._cpu_before) * 1000, self._paints.view_count
        if self._trace is not None:
            self._trace.end_drag(views)
        # What the last painting has not shown yet waits in the queue: the view may still change.
        QCoreApplication.sendPostedEvents(window.viewport)
        self._released = time.perf_counter()
        report = self._report
        report["display_interval_ms"] = _figures(self._paints.intervals_ms)
        report["event_to_paint_ms"] = _figures(self._paints.latencies_ms)
        report["network_frame_ms"] = _figures(self._frames.frames_ms)
        report["true_frame_gap_ms"] = round(max(self._frames.gaps_ms), 1)
        report["longest_block_ms"] = round(block, 2)
        report["window_cpu_ms_per_view"] = round(cpu_ms / views, 2)
        report["event_lateness_ms"] = _figures(self._synthetic_drag.lateness_ms)
        report["made_by"] = dict(self._frames.made_by)
        report["remote"] = self._remote.report()
        report["panel"] = self._panel
        report["panel_updates"] = self._panel_updates - self._updates_before
        report["counts"] = {
            "events": len(self._synthetic_drag.lateness_ms),
            "views_painted": views,
            "network_frames": len(self._frames.frames_ms),
        }
        window.state.frame_changed.connect(self._await_rest)
        self._await_rest(window.state.frame)

    def _await_rest(self, frame: Frame | None) -> None:
        """Go on when the picture is there of where the drag stopped."""
        state = self._window.state
        if frame is None or frame.draft or frame.camera != state.camera:
            return
        state.frame_changed.disconnect(self._await_rest)
        self._report["rest_s"] = round(time.perf_counter() - self._released, 3)
        facts, scene = state.renderer, state.scene
        assert facts is not None  # it made the frame
        assert scene is not None
        self._report["backend"] = facts.backend
        self._report["device"] = facts.device
        self._report["precision"] = facts.precision
        self._report["gl"] = self._window.viewport.backend_name
        self._report["window"] = f"{self._window.width()}x{self._window.height()}"
        self._has_drafts = any(name.endswith(", draft") for name in self._frames.made_by)
        self._window.hide()
        self._alone_cameras = orbit(scene, frame.camera, ALONE_FRAMES)
        self._alone_until = time.perf_counter() + min(ALONE_S, self._seconds)
        state.frame_changed.connect(self._on_frame_alone)
        state.set_camera(self._alone_cameras.pop())

    def _on_frame_alone(self, frame: Frame | None) -> None:
        state = self._window.state
        if frame is None or frame.camera != state.camera:
            return
        if frame.draft and not self._has_drafts:
            return  # its full picture follows
        # Where drafts were made during the drag, none may come at rest: a full picture then counts.
        self._alone.add(frame)
        if self._alone_cameras and (
            time.perf_counter() < self._alone_until or self._alone.count < 3
        ):
            # Not from within the signal: the window's other listeners come first.
            # Taken now, as a draft and its full picture may both come before the timer.
            QTimer.singleShot(0, partial(state.set_camera, self._alone_cameras.pop()))
            return
        state.frame_changed.disconnect(self._on_frame_alone)
        alone_ms, ratio = self._frames.times.compared_with(self._alone)
        self._report["network_alone_ms"] = _figures(alone_ms)
        self._report["network_ratio"] = ratio
        self._end("")

    def _mark(self, name: str) -> None:
        if self._trace is not None:
            self._trace.mark(name)

    def _then(self, milliseconds: int, step: Callable[[], None]) -> None:
        self._pause = QTimer(
            self, singleShot=True, interval=milliseconds, timerType=Qt.TimerType.PreciseTimer
        )
        self._pause.timeout.connect(step)
        self._pause.start()

    def _end(self, line: str) -> None:
        if not self._over:
            self.stop()
            self.finished.emit(self._report, line)


def orbit(scene: Scene, start: Camera, count: int) -> list[Camera]:
    """`count` cameras around the scene's pivot, a few degrees apart, from `start` on."""
    from viewer.viewport.navigation.camera_motion import OrbitPose
    from viewer.viewport.navigation.camera_motion import orbit as orbited

    view = OrbitPose(start, scene.pivot)
    cameras = []
    for _ in range(count):
        view = orbited(view, scene.up_axis, np.radians(5.0), 0.0)
        cameras.append(view.camera)
    return cameras


def _figures(values: Sequence[float]) -> dict[str, float | None]:
    figures = Percentiles.of(values)
    return {"p50": figures.p50, "p95": figures.p95, "max": figures.max}
