"""A map of numbers in colours, with a cursor, pins, and the scale that tells its values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from dvox_core.rendering import colormaps
from dvox_core.rendering.pictures import EMPTY_COLOR, Legend
from viewer.theme import CAPTION_PX, DARK, Theme, interface_font, tabular

RING = 5.0
KEY_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
CLICK_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return)
CURSOR_RIM, CURSOR = QColor(0, 0, 0, 150), QColor(255, 255, 255)  # seen on any colour


@dataclass(frozen=True)
class Mark:
    """A ring on a map, at entry (column, row)."""

    column: float
    row: float
    color: str


class MapView(QWidget):
    """Shows an array, entry by entry, as wide as there is room.

    `proportion` is its height as a share of its width.
    """

    hovered = Signal(object)  # (column, row) of an entry as floats, or None
    clicked = Signal(float, float)  # column, row

    def __init__(self, name: str, *, proportion: float = 1.0) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self._proportion = proportion
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.theme = DARK
        self.values: NDArray[np.floating] | None = None
        self.cursor_at: tuple[float | None, float | None] = (None, None)
        self.marks: Sequence[Mark] = ()
        self._image = QImage()

    def show_values(self, values: NDArray[np.floating], legend: Legend) -> None:
        """Show [H, W] in the legend's colours; entries that are NaN stay grey."""
        rgba = colormaps.colorize(values, legend.low, legend.high, legend.colormap, EMPTY_COLOR)
        self.values = values
        self.show_pixels(rgba)

    def show_pixels(self, rgba: NDArray[np.uint8]) -> None:
        """Show [H, W, 4] as it is."""
        pixels = np.ascontiguousarray(rgba)
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
        self._image = image.copy()
        self.update()

    def show_nothing(self) -> None:
        """Be empty."""
        self.values = None
        self._image = QImage()
        self.update()

    def mark(
        self,
        cursor: tuple[float | None, float | None],
        marks: Sequence[Mark],
        theme: Theme,
    ) -> None:
        """Mark entries; a cursor that knows only its column or its row is a line."""
        self.cursor_at, self.marks, self.theme = cursor, marks, theme
        self.update()

    def entry_at(self, place: QPointF) -> tuple[float, float] | None:
        """The entry (column, row) under a place; whole numbers are entries' middles."""
        if self._image.isNull() or not QRectF(self.rect()).contains(place):
            return None
        column = place.x() / self.width() * self._image.width() - 0.5
        row = place.y() / self.height() * self._image.height() - 0.5
        return column, row

    def place_of(self, column: float, row: float) -> QPointF:
        """Where an entry's middle is shown."""
        return QPointF(
            (column + 0.5) / max(self._image.width(), 1) * self.width(),
            (row + 0.5) / max(self._image.height(), 1) * self.height(),
        )

    def value_at(self, column: float, row: float) -> float:
        """The value of the nearest entry; NaN where there is none."""
        if self.values is None:
            return float("nan")
        height, width = self.values.shape
        y, x = round(min(max(row, 0), height - 1)), round(min(max(column, 0), width - 1))
        return float(self.values[y, x])

    def hasHeightForWidth(self) -> bool:
        """It keeps its proportion."""
        return True

    def heightForWidth(self, width: int) -> int:
        """It keeps its proportion."""
        return round(width * self._proportion)

    def sizeHint(self) -> QSize:
        """As wide as a panel."""
        return QSize(320, self.heightForWidth(320))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the entries as squares, and the marks."""
        with QPainter(self) as painter:
            if self._image.isNull():
                painter.fillRect(self.rect(), QColor(self.theme.raised))
                return
            painter.drawImage(QRectF(self.rect()), self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for mark in self.marks:
                place = self.place_of(mark.column, mark.row)
                for color, width in ((CURSOR_RIM, 3.5), (QColor(mark.color), 2.0)):
                    painter.setPen(QPen(color, width))
                    painter.drawEllipse(place, RING, RING)
            self._paint_cursor(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(self.theme.accent), 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_cursor(self, painter: QPainter) -> None:
        column, row = self.cursor_at
        place = self.place_of(column or 0.0, row or 0.0)
        lines = []
        if column is not None and row is not None:
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                way = QPointF(x, y)
                lines.append((place + way * 3, place + way * 9))
        elif column is not None:
            lines.append((QPointF(place.x(), 0), QPointF(place.x(), self.height())))
        elif row is not None:
            lines.append((QPointF(0, place.y()), QPointF(self.width(), place.y())))
        for color, width in ((CURSOR_RIM, 3), (CURSOR, 1)):
            painter.setPen(QPen(color, width))
            for start, end in lines:
                painter.drawLine(start, end)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor by the arrow keys, and click by Space or Return, where it takes keys."""
        key = Qt.Key(event.key())
        if self._image.isNull() or (key not in KEY_STEPS and key not in CLICK_KEYS):
            super().keyPressEvent(event)
            return
        column, row = self.cursor_at
        width, height = self._image.width(), self._image.height()
        column = width // 2 if column is None else round(column)
        row = height // 2 if row is None else round(row)
        if key in CLICK_KEYS:
            self.clicked.emit(column, row)
            return
        across, down = KEY_STEPS[key]
        entry = min(max(column + across, 0), width - 1), min(max(row + down, 0), height - 1)
        self.hovered.emit(entry)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor of the keys goes with them."""
        super().focusOutEvent(event)
        self.hovered.emit(None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is under the mouse."""
        self.hovered.emit(self.entry_at(event.position()))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Tell what is under the mouse."""
        self.hovered.emit(self.entry_at(event.position()))

    def leaveEvent(self, _) -> None:
        """Nothing is under the mouse any more."""
        self.hovered.emit(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell what was clicked."""
        entry = self.entry_at(event.position())
        if entry is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(*entry)


class ScaleBar(QWidget):
    """Which colour stands for which value: a title, a bar and three values with their unit."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(tabular(interface_font(CAPTION_PX)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.legend: Legend | None = None
        self.theme = DARK

    def show_legend(self, legend: Legend, theme: Theme) -> None:
        """Explain these colours."""
        if legend != self.legend or theme is not self.theme:
            self.legend, self.theme = legend, theme
            low, _, high = scale_texts(legend)
            self.setAccessibleName(f"{legend.title}: {low} to {high} {legend.unit}")
            self.update()

    def sizeHint(self) -> QSize:
        """Three lines."""
        return QSize(200, int(2 * QFontMetricsF(self.font()).height() + 16))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint title and unit, the bar, the values."""
        if self.legend is None:
            return
        metrics = QFontMetricsF(self.font())
        line, width = metrics.height(), float(self.width())
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        with QPainter(self) as painter:
            top = QRectF(0, 0, width, line)
            painter.setPen(QColor(self.theme.text))
            painter.drawText(top, left, self.legend.title)
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(top, right, self.legend.unit)
            painter.drawImage(QRectF(0, line + 3, width, 8), ramp(self.legend.colormap))
            painter.setPen(QColor(self.theme.text))
            values = QRectF(0, line + 14, width, line)
            sides = (left, Qt.AlignmentFlag.AlignHCenter, right)
            for text, side in zip(scale_texts(self.legend), sides, strict=True):
                painter.drawText(values, side, text)


def scale_texts(legend: Legend) -> tuple[str, str, str]:
    """The lowest, middle and highest value, with as many digits as tell them apart."""
    span = legend.high - legend.low
    digits = int(np.clip(np.ceil(np.log10(50 / span)), 0, 6)) if span > 0 else 2
    middle = (legend.low + legend.high) / 2
    low, mid, high = (
        f"{value:.{digits}f}".replace("-", "−") for value in (legend.low, middle, legend.high)
    )
    return low, mid, high


def ramp(name: str) -> QImage:
    """A map's 256 colours side by side."""
    pixels = np.full((1, 256, 4), 255, dtype=np.uint8)
    pixels[0, :, :3] = colormaps.table(name)
    return QImage(pixels.data, 256, 1, 1024, QImage.Format.Format_RGBX8888).copy()
