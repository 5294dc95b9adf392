"""A plot of curves over training steps: raw and smooth, log scale, a cursor, zoom by dragging."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from dvox_core.training.run.history import Curve
from viewer.plots.chart import Chart, Range, faded, line_pen
from viewer.plots.plot_host import CLICK_PX

RAW_ALPHA, COMPARED_ALPHA, BAND_ALPHA = 70, 170, 50
MARKER_PX, POINT_PX = 8, 7
WHEEL_ZOOM = 0.8
LEAST_MARGIN = 1e-3  # of the values, so that their labels differ
OUTLIERS = 0.5  # per cent of raw values that may lie outside at either end


@dataclass(frozen=True, eq=False)
class PlotLine:
    """A curve of a plot.

    Attributes:
        name: for the legend and the table.
        color: the name of a colour, as `QColor` takes it.
        raw: painted thin and pale; may be empty.
        smooth: painted over it.
        dashed: of another run.
    """

    name: str
    color: str
    raw: Curve
    smooth: Curve
    dashed: bool = False

    def parts(self) -> list[tuple[str, Curve, QPen]]:
        """What is drawn of it: names, points and pens."""
        if self.dashed:
            pen = line_pen(faded(self.color, COMPARED_ALPHA), 1.5, Qt.PenStyle.DashLine)
            return [(f"{self.name} compared", self.smooth, pen)]
        parts = [(f"{self.name} smoothed", self.smooth, line_pen(self.color, 1.5))]
        if len(self.raw):
            parts.insert(0, (self.name, self.raw, line_pen(faded(self.color, RAW_ALPHA))))
        return parts


class CurvePlot(Chart):
    """Steps to the right, values upwards."""

    range_chosen = Signal(object)  # (first step, last step), or None for all
    cursor_moved = Signal(object)  # step, or None

    def __init__(self, name: str, height: int) -> None:
        super().__init__(name, zooms=(False, False))
        self.lines: Sequence[PlotLine] = ()
        self.markers: Sequence[int] = ()
        self.cursor_step: float | None = None
        self._log = False
        self._drag: float | None = None  # the step where it began
        self.setFixedHeight(height)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(
            f"{name} over training steps. Point to read values, drag or Ctrl and wheel zoom in, "
            "double-click to see all. Left and right move the cursor, Home shows all."
        )

    @property
    def step_range(self) -> Range:
        """Steps at the left and the right edge."""
        return self._home[0]

    @property
    def value_range(self) -> Range:
        """Values at the lower and the upper edge; as logarithms on a log scale."""
        return self._home[1]

    def show_lines(
        self,
        lines: Sequence[PlotLine],
        steps: Range,
        markers: Sequence[int] = (),
        *,
        log: bool = False,
    ) -> None:
        """Show these curves between two steps, with signs at the steps `markers`."""
        self.lines, self.markers, self._log = lines, markers, log
        steps = (steps[0], max(steps[1], steps[0] + 1))
        self.set_ranges(steps, self._fitting_values(steps))
        self.redraw()

    def set_cursor_step(self, step: float | None) -> None:
        """Put the cursor at a step, or take it away."""
        if step != self.cursor_step:
            self.cursor_step = step
            if self.view is not None:
                self._draw_cursor()

    def x_of(self, step: float) -> float:
        """Pixels from the left edge of the widget."""
        return self.point_of(step, self.value_range[0]).x()

    def step_at(self, x: float) -> float:
        """The step at so many pixels from the left edge, within what is shown."""
        return float(np.clip(self.place_at(QPointF(x, 0)).x(), *self.step_range))

    def sizeHint(self) -> QSize:
        """As wide as there is room for."""
        return QSize(300, self.height())

    def show_all(self) -> None:
        """Ask for all steps."""
        self.range_chosen.emit(None)

    # The plot

    def add_items(self) -> None:
        """Snapshots' signs, the cursor with its points, and the band of a drag."""
        import pyqtgraph as pg

        self._curves: list[pg.PlotDataItem] = []
        self._snapshots = pg.ScatterPlotItem(symbol="t1", size=MARKER_PX, pen=None)
        self._line = pg.InfiniteLine()
        self._points = pg.ScatterPlotItem(symbol="o", size=POINT_PX)
        self._band = pg.LinearRegionItem(movable=False)
        for item in (self._snapshots, self._band, self._line, self._points):
            item.setZValue(10)
            self.plot.vb.addItem(item, ignoreBounds=True)
        self._band.hide()
        axis = self.plot.getAxis("bottom")
        axis.tickStrings = lambda values, scale, spacing: [
            short_count(step) if step == round(step) else "" for step in values
        ]
        self.plot.showGrid(y=True, alpha=1.0)
        self.plot.setDownsampling(auto=True, mode="peak")
        self.plot.setClipToView(True)

    def draw(self) -> None:
        """Show curves, snapshots and cursor."""
        import pyqtgraph as pg

        parts = [part for line in self.lines for part in line.parts()]
        if [part[0] for part in parts] != [curve.name() for curve in self._curves]:
            for curve in self._curves:
                self.plot.removeItem(curve)
            self._curves = [pg.PlotDataItem(name=name, antialias=True) for name, _, _ in parts]
            for curve in self._curves:
                self.plot.addItem(curve)
        if self.plot.getAxis("left").logMode != self._log:
            self.plot.setLogMode(y=self._log)
            self._apply_home()  # the former call fits the range to the items
        for curve, (_, points, pen) in zip(self._curves, parts, strict=True):
            is_point = len(points) == 1
            curve.setData(
                points.steps,
                points.values,
                pen=pen,
                symbol="o" if is_point else None,
                symbolSize=4,
                symbolBrush=pen.color(),
            )
        low, high = self.value_range
        height = max(self.height(), 1)
        foot = low + (high - low) * MARKER_PX / height
        self._snapshots.setData(list(self.markers), [foot] * len(self.markers))
        self._draw_cursor()

    def apply_theme(self) -> None:
        """Colour cursor, snapshots and band too."""
        super().apply_theme()
        self._line.setPen(self.theme.muted)
        self._points.setPen(self.theme.panel)
        self._snapshots.setBrush(self.theme.muted)
        self._band.setBrush(faded(self.theme.accent, BAND_ALPHA))
        for line in self._band.lines:
            line.setPen(self.theme.accent)

    def _draw_cursor(self) -> None:
        step, (first, last) = self.cursor_step, self.step_range
        shown = step is not None and bool(self.lines) and first <= step <= last
        self._line.setVisible(shown)
        self._points.setVisible(shown)
        if not shown or step is None:
            return
        self._line.setValue(step)
        found = [(value_at(line.smooth, step), line.color) for line in self.lines]
        spots = [
            {"pos": (point[0], np.log10(point[1]) if self._log else point[1]), "brush": color}
            for point, color in found
            if point is not None and (point[1] > 0 or not self._log)
        ]
        self._points.setData(spots)

    def _fitting_values(self, steps: Range) -> Range:
        """The lowest and the highest value to show, with a margin; as logarithms on a log scale."""
        parts = []
        for line in self.lines:
            seen = [self._scaled(line.smooth.between(*steps).values)]
            raw = self._scaled(line.raw.between(*steps).values)
            if len(raw):
                seen.append(np.percentile(raw, [OUTLIERS, 100 - OUTLIERS]))
            parts += [values for values in seen if len(values)]
        if not parts:
            return 0.0, 1.0
        values = np.concatenate(parts)
        low, high = float(values.min()), float(values.max())
        margin = max(0.06 * (high - low), LEAST_MARGIN * abs(high)) or 0.5
        return low - margin, high + margin

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        return np.log10(values[values > 0]) if self._log else values

    # The user

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to mark what to look at."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = self.step_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the cursor, and mark what to look at."""
        step = self.step_at(event.position().x())
        if self._drag is not None and self.view is not None:
            self._band.setRegion(sorted((self._drag, step)))
            self._band.show()
        self._move_cursor(step)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Look at what was marked."""
        drag, self._drag = self._drag, None
        if self.view is not None:
            self._band.hide()
        x = event.position().x()
        if drag is not None and abs(x - self.x_of(drag)) >= CLICK_PX:
            first, last = sorted((drag, self.step_at(x)))
            self.range_chosen.emit((first, max(last, first + 1)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See all."""
        self.show_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse with Ctrl; without, the wheel scrolls the panel."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        at, factor = (
            self.step_at(event.position().x()),
            WHEEL_ZOOM ** (event.angleDelta().y() / 120),
        )
        first, last = (at + (step - at) * factor for step in self.step_range)
        self.range_chosen.emit((max(first, 0.0), max(last, first + 1)))
        event.accept()

    def leaveEvent(self, event: object) -> None:
        """Take the cursor away."""
        if self._drag is None:
            self._move_cursor(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the cursor, Esc takes it away."""
        first, last = self.step_range
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = (first + last) / 2 if self.cursor_step is None else self.cursor_step
            step += (last - first) / 100 * (1 if event.key() == Qt.Key.Key_Right else -1)
            self._move_cursor(float(np.clip(step, first, last)))
        elif event.key() == Qt.Key.Key_Escape and self.cursor_step is not None:
            self._move_cursor(None)
        else:
            super().keyPressEvent(event)

    def _move_cursor(self, step: float | None) -> None:
        self.set_cursor_step(step)
        self.cursor_moved.emit(step)


def value_at(curve: Curve, step: float) -> tuple[float, float] | None:
    """The point of a curve that is nearest to a step: its step and value."""
    if not len(curve):
        return None
    right = int(np.searchsorted(curve.steps, step))
    near = [index for index in (right - 1, right) if 0 <= index < len(curve)]
    index = min(near, key=lambda number: abs(curve.steps[number] - step))
    return float(curve.steps[index]), float(curve.values[index])


def short_count(number: float) -> str:
    """E.g. "800", "12k", "1.5M"."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if abs(number) >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.0f}"
