"""A bar a camera: the share of the grid that it sees."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QKeyEvent

from viewer.text.units import percent
from viewer.theme import Theme, ThemeManager
from viewer.widgets.bar_chart import BarChart

HEIGHT = 112
LEAST = 0.03  # of the height, so that a camera that sees nothing is seen


class CoverageChart(BarChart):
    """Red bars see nothing, the amber one is chosen; click or arrow keys choose."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("Share of the box each camera sees", HEIGHT, "")
        self.shares: NDArray[np.float64] = np.zeros(0)
        self._names: tuple[str, ...] = ()
        self._index = 0
        themes.theme_changed.connect(self._recolor)
        self._recolor(themes.theme)

    def show_shares(self, shares: NDArray[np.float64], names: Sequence[str]) -> None:
        """Show these, 0…1, one a camera."""
        self.shares, self._names = shares, tuple(names)
        self.choose(min(self._index, max(0, len(shares) - 1)))

    def choose(self, index: int) -> None:
        """Mark a camera."""
        self._index = index
        if len(self.shares):
            self.setAccessibleDescription(self.text_of(index))
        self._recolor(self.theme)

    def text_of(self, index: int) -> str:
        """A bar in words."""
        share = self.shares[index]
        seen = f"sees {percent(share)} of the box" if share else "sees nothing of the box"
        return f"{self._names[index]} {seen}"

    def _recolor(self, theme: Theme) -> None:
        self.show_theme(theme)
        colors = [theme.accent if share else theme.red for share in self.shares]
        if colors and self.shares[self._index]:
            colors[self._index] = theme.amber
        self.show_bars(np.maximum(self.shares, LEAST), colors, (0.0, 1.0))

    def add_items(self) -> None:
        """Bars, and a scale of three shares."""
        super().add_items()
        ticks = [(share, percent(share)) for share in (0.0, 0.5, 1.0)]
        self.plot.getAxis("left").setTicks([ticks])

    def values_csv(self) -> str:
        """Each camera with its share."""
        rows = (f"{name},{share:.6g}" for name, share in zip(self._names, self.shares, strict=True))
        return "\n".join(["camera,share", *rows]) + "\n"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose the next."""
        self.step_from(self._index, event)

    def tip_at(self, point: QPointF) -> str:
        """The camera under the mouse."""
        number = self.bar_at(point)
        return "" if number is None else self.text_of(number)
