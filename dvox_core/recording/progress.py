"""How far a recording is, and how it is paused and cancelled from another thread."""

import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import Cancelled

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RecordingProgress:
    """How far a recording is.

    Attributes:
        frame: frames that are done.
        total: frames of the video.
        seconds_left: until it is finished; None while nobody can say.
        text: what is being done.
        preview: [≤192, ≤192, 3] uint8, a newer frame of the video; None where there is none newer.
    """

    frame: int
    total: int
    seconds_left: float | None
    text: str
    preview: Bytes | None = None

    @property
    def fraction(self) -> float:
        """0…1."""
        return self.frame / self.total if self.total else 0.0


class RecordingControl:
    """Pauses and cancels a recording from another thread."""

    def __init__(self) -> None:
        self._go = threading.Event()
        self._go.set()
        self._cancelled = threading.Event()

    @property
    def paused(self) -> bool:
        """Whether it waits, or will before its next frame."""
        return not self._go.is_set()

    def pause(self) -> None:
        """Wait before the next frame."""
        self._go.clear()

    def resume(self) -> None:
        """Go on."""
        self._go.set()

    def cancel(self) -> None:
        """End before the next frame; what was rendered is kept for another time."""
        self._cancelled.set()
        self._go.set()

    def check(self) -> float:
        """Wait while paused; the seconds waited.

        Raises:
            Cancelled: the recording was cancelled.
        """
        started = time.monotonic()
        waited = self._go.is_set()
        if not waited:
            self._go.wait()
        if self._cancelled.is_set():
            raise Cancelled
        return 0.0 if waited else time.monotonic() - started


class FrameClock:
    """Says how long the rest will take, by the newest frames."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._new: deque[float] = deque(maxlen=30)

    def leave_out(self, seconds: float) -> None:
        """Do not count a pause."""
        self._last += seconds

    def seconds_left(self, new: bool, frames: int) -> float | None:
        """After a frame that was rendered (`new`) or kept; None before the first rendered one."""
        now = time.monotonic()
        if new:
            self._new.append(now - self._last)
        self._last = now
        if not frames:
            return 0.0
        return sum(self._new) / len(self._new) * frames if self._new else None
