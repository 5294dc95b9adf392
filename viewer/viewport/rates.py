"""How often something happens: a rate over the last moments."""

from collections import deque

WINDOW_S = 3.0
"""Ticks older than this say nothing any more."""

MAX_TICKS = 60

FEWEST_TICKS = 3
"""Fewer are chance, not a rate."""


class RateMeter:
    """Ticks a second, over the latest run of ticks; a rest ends a run."""

    def __init__(self) -> None:
        self._ticks: deque[float] = deque(maxlen=MAX_TICKS)
        self._pause_s = 0.0

    def tick(self, now: float, pause_s: float) -> None:
        """It happened at `now`, in seconds; a rest is when it then does not for `pause_s`."""
        if self._ticks and now - self._ticks[-1] > self._pause_s:
            self._ticks.clear()
        self._pause_s = pause_s
        self._ticks.append(now)

    def clear(self) -> None:
        """Forget every tick."""
        self._ticks.clear()

    def rate(self, now: float) -> float | None:
        """Ticks a second; None at rest, or when it hardly happened."""
        if not self._ticks or now - self._ticks[-1] > self._pause_s:
            return None
        while len(self._ticks) > 2 and now - self._ticks[0] > WINDOW_S:
            self._ticks.popleft()
        if len(self._ticks) < FEWEST_TICKS or self._ticks[-1] <= self._ticks[0]:
            return None
        return (len(self._ticks) - 1) / (self._ticks[-1] - self._ticks[0])
