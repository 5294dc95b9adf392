"""A small square picture with its name under it."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QSizePolicy,
    QWidget,
)

from viewer.theme import CAPTION_PX, CORNER_RADIUS, Spacing, ThemeManager, interface_font
from viewer.widgets.images import array_image


class ImageTile(QWidget):
    """A square picture with its name under it."""

    def __init__(self, themes: ThemeManager, name: str, *, smooth: bool) -> None:
        super().__init__()
        self._themes, self._smooth = themes, smooth
        self.caption = name
        self.image: QImage | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(64)
        self.setAccessibleName(name)
        self.setFont(interface_font(CAPTION_PX))
        themes.theme_changed.connect(lambda _: self.update())

    def show_array(self, array: NDArray[np.uint8] | None) -> None:
        """Show [H, W, 3 or 4], or nothing."""
        self.image = None if array is None else array_image(array)
        self.update()

    def hasHeightForWidth(self) -> bool:
        """It is square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The square and the caption."""
        return width + self.fontMetrics().height() + Spacing.LABEL

    def sizeHint(self) -> QSize:
        """Three fit into a panel."""
        return QSize(104, self.heightForWidth(104))

    @property
    def square(self) -> QRect:
        """Where the picture is."""
        return QRect(0, 0, self.width(), self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture and its name."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.viewport))
            painter.drawRoundedRect(self.square, CORNER_RADIUS, CORNER_RADIUS)
            if self.image is not None:
                hint = QPainter.RenderHint.SmoothPixmapTransform
                painter.setRenderHint(hint, self._smooth)
                painter.drawImage(self.square, self.image)
            self.paint_over(painter)
            painter.setPen(QColor(theme.muted))
            room = QRect(0, self.width() + Spacing.LABEL, self.width(), self.fontMetrics().height())
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft, self.caption)

    def paint_over(self, painter: QPainter) -> None:
        """Paint over the picture."""
