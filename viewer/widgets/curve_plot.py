"""A plot of curves over training steps: raw and smooth, log scale, a legend, a cursor, zoom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPen

from dvox_core.training.run.history import Curve
from viewer.plots.chart import Chart, Range, add_legend, color_legend, line_pen
from viewer.text.units import count, significant
from viewer.theme import faded

RAW_ALPHA, COMPARED_ALPHA, BAND_ALPHA = 70, 170, 50
MARKER_PX, POINT_PX = 8, 7
COMPARED, SNAPSHOTS = "compared", "snapshots"
"""Names of the legend's entries that stand for no curve."""

LEAST_MARGIN = 1e-3  # of the values, so that their labels differ
OUTLIERS = 0.5  # per cent of raw values that may lie outside at either end


@dataclass(frozen=True, eq=False)
class PlotLine:
    """A curve of a plot.

    Attributes:
        name: for the table.
        title: for the legend.
        color: the name of a colour, as `QColor` takes it.
        raw: painted thin and pale; may be empty.
        smooth: painted over it.
        dashed: of another run.
    """

    name: str
    title: str
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

    def __init__(self, name: str, height: int, *, legend_columns: int = 1) -> None:
        super().__init__(name, height, zooms=(False, False))
        self.lines: Sequence[PlotLine] = ()
        self.markers: Sequence[int] = ()
        self.cursor_step: float | None = None
        self.hidden: set[str] = set()  # names of lines, `COMPARED`, `SNAPSHOTS`
        self._legend_columns = legend_columns
        self._values: Mapping[str, str] = {}
        self._compared = ""
        self._log = False
        self.setMinimumWidth(120)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(
            f"{name} over training steps. Point to read values, drag or Ctrl and wheel zoom in, "
            "double-click to see all. A click on a sign of the legend hides its curve.\n"
            "By keys: left and right move the cursor, + and − zoom, Home shows all, 1 to 9 hide "
            "the legend's curves"
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
        compared: str = "",
    ) -> None:
        """Show these curves between two steps, with signs at the steps `markers`.

        `compared` is the name of the run whose curves are dashed.
        """
        self.lines, self.markers, self._log, self._compared = lines, markers, log, compared
        steps = (steps[0], max(steps[1], steps[0] + 1))
        self.set_ranges(steps, self._fitting_values(steps))
        self.redraw()

    def show_values(self, values: Mapping[str, str]) -> None:
        """Write these into the legend, by the lines' names."""
        if values != self._values:
            self._values = values
            self.setAccessibleDescription(", ".join(self.entries.values()))
            if self.view is not None:
                self._draw_legend()

    @property
    def entries(self) -> dict[str, str]:
        """What the legend explains: names with their words and values."""
        found = {
            line.name: f"{line.title}  {self._values.get(line.name, '')}".rstrip()
            for line in self.lines
            if not line.dashed
        }
        if any(line.dashed for line in self.lines):
            found[COMPARED] = f"dashed: {self._compared}"
        if len(self.markers):
            found[SNAPSHOTS] = "snapshots"
        return found

    def toggle(self, name: str) -> None:
        """Hide an entry of the legend, or show it again."""
        self.hidden ^= {name}
        self.set_ranges(self.step_range, self._fitting_values(self.step_range))
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

    def show_all(self) -> None:
        """Ask for all steps."""
        self.range_chosen.emit(None)

    # The plot

    def add_items(self) -> None:
        """Snapshots' signs, the cursor with its points, and the legend; drags mark a range."""
        import pyqtgraph as pg

        box = self.plot.vb
        box.setMouseEnabled(True, False)
        box.setMouseMode(pg.ViewBox.RectMode)
        box.setDefaultPadding(0.0)
        self._curves: list[pg.PlotDataItem] = []
        self._snapshots = pg.ScatterPlotItem(symbol="t1", size=MARKER_PX, pen=None)
        self._line = pg.InfiniteLine()
        self._points = pg.ScatterPlotItem(symbol="o", size=POINT_PX)
        for item in (self._snapshots, self._line, self._points):
            item.setZValue(10)
            box.addItem(item, ignoreBounds=True)
        self._legend = add_legend(self.plot, self._legend_columns)
        self._legend.sigSampleClicked.connect(lambda item: self.toggle(self._explained[item]))
        self._explained: dict[object, str] = {}
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
        shown = [self._is_shown(line) for line in self.lines for _ in line.parts()]
        if [part[0] for part in parts] != [curve.name() for curve in self._curves]:
            for curve in self._curves:
                self.plot.removeItem(curve)
            self._curves = [pg.PlotDataItem(name=name, antialias=True) for name, _, _ in parts]
            for curve in self._curves:
                self.plot.addItem(curve)
        if self.plot.getAxis("left").logMode != self._log:
            self.plot.setLogMode(y=self._log)
            self._apply_home()  # the former call fits the range to the items
        for curve, (_, points, pen), is_shown in zip(self._curves, parts, shown, strict=True):
            curve.setVisible(is_shown)
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
        self._snapshots.setVisible(SNAPSHOTS not in self.hidden)
        self._draw_legend()
        self._draw_cursor()

    def apply_theme(self) -> None:
        """Colour cursor, snapshots and band too."""
        super().apply_theme()
        self._line.setPen(self.theme.muted)
        self._points.setPen(self.theme.panel)
        self._snapshots.setBrush(self.theme.muted)
        self.plot.vb.rbScaleBox.setPen(line_pen(self.theme.accent))
        self.plot.vb.rbScaleBox.setBrush(faded(self.theme.accent, BAND_ALPHA))
        color_legend(self._legend, self.theme)

    def _is_shown(self, line: PlotLine) -> bool:
        return not ({line.name, COMPARED} if line.dashed else {line.name}) & self.hidden

    def _draw_legend(self) -> None:
        """Write what is there; signs are made anew only for other curves."""
        smooth = {
            COMPARED if line.dashed else line.name: line.parts()[-1][0] for line in self.lines
        }
        by_name = {curve.name(): curve for curve in self._curves}
        words = self.entries
        signs = {
            self._snapshots if name == SNAPSHOTS else by_name[smooth[name]]: name for name in words
        }
        if signs != self._explained:
            self._explained = signs
            self._legend.clear()
            for sign, name in signs.items():
                self._legend.addItem(sign, words[name])
        for (_, label), text in zip(self._legend.items, words.values(), strict=True):
            if label.text != text:
                label.setText(text)
        self._legend.updateSize()

    def _draw_cursor(self) -> None:
        step, (first, last) = self.cursor_step, self.step_range
        shown = step is not None and bool(self.lines) and first <= step <= last
        self._line.setVisible(shown)
        self._points.setVisible(shown)
        if not shown or step is None:
            return
        self._line.setValue(step)
        lines = [line for line in self.lines if self._is_shown(line)]
        found = [(value_at(line.smooth, step), line.color) for line in lines]
        spots = [
            {"pos": (point[0], np.log10(point[1]) if self._log else point[1]), "brush": color}
            for point, color in found
            if point is not None and (point[1] > 0 or not self._log)
        ]
        self._points.setData(spots)

    def _fitting_values(self, steps: Range) -> Range:
        """The lowest and the highest value to show, with a margin; as logarithms on a log scale."""
        parts = []
        for line in filter(self._is_shown, self.lines):
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
        values = values[np.isfinite(values)]
        return np.log10(values[values > 0]) if self._log else values

    # The user

    def _on_zoomed(self, *_: object) -> None:
        """Ask for the marked steps; values always fit."""
        self.plot.vb.setRange(yRange=self.value_range, padding=0)
        first = max(self.ranges[0][0], 0.0)
        self.range_chosen.emit((first, max(self.ranges[0][1], first + 1)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the cursor; a drag marks what to look at."""
        self._move_cursor(self.step_at(event.position().x()))
        event.ignore()

    def tip_at(self, point: QPointF) -> str:
        """The values under the mouse, smoothed and as logged."""
        step = self.step_at(point.x())
        texts = []
        for line in filter(self._is_shown, self.lines):
            smooth, raw = value_at(line.smooth, step), value_at(line.raw, step)
            if smooth is not None and raw is not None and not line.dashed:
                values = f"smoothed {significant(smooth[1])}, as logged {significant(raw[1])}"
                texts.append(f"{line.title} at step {count(raw[0])}: {values}")
        return "\n".join(texts) or self.toolTip()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See all."""
        self.show_all()

    def leaveEvent(self, event: object) -> None:
        """Take the cursor away."""
        self._move_cursor(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the cursor, Esc takes it away; digits hide and show curves."""
        first, last = self.step_range
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = (first + last) / 2 if self.cursor_step is None else self.cursor_step
            step += (last - first) / 100 * (1 if event.key() == Qt.Key.Key_Right else -1)
            self._move_cursor(float(np.clip(step, first, last)))
        elif event.key() == Qt.Key.Key_Escape and self.cursor_step is not None:
            self._move_cursor(None)
        elif 0 <= event.key() - Qt.Key.Key_1 < len(self.entries):
            self.toggle(list(self.entries)[event.key() - Qt.Key.Key_1])
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
