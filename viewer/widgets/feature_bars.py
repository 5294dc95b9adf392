"""The features of a voxel as bars."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from viewer.theme import CAPTION_PX, DARK, Theme, interface_font, tabular

BARS_HEIGHT = 96


class FeatureBars(QWidget):
    """A bar a feature: filled as rendered, outlined before inpainting."""

    feature_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(BARS_HEIGHT)
        self.setMouseTracking(True)
        self.setAccessibleName("Features of the voxel")
        self.theme = DARK
        self.rendered: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self.raw: NDArray[np.float32] | None = None
        self.chosen: int | None = None
        self.setFont(tabular(interface_font(CAPTION_PX)))

    def show_features(
        self,
        rendered: NDArray[np.float32],
        raw: NDArray[np.float32] | None,
        chosen: int | None,
        theme: Theme,
    ) -> None:
        """Show [F] features; `chosen` is the one that is shown elsewhere too."""
        self.rendered, self.raw, self.chosen, self.theme = rendered, raw, chosen, theme
        self.update()

    def feature_at(self, point: QPointF) -> int | None:
        """The number of the feature under a point."""
        room = self._room()
        if not len(self.rendered) or not room.contains(QPointF(point.x(), room.center().y())):
            return None
        number = int((point.x() - room.x()) / room.width() * len(self.rendered))
        return min(number, len(self.rendered) - 1)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, BARS_HEIGHT)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint axis, bars and their range."""
        with QPainter(self) as painter:
            room, count = self._room(), len(self.rendered)
            if not count:
                return
            low, high = self._range()
            zero = room.bottom() + low / (high - low) * room.height()
            scale = room.height() / (high - low)
            width = room.width() / count
            for number in range(count):
                left = room.x() + number * width
                bar = QRectF(left + 0.15 * width, zero, 0.7 * width, 0)
                bar.setTop(zero - float(self.rendered[number]) * scale)
                color = self.theme.amber if number == self.chosen else self.theme.accent
                painter.fillRect(bar.normalized(), QColor(color))
                if self.raw is not None:
                    bar.setTop(zero - float(self.raw[number]) * scale)
                    painter.setPen(QPen(QColor(self.theme.text), 1))
                    painter.drawLine(
                        QPointF(left + 0.05 * width, bar.top()),
                        QPointF(left + 0.95 * width, bar.top()),
                    )
            painter.setPen(QPen(QColor(self.theme.faint), 1))
            painter.drawLine(QPointF(room.x(), zero), QPointF(room.right(), zero))
            self._paint_range(painter, room, low, high)

    def _paint_range(self, painter: QPainter, room: QRectF, low: float, high: float) -> None:
        painter.setPen(QColor(self.theme.muted))
        align = Qt.AlignmentFlag.AlignRight
        column = QRectF(0, room.y() - 2, room.x() - 6, room.height() + 4)
        painter.drawText(column, align | Qt.AlignmentFlag.AlignTop, _figure(high))
        painter.drawText(column, align | Qt.AlignmentFlag.AlignBottom, _figure(low))
        below = QRectF(room.x(), room.bottom() + 2, room.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, str(len(self.rendered) - 1))
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "feature")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the value under the mouse."""
        number = self.feature_at(event.position())
        if number is None:
            return
        text = f"Feature {number}: {self.rendered[number]:.3f} as rendered"
        if self.raw is not None:
            text += f", {self.raw[number]:.3f} before inpainting"
        tip = f"{text}\nA click shows this feature in all voxels"
        QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the feature under the mouse."""
        number = self.feature_at(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.feature_chosen.emit(number)

    def _room(self) -> QRectF:
        margin = QFontMetricsF(self.font()).horizontalAdvance("−0.00") + 8
        return QRectF(margin, 6, max(self.width() - margin, 1), self.height() - 28)

    def _range(self) -> tuple[float, float]:
        values = self.rendered if self.raw is None else np.concatenate([self.rendered, self.raw])
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        return (low, high) if high - low > 1e-9 else (0.0, 1.0)


def _figure(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
