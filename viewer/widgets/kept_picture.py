"""What a widget has painted, to be shown again."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget


class KeptPicture:
    """Shows what a widget has painted until the widget would paint something else.

    What lies over the scene's picture is painted anew by Qt with every view: its texts and lines
    need not be drawn anew each time.

    Attributes:
        drawn_count: how often it was drawn, so that its cost can be told.
    """

    def __init__(self, widget: QWidget, draw: Callable[[QPainter], None]) -> None:
        self.drawn_count = 0
        self._widget, self._draw = widget, draw
        self._pixmap: QPixmap | None = None

    def outdate(self) -> None:
        """Something else is to be seen from now on."""
        self._pixmap = None
        self._widget.update()

    def paint(self) -> None:
        """Paint the widget; for its `paintEvent`."""
        widget, ratio = self._widget, self._widget.devicePixelRatioF()
        size = (widget.size() * ratio).expandedTo(widget.size())
        if self._pixmap is None or self._pixmap.size() != size:
            self._pixmap = pixmap = QPixmap(size)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setFont(widget.font())
                self._draw(painter)
            self.drawn_count += 1
        with QPainter(widget) as painter:
            painter.drawPixmap(0, 0, self._pixmap)
