"""A frame over a window while something is dragged onto it."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from viewer.theme import CARD_RADIUS, ThemeManager, interface_font
from viewer.theme.tokens import mixed


def local_files(data: QMimeData) -> list[Path]:
    """The local files that are being dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class DropFrame(QWidget):
    """A frame over the whole window while something is dragged over it."""

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._themes = themes
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_text(self, text: str) -> None:
        """Cover the parent and show what dropping would do."""
        self._text = text
        self.setGeometry(self._parent.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame."""
        theme = self._themes.theme
        shade = QColor(theme.background)
        shade.setAlphaF(0.72)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), shade)
            painter.setPen(QPen(QColor(theme.accent), 2, Qt.PenStyle.DashLine))
            tint = QColor(mixed(theme.panel, theme.accent, 0.2))
            tint.setAlphaF(0.4)
            painter.setBrush(tint)
            box = QRectF(self.rect()).adjusted(16, 16, -16, -16)
            painter.drawRoundedRect(box, CARD_RADIUS, CARD_RADIUS)
            painter.setPen(QColor(theme.text))
            painter.setFont(interface_font(18, bold=True))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._text)
