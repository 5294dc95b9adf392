"""A plot of curves over training steps: raw and smooth, log scale, a cursor, zoom by dragging.

Painted here rather than by pyqtgraph, whose import takes a quarter of a second of the window's
thread, and an update 6 to 9 ms; four curves of any length take 2.5 ms (with a bin a pixel: 6.5).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from dvox_core.training.run.history import Curve
from viewer.theme import CAPTION_PX, DARK, Theme, interface_font, tabular

LEFT, RIGHT, TOP, BOTTOM = 44, 8, 6, 18
RAW_ALPHA, COMPARED_ALPHA = 70, 170
MIN_DRAG = 4  # pixels; less is a click
MARKER = 3
LABEL_WIDTH = 52  # room for a step's label
MIN_DECADES = 0.5  # of a log scale whose labels are round numbers of the logarithm
OUTLIERS = 0.5  # per cent of raw values that may lie outside at either end


@dataclass(frozen=True, eq=False)
class PlotLine:
    """A curve of a plot.

    Attributes:
        name: for the legend.
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


class CurvePlot(QWidget):
    """Steps to the right, values upwards."""

    range_chosen = Signal(object)  # (first step, last step), or None for all
    cursor_moved = Signal(object)  # step, or None

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.lines: Sequence[PlotLine] = ()
        self.markers: Sequence[int] = ()
        self.cursor_step: float | None = None
        self._log = False
        self._first, self._last = 0.0, 1.0
        self._low, self._high = 0.0, 1.0
        self._drag: tuple[float, float] | None = None  # pixels
        self._canvas: QPixmap | None = None
        self.setFixedHeight(height)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFont(tabular(interface_font(CAPTION_PX)))
        self.setAccessibleName(name)
        self.setToolTip(
            f"{name} over training steps. Point to read values, drag to zoom in, double-click to "
            "see all. Left and right move the cursor, Home shows all."
        )

    @property
    def step_range(self) -> tuple[float, float]:
        """Steps at the left and the right edge."""
        return self._first, self._last

    @property
    def value_range(self) -> tuple[float, float]:
        """Values at the lower and the upper edge."""
        return self._low, self._high

    def show_lines(
        self,
        lines: Sequence[PlotLine],
        steps: tuple[float, float],
        markers: Sequence[int] = (),
        *,
        log: bool = False,
    ) -> None:
        """Show these curves between two steps, with signs at the steps `markers`."""
        self.lines, self.markers, self._log = lines, markers, log
        self._first, self._last = steps[0], max(steps[1], steps[0] + 1)
        self._low, self._high = self._fitting_values()
        self._repaint()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.theme = theme
        self._repaint()

    def set_cursor_step(self, step: float | None) -> None:
        """Put the cursor at a step, or take it away."""
        if step != self.cursor_step:
            self.cursor_step = step
            self.update()

    def x_of(self, step: float) -> float:
        """Pixels from the left edge of the widget."""
        share = (step - self._first) / (self._last - self._first)
        return LEFT + share * (self.width() - LEFT - RIGHT)

    def step_at(self, x: float) -> float:
        """The step at so many pixels from the left edge, within what is shown."""
        share = (x - LEFT) / max(1, self.width() - LEFT - RIGHT)
        return self._first + min(1.0, max(0.0, share)) * (self._last - self._first)

    # Qt

    def sizeHint(self) -> QSize:
        """As wide as there is room for."""
        return QSize(300, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the curves, which are kept as a picture, and the cursor over them."""
        if self._canvas is None:
            self._canvas = self._painted()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._canvas)
            box = self._box()
            if self._drag:
                left, right = sorted(self._drag)
                tint = QColor(self.theme.accent)
                tint.setAlpha(50)
                painter.fillRect(QRectF(left, box.top(), right - left, box.height()), tint)
            if self.cursor_step is not None and self.lines:
                self._paint_cursor(painter, box)
            if self.hasFocus():
                painter.setPen(QColor(self.theme.accent))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint anew."""
        super().resizeEvent(event)
        self._repaint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to mark what to look at."""
        if event.button() == Qt.MouseButton.LeftButton:
            x = min(max(event.position().x(), LEFT), self.width() - RIGHT)
            self._drag = (x, x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the cursor, and mark what to look at."""
        x = min(max(event.position().x(), LEFT), self.width() - RIGHT)
        if self._drag:
            self._drag = (self._drag[0], x)
        self._move_cursor(self.step_at(x))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Look at what was marked."""
        drag, self._drag = self._drag, None
        if drag and abs(drag[1] - drag[0]) >= MIN_DRAG:
            first, last = sorted(map(self.step_at, drag))
            self.range_chosen.emit((first, max(last, first + 1)))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See all."""
        self.range_chosen.emit(None)

    def leaveEvent(self, event: object) -> None:
        """Take the cursor away."""
        if not self._drag:
            self._move_cursor(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the cursor, Home shows all, Esc takes the cursor away."""
        stride = (self._last - self._first) / 100
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            middle = (self._first + self._last) / 2
            step = middle if self.cursor_step is None else self.cursor_step
            step += stride if event.key() == Qt.Key.Key_Right else -stride
            self._move_cursor(min(self._last, max(self._first, step)))
        elif event.key() == Qt.Key.Key_Home:
            self.range_chosen.emit(None)
        elif event.key() == Qt.Key.Key_Escape and self.cursor_step is not None:
            self._move_cursor(None)
        else:
            super().keyPressEvent(event)

    # Parts

    def _move_cursor(self, step: float | None) -> None:
        self.set_cursor_step(step)
        self.cursor_moved.emit(step)

    def _repaint(self) -> None:
        self._canvas = None
        self.update()

    def _box(self) -> QRectF:
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)

    def _fitting_values(self) -> tuple[float, float]:
        """The lowest and the highest value to show, with a margin; as logarithms on a log scale."""
        parts = []
        for line in self.lines:
            seen = [self._scaled(line.smooth.between(self._first, self._last).values)]
            raw = self._scaled(line.raw.between(self._first, self._last).values)
            if len(raw):
                seen.append(np.percentile(raw, [OUTLIERS, 100 - OUTLIERS]))
            parts += [values for values in seen if len(values)]
        if not parts:
            return 0.0, 1.0
        values = np.concatenate(parts)
        low, high = float(values.min()), float(values.max())
        margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
        return low - margin, high + margin

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        if not self._log:
            return values
        return np.log10(values[values > 0])

    def _y(self, values: np.ndarray) -> np.ndarray:
        box = self._box()
        if self._log:
            values = np.log10(np.maximum(values, 1e-12))
        share = (values - self._low) / (self._high - self._low)
        return box.bottom() - np.clip(share, -0.5, 1.5) * box.height()

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        canvas = QPixmap(self.size() * ratio)
        canvas.setDevicePixelRatio(ratio)
        canvas.fill(Qt.GlobalColor.transparent)
        with QPainter(canvas) as painter:
            painter.setFont(self.font())
            box = self._box()
            self._paint_axes(painter, box)
            painter.setClipRect(box)
            for line in self.lines:
                if not line.dashed:
                    self._paint_curve(painter, line.raw, line.color, RAW_ALPHA, 1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for line in self.lines:
                style = Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine
                alpha = COMPARED_ALPHA if line.dashed else 255
                self._paint_curve(painter, line.smooth, line.color, alpha, 1.5, style)
            self._paint_markers(painter, box)
        return canvas

    def _paint_curve(
        self,
        painter: QPainter,
        curve: Curve,
        color: str,
        alpha: int,
        width: float,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    ) -> None:
        if not len(curve):
            return
        ink = QColor(color)
        ink.setAlpha(alpha)
        painter.setPen(QPen(ink, width, style))
        share = (curve.steps - self._first) / (self._last - self._first)
        xs = LEFT + share * (self.width() - LEFT - RIGHT)
        points = [
            QPointF(x, y) for x, y in zip(xs.tolist(), self._y(curve.values).tolist(), strict=True)
        ]
        if len(points) == 1:
            painter.setBrush(ink)
            painter.drawEllipse(points[0], 2, 2)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))

    def _paint_axes(self, painter: QPainter, box: QRectF) -> None:
        line, ink = QColor(self.theme.line), QColor(self.theme.muted)
        for value, label in value_ticks(self._low, self._high, self._log):
            scaled = math.log10(value) if self._log else value
            y = box.bottom() - (scaled - self._low) / (self._high - self._low) * box.height()
            painter.setPen(line)
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(ink)
            room = QRectF(0, y - 8, LEFT - 6, 16)
            painter.drawText(
                room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, label
            )
        painter.setPen(line)
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setPen(ink)
        count = max(2, int(box.width() // LABEL_WIDTH))
        for step in step_ticks(self._first, self._last, count):
            x = self.x_of(step)
            left = min(max(x - LABEL_WIDTH / 2, box.left()), self.width() - LABEL_WIDTH)
            align = Qt.AlignmentFlag.AlignHCenter
            if left != x - LABEL_WIDTH / 2:
                near_left = left == box.left()
                align = Qt.AlignmentFlag.AlignLeft if near_left else Qt.AlignmentFlag.AlignRight
            room = QRectF(left, box.bottom() + 3, LABEL_WIDTH, BOTTOM - 3)
            painter.drawText(room, align | Qt.AlignmentFlag.AlignTop, short_count(step))

    def _paint_markers(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.muted))
        for step in self.markers:
            x = self.x_of(step)
            if box.left() <= x <= box.right():
                painter.drawPolygon(
                    [
                        QPointF(x, box.bottom() - 2 * MARKER),
                        QPointF(x - MARKER, box.bottom()),
                        QPointF(x + MARKER, box.bottom()),
                    ]
                )

    def _paint_cursor(self, painter: QPainter, box: QRectF) -> None:
        step = self.cursor_step or 0.0
        if not self._first <= step <= self._last:
            return
        x = self.x_of(step)
        painter.setPen(QColor(self.theme.muted))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in self.lines:
            found = value_at(line.smooth, step)
            if found is None:
                continue
            y = float(self._y(np.array([found[1]]))[0])
            painter.setPen(QPen(QColor(self.theme.panel), 1))
            painter.setBrush(QColor(line.color))
            painter.drawEllipse(QPointF(self.x_of(found[0]), y), 3.5, 3.5)


def value_at(curve: Curve, step: float) -> tuple[float, float] | None:
    """The point of a curve that is nearest to a step: its step and value."""
    if not len(curve):
        return None
    right = int(np.searchsorted(curve.steps, step))
    near = [index for index in (right - 1, right) if 0 <= index < len(curve)]
    index = min(near, key=lambda number: abs(curve.steps[number] - step))
    return float(curve.steps[index]), float(curve.values[index])


def value_ticks(low: float, high: float, log: bool) -> list[tuple[float, str]]:
    """Three or four round values between two, with labels; of logarithms on a log scale."""
    if log and high - low < MIN_DECADES:
        return [tick for tick in value_ticks(10**low, 10**high, False) if tick[0] > 0]
    if log:
        return _log_ticks(low, high)
    step = _round_step((high - low) / 3)
    digits = max(0, -math.floor(math.log10(step)))
    first = math.ceil(low / step)
    count = math.floor(high / step) - first + 1
    return [
        ((first + index) * step, f"{(first + index) * step:.{digits}f}".replace("-", "−"))
        for index in range(max(0, count))
    ]


def step_ticks(first: float, last: float, count: int) -> list[float]:
    """Round steps between two, at most `count` + 1."""
    step = max(1.0, _round_step((last - first) / count, (1, 2, 2.5, 5, 10)))
    begin = math.ceil(first / step)
    return [(begin + index) * step for index in range(math.floor(last / step) - begin + 1)]


def short_count(number: float) -> str:
    """E.g. "800", "12k", "1.5M"."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.0f}"


def short_value(value: float) -> str:
    """Three significant digits, as figures of a legend."""
    if value == 0:
        return "0"
    size = abs(value)
    if not 1e-3 <= size < 1e5:
        return f"{value:.1e}".replace("-", "−")
    digits = max(0, 2 - math.floor(math.log10(size)))
    return f"{value:.{digits}f}".replace("-", "−")


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    decades = range(math.floor(low), math.ceil(high) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        values = [factor * 10.0**decade for decade in decades for factor in factors]
        values = [value for value in values if low <= math.log10(value) <= high]
        if len(values) >= 3:
            break
    else:
        return [(10.0**at, short_value(10.0**at)) for at in np.linspace(low, high, 5)[1:4]]
    stride = math.ceil(len(values) / 5)
    return [
        (value, f"{value:g}" if value >= 1e-3 else f"{value:.0e}") for value in values[::stride]
    ]


def _round_step(wanted: float, factors: Sequence[float] = (1, 2, 5, 10)) -> float:
    """The next of the factors · 10ⁿ that is not below."""
    power = 10.0 ** math.floor(math.log10(max(wanted, 1e-12)))
    return next(factor * power for factor in factors if factor * power >= wanted * 0.999)
