"""Bars side by side: one is chosen by click or arrow keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent

from viewer.plots.chart import Chart, Range

GAP = 0.2  # of a bar's place
GAPS_FROM_PX = 4
"""Narrower bars have no gaps, which would differ by a pixel."""


class BarChart(Chart):
    """Shows one number a bar, from zero up or down."""

    chosen = Signal(int)

    def __init__(self, name: str, height: int, bottom: str) -> None:
        super().__init__(name, height, bottom=bottom, bottom_px=32 if bottom else 16)
        self._values = np.zeros(0)
        self._colors: Sequence[str] = ()

    def show_bars(self, values: ArrayLike, colors: Sequence[str], up: Range) -> None:
        """Show [N] values in their colours, between two values upwards."""
        self._values, self._colors = np.asarray(values, dtype=np.float64), colors
        self.set_ranges((-0.5, max(len(self._values), 1) - 0.5), up)
        self.redraw()

    def bar_at(self, point: QPointF) -> int | None:
        """The number of the bar at a point."""
        if not self.ready() or not self.area.contains(QPointF(point.x(), self.area.center().y())):
            return None
        number = round(self.place_at(point).x())
        return number if 0 <= number < len(self._values) else None

    def bar(self, number: int) -> QRectF:
        """Where a bar is."""
        first = self.point_of(number - (1 - GAP) / 2, 0.0)
        last = self.point_of(number + (1 - GAP) / 2, self._values[number])
        return QRectF(first, last).normalized()

    def add_items(self) -> None:
        """The bars."""
        import pyqtgraph as pg

        self._bars = pg.BarGraphItem(x=[0], height=[0], width=1 - GAP, pen=None)
        self.plot.addItem(self._bars)
        self.plot.getAxis("bottom").tickStrings = lambda places, scale, spacing: [
            f"{place:.0f}" if place in range(len(self._values)) else "" for place in places
        ]

    def draw(self) -> None:
        """Show the bars."""
        self._bars.setOpts(
            x=np.arange(len(self._values)),
            height=np.nan_to_num(self._values, posinf=0.0, neginf=0.0),
            width=1 - GAP if len(self._values) * GAPS_FROM_PX < self.width() else 1.0,
            brushes=[QColor(color) for color in self._colors],
        )

    def values_csv(self) -> str:
        """Each bar's number and value."""
        rows = (f"{number},{value:.9g}" for number, value in enumerate(self._values))
        return "\n".join(["number,value", *rows]) + "\n"

    def clicked_at(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Choose the bar under the mouse."""
        number = self.bar_at(point)
        if number is not None:
            self.chosen.emit(number)

    def step_from(self, number: int, event: QKeyEvent) -> None:
        """Left and right choose the next bar, from one end to the other."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and len(self._values):
            self.chosen.emit((number + step) % len(self._values))
        else:
            Chart.keyPressEvent(self, event)
