"""Keeps the HUD's figures: counts pictures, and refreshes while something happens."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.frame import Frame
from viewer.viewport.overlays.hud import Hud, HudFacts
from viewer.viewport.rates import RateMeter

REFRESH_MS = 250
MIN_PAUSE_S = 0.75


class Figures(QObject):
    """The HUD, what it says, and when it says it anew.

    Args:
        facts: what to say, but for the two rates: (shown, network) → facts.
        resized: called when the HUD took another size.
        resting: whether nothing is awaited; figures then stand still.
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
        """Whether the figures are shown."""
        return not self.hud.isHidden()

    def set_visible(self, visible: bool) -> None:
        """Show the figures, or hide them."""
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
