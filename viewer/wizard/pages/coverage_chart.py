"""A bar a camera: the share of the grid that it sees."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from viewer.theme import ThemeManager, interface_font

HEIGHT = 112
LEFT = 40  # for the scale
MIN_BAR = 3.0  # pixels; so that a camera that sees nothing is seen


class CoverageChart(QWidget):
    """Red bars see nothing, the amber one is chosen; click or arrow keys choose."""

    chosen = Signal(int)

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._shares: NDArray[np.float64] = np.zeros(0)
        self._names: tuple[str, ...] = ()
        self._index = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Share of the box each camera sees")
        themes.theme_changed.connect(lambda: self.update())

    def show_shares(self, shares: NDArray[np.float64], names: Sequence[str]) -> None:
        """Show these, 0…1, one a camera."""
        self._shares, self._names = shares, tuple(names)
        self._index = min(self._index, max(0, len(shares) - 1))
        self._describe()
        self.update()

    def choose(self, index: int) -> None:
        """Mark a camera."""
        self._index = index
        self._describe()
        self.update()

    def text_of(self, index: int) -> str:
        """A bar in words."""
        share = self._shares[index]
        seen = f"sees {share:.0%} of the box" if share else "sees nothing of the box"
        return f"{self._names[index]} {seen}"

    def sizeHint(self) -> QSize:
        """As wide as the column."""
        return QSize(280, HEIGHT)

    def bar(self, index: int) -> QRectF:
        """Where a camera's bar is painted."""
        width = (self.width() - LEFT) / max(1, len(self._shares))
        gap = 1.0 if width >= 3 else 0.0
        height = max(MIN_BAR, self._shares[index] * (self.height() - 12))
        return QRectF(LEFT + index * width, self.height() - 4 - height, width - gap, height)

    def event(self, event: QEvent) -> bool:
        """Name the camera under the cursor."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._at(QPointF(event.pos()))
            text = self.text_of(index) if index is not None else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the camera under the cursor."""
        index = self._at(event.position())
        if index is not None:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose the next."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and len(self._shares):
            self.chosen.emit((self._index + step) % len(self._shares))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setFont(interface_font(11))
            bottom, top = self.height() - 4, 8
            for share in (0.0, 0.5, 1.0):
                y = round(bottom - share * (bottom - top))
                painter.setPen(QColor(theme.line))
                painter.drawLine(LEFT, y, self.width(), y)
                painter.setPen(QColor(theme.muted))
                box = QRectF(0, y - 8, LEFT - 6, 16)
                align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, align, f"{share:.0%}")
            painter.setPen(Qt.PenStyle.NoPen)
            for index in self._painting_order():
                share = self._shares[index]
                color = theme.accent if share else theme.red
                if index == self._index and share:
                    color = theme.amber
                painter.fillRect(self.bar(index), QColor(color))
            if self.hasFocus() and len(self._shares):
                painter.setPen(QColor(theme.accent))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _painting_order(self) -> list[int]:
        """The blind and the chosen last, so that narrow bars do not hide them."""
        blind = [index for index, share in enumerate(self._shares) if share == 0]
        others = [index for index, share in enumerate(self._shares) if share]
        last = [self._index] if len(self._shares) else []
        return [*others, *blind, *last]

    def _at(self, position: QPointF) -> int | None:
        count = len(self._shares)
        if not count or position.x() < LEFT:
            return None
        index = int((position.x() - LEFT) / ((self.width() - LEFT) / count))
        return index if 0 <= index < count else None

    def _describe(self) -> None:
        if len(self._shares):
            self.setAccessibleDescription(self.text_of(self._index))
