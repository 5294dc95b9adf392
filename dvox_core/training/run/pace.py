"""How fast a training goes at the moment."""

import time
from collections import deque

RECENT_STEPS = 50


class StepPace:
    """Steps a second over the last steps; pauses are left out by forgetting."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque(maxlen=RECENT_STEPS)

    def add(self, step: int) -> float:
        """Count a step that ended now; returns its time, by the monotonic clock."""
        now = time.monotonic()
        self._recent.append((now, step))
        return now

    def forget(self) -> None:
        """Begin anew."""
        self._recent.clear()

    @property
    def per_second(self) -> float:
        """0 until there are two steps."""
        (first_time, first_step), (last_time, last_step) = self._recent[0], self._recent[-1]
        if last_time <= first_time:
            return 0.0
        return (last_step - first_step) / (last_time - first_time)
