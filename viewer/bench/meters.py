"""Meters that watch a window: its event loop, its paints, its frames."""

import os
import statistics
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame
from viewer.bench.synthetic_drag import SyntheticDrag
from viewer.window.main_window import MainWindow
from viewer.workers.remote.remote_links import figures_of

TICK_MS = 4
"""How finely it is looked whether the event loop turns."""

_IMPORTED = time.perf_counter()


def process_age_s() -> float:
    """Seconds since this process began; where the system does not report it, since this import."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # proc(5): field 22, since boot
        return time.clock_gettime(time.CLOCK_BOOTTIME) - began
    except (OSError, ValueError, IndexError, AttributeError):
        return time.perf_counter() - _IMPORTED


@dataclass(frozen=True)
class Percentiles:
    """The usual three of some milliseconds; None where there were none."""

    p50: float | None
    p95: float | None
    max: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Percentiles":
        """Of any number of values."""
        if not values:
            return cls(None, None, None)
        p50, p95, most = np.percentile(values, (50, 95, 100))
        return cls(*(round(float(value), 2) for value in (p50, p95, most)))


class LoopMeter(QObject):
    """The longest time that the event loop did not turn: the longest gap between two short ticks.

    A gap is at most `TICK_MS` longer than the block in it, never shorter.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.longest_ms = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Restart."""
        self.longest_ms, self._last = 0.0, time.perf_counter()
        self._timer.start()

    def stop(self) -> float:
        """End, and return the longest gap in milliseconds."""
        if self._timer.isActive():
            self._tick()
        self._timer.stop()
        return self.longest_ms

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000)
        self._last = now


class PaintMeter(QObject):
    """Times from a move of the mouse to its picture, and from one new view to the next.

    A move is answered by the first painting of a camera that it, or a later move, brought about.
    """

    def __init__(self, window: MainWindow, drag: SyntheticDrag) -> None:
        super().__init__(window)
        self.intervals_ms: list[float] = []
        self.latencies_ms: list[float] = []
        self._drag = drag
        self._arrived: list[float] = []  # when the moves were sent that changed no camera yet
        self._waiting: deque[tuple[Camera, list[float]]] = deque()
        self._shown: Camera | None = None
        self._painted = 0.0
        self._viewport = window.viewport
        self._state = window.state

    @property
    def view_count(self) -> int:
        """Different views that were painted."""
        return len(self.intervals_ms) + 1

    def start(self) -> None:
        """Begin to listen."""
        self._viewport.installEventFilter(self)
        self._state.camera_changed.connect(self._on_camera)
        self._viewport.view_painted.connect(self._on_painted)

    def stop(self) -> None:
        """Stop listening."""
        self._viewport.removeEventFilter(self)
        self._state.camera_changed.disconnect(self._on_camera)
        self._viewport.view_painted.disconnect(self._on_painted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the moves that arrive; consume none."""
        if event.type() == QEvent.Type.MouseMove and self._drag.posted:
            self._arrived.append(self._drag.posted.popleft())
        return False

    def _on_camera(self, camera: Camera) -> None:
        self._waiting.append((camera, self._arrived))
        self._arrived = []

    def _on_painted(self, camera: Camera) -> None:
        if camera == self._shown:
            return
        now = time.perf_counter()
        if self._painted:
            self.intervals_ms.append((now - self._painted) * 1000)
        self._painted, self._shown = now, camera
        answered = next(
            (number for number, (asked, _) in enumerate(self._waiting) if asked == camera), -1
        )
        for _ in range(answered + 1):
            _, sent = self._waiting.popleft()
            self.latencies_ms += [(now - moment) * 1000 for moment in sent]


@dataclass
class FrameTimes:
    """Times of frames in milliseconds; drafts apart, so that like is compared with like."""

    drafts_ms: list[float] = field(default_factory=list)
    full_ms: list[float] = field(default_factory=list)

    def add(self, frame: Frame) -> None:
        """Count a frame."""
        (self.drafts_ms if frame.draft else self.full_ms).append(frame.total_ms)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.drafts_ms) + len(self.full_ms)

    def compared_with(self, alone: "FrameTimes") -> tuple[list[float], float | None]:
        """Times of `alone` of the kind that it has more of, and the ratio of medians to them.

        Of the kind that both have, if there is one; without one the ratio is None.
        """
        pairs = [(self.drafts_ms, alone.drafts_ms), (self.full_ms, alone.full_ms)]
        pairs.sort(key=lambda pair: (bool(pair[0] and pair[1]), len(pair[1])))
        ours, theirs = pairs[-1]
        if not (ours and theirs):
            return theirs, None
        return theirs, round(statistics.median(ours) / statistics.median(theirs), 2)


class RemoteMeter(QObject):
    """What the connection of a scene on another machine measures, looked at again and again."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._state = window.state
        self._delays_ms: list[float] = []
        self._under_way: list[float] = []
        self._rates: list[float] = []
        self._frame_bytes: list[float] = []
        self._host = ""
        self._timer = QTimer(self, interval=50)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin to look."""
        self._state.frame_changed.connect(self._on_frame)
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        if self._timer.isActive():
            self._timer.stop()
            self._state.frame_changed.disconnect(self._on_frame)

    def report(self) -> dict[str, object] | None:
        """Round trips, bytes and frames under way; None for a scene of this machine."""
        if not self._host:
            return None
        return {
            "host": self._host,
            "round_trip_ms": asdict(Percentiles.of(self._delays_ms)),
            "frame_bytes": asdict(Percentiles.of(self._frame_bytes)),
            "frames_under_way": asdict(Percentiles.of(self._under_way)),
            "rate_mbits": asdict(Percentiles.of(self._rates)),
        }

    def _look(self) -> None:
        figures = figures_of(self._state.scene)
        if figures is None:
            return
        self._host = figures.host
        if figures.delay_ms is not None:
            self._delays_ms.append(figures.delay_ms)
        self._under_way.append(figures.frames_under_way)
        self._rates.append(figures.rate_bits / 1e6)

    def _on_frame(self, _: Frame | None) -> None:
        figures = figures_of(self._state.scene)
        if figures is not None:
            self._frame_bytes.append(figures.frame_bytes)


class FrameMeter(QObject):
    """Times of the network's frames, who made them, and how long there was none."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.frames_ms: list[float] = []
        self.times = FrameTimes()
        self.gaps_ms: list[float] = []
        self.made_by: Counter[str] = Counter()
        self._state = window.state
        self._last = time.perf_counter()

    def start(self) -> None:
        """Begin to listen."""
        self._last = time.perf_counter()
        self._state.frame_changed.connect(self._on_frame)

    def stop(self) -> None:
        """Stop listening."""
        self._state.frame_changed.disconnect(self._on_frame)
        self.gaps_ms.append((time.perf_counter() - self._last) * 1000)

    def _on_frame(self, frame: Frame | None) -> None:
        if frame is not None:
            now = time.perf_counter()
            self.frames_ms.append(frame.total_ms)
            self.times.add(frame)
            self.made_by[frame.made_by + (", draft" if frame.draft else "")] += 1
            self.gaps_ms.append((now - self._last) * 1000)
            self._last = now
