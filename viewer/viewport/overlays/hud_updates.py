"""Keeps the HUD's numbers up to date: counts pictures, and refreshes while something happens."""

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.frame import Frame
from viewer.viewport.overlays.hud import Hud, HudFacts

REFRESH_MS = 250
MIN_PAUSE_S = 0.75


class HudUpdater(QObject):
    """The HUD, what it shows, and when it shows it anew.

    Args:
        facts: what to show, given the two rates: (shown, network) → facts.
        resized: called when the HUD took another size.
        resting: whether nothing is awaited; the numbers then stand still.
    """

    def __init__(
        self,
        parent: QWidget,
        facts: Callable[[float | None, float | None], HudFacts],
        resized: Callable[[], None],
        resting: Callable[[], bool],
    ) -> None:
        super().__init__(parent)
        self.hud = Hud(parent)
        self._facts = facts
        self._resized = resized
        self._resting = resting
        self._viewport = parent
        self._shown_rate = RateMeter()
        self._network_rate = RateMeter()
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self._refresh)

    @property
    def visible(self) -> bool:
        """Whether the HUD is shown."""
        return not self.hud.isHidden()

    def set_visible(self, visible: bool) -> None:
        """Show the HUD, or hide it."""
        self.hud.setVisible(visible)
        if visible:
            self.wake()
        else:
            self._timer.stop()

    def wake(self) -> None:
        """Something changed: follow it until nothing happens any more."""
        if self.visible and self._viewport.isVisible() and not self._timer.isActive():
            self._timer.start()
            self._refresh()

    def clear(self) -> None:
        """Begin to count anew: another scene is shown."""
        self._network_rate.clear()
        self._shown_rate.clear()
        self.hud.forget_width()

    def count_network(self, frame: Frame) -> None:
        """A frame came."""
        self._network_rate.tick(time.perf_counter(), pause_s(frame))

    def count_shown(self, frame: Frame) -> None:
        """A picture that was not there before was painted; `frame` is the newest."""
        self._shown_rate.tick(time.perf_counter(), pause_s(frame))

    def _refresh(self) -> None:
        now = time.perf_counter()
        shown, network = self._shown_rate.rate(now), self._network_rate.rate(now)
        size = self.hud.size()
        self.hud.show_facts(self._facts(shown, network))
        if self.hud.size() != size:
            self._resized()
        if shown is None and network is None and self._resting():
            self._timer.stop()  # whatever happens next wakes it


def pause_s(frame: Frame) -> float:
    """How long nothing comes before the camera rests: slow networks come seldom."""
    return max(MIN_PAUSE_S, 2.5 * frame.total_ms / 1000)


WINDOW_S = 3.0
"""Ticks older than this do not count any more."""

MAX_TICKS = 60

MIN_TICKS = 3
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
        if len(self._ticks) < MIN_TICKS or self._ticks[-1] <= self._ticks[0]:
            return None
        return (len(self._ticks) - 1) / (self._ticks[-1] - self._ticks[0])
