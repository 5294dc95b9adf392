"""The legend: which colour stands for which value."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.pictures import Legend
from viewer.text.units import significant
from viewer.theme import CAPTION_PX, DARK, Theme, interface_font, tabular
from viewer.viewport.overlays.hud import paint_plate
from viewer.widgets.images import color_ramp

WIDTH = 264
BAR_HEIGHT = 10
PADDING = 10
GAP = 5


class LegendBar(QWidget):
    """A colour bar with its title, unit and three values; a click asks for other colours."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("legend")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click for other colours, another range, its lock, invert and log")
        self.setFont(tabular(interface_font(CAPTION_PX)))
        self._theme = DARK
        self._legend: Legend | None = None
        self.hide()

    @property
    def legend(self) -> Legend | None:
        """What it explains."""
        return self._legend

    def show_legend(self, legend: Legend | None) -> None:
        """Explain `legend`, or hide."""
        if legend != self._legend:
            self._legend = legend
            if legend is not None:
                low, high = value_texts(legend)[0], value_texts(legend)[-1]
                self.setAccessibleName(f"{legend.title}: {low} to {high} {legend.unit}")
                self.resize(self.sizeHint())
            self.update()
        self.setVisible(legend is not None)

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a title, the bar and the values."""
        height = 2 * QFontMetricsF(self.font()).height() + BAR_HEIGHT + 2 * GAP + 2 * (PADDING - 2)
        return QSize(WIDTH, int(height + 0.999))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for other colours."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep the press from the picture below."""
        event.accept()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the plate, the bar and the text."""
        legend = self._legend
        if legend is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_plate(painter, QRectF(self.rect()), self._theme)
        painter.setFont(self.font())
        metrics = QFontMetricsF(self.font())
        text, muted = QColor(self._theme.text), QColor(self._theme.muted)
        inner = QRectF(PADDING, PADDING - 2, self.width() - 2 * PADDING, metrics.height())
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        painter.setPen(text)
        painter.drawText(inner, left, legend.title)
        painter.setPen(muted)
        if legend.empty_color is None:
            painter.drawText(inner, right, legend.unit)
        else:
            taken = metrics.horizontalAdvance(legend.title + " ")
            painter.drawText(inner.adjusted(taken, 0, 0, 0), left, f" {legend.unit}")
            painter.drawText(inner, right, "no surface")
            edge = metrics.ascent() * 0.8
            swatch_x = inner.right() - metrics.horizontalAdvance("no surface") - 5 - edge
            painter.setBrush(QColor(*legend.empty_color))
            painter.setPen(muted)
            painter.drawRect(
                QRectF(swatch_x, inner.y() + (metrics.height() - edge) / 2, edge, edge)
            )
        bar = QRectF(PADDING, inner.bottom() + GAP, inner.width(), BAR_HEIGHT)
        painter.drawImage(bar, color_ramp(legend.colormap))
        values = QRectF(PADDING, bar.bottom() + GAP, inner.width(), metrics.height())
        painter.setPen(text)
        for value, side in zip(
            value_texts(legend), (left, Qt.AlignmentFlag.AlignHCenter, right), strict=True
        ):
            painter.drawText(values, side, value)


def value_texts(legend: Legend) -> tuple[str, str, str]:
    """The lowest, middle and highest value, with as many digits as tell them apart."""
    span = legend.high - legend.low
    digits = int(np.clip(np.ceil(np.log10(50 / span)), 0, 6)) if span > 0 else 2
    middle = (legend.low + legend.high) / 2
    if legend.is_logarithmic:
        middle = float(np.sqrt(legend.low * legend.high))
        return significant(legend.low), significant(middle), significant(legend.high)
    low, mid, high = (f"{value:.{digits}f}" for value in (legend.low, middle, legend.high))
    return low, mid, high
