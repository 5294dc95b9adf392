"""Signs over the picture: that it is late, why it may be empty, what is missing."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from viewer.theme import CORNER_RADIUS, DARK, Theme, interface_font, tabular
from viewer.viewport.overlays.hud import paint_plate
from viewer.widgets.kept_picture import KeptPicture

PADDING = 12


class BusyLabel(QWidget):
    """Says that the picture is not the present view's yet, and for how many seconds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("busySign")
        self.setToolTip("The network is still working on the present view")
        self.setFont(tabular(interface_font(12)))
        self._theme = DARK
        self._kept = KeptPicture(self, self._draw)
        self._seconds = 0
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._count)
        self.setAccessibleName("Rendering")
        self.resize(self.sizeHint())
        self.hide()

    def set_busy(self, busy: bool) -> None:
        """Show it, counting from 0, or hide it."""
        self._seconds = 0
        if busy:
            self._timer.start()
        else:
            self._timer.stop()
        self.setVisible(busy)
        self._kept.outdate()

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._kept.outdate()

    def sizeHint(self) -> QSize:
        """Room for three digits of seconds, so that it does not grow."""
        metrics = QFontMetricsF(self.font())
        width = metrics.horizontalAdvance("Rendering… 000 s")
        return QSize(int(width) + 2 * PADDING + 16, 32)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint a plate, an amber dot and the text."""
        self._kept.paint()

    def _draw(self, painter: QPainter) -> None:
        paint_plate(painter, QRectF(self.rect()), self._theme)
        painter.setBrush(QColor(self._theme.amber))
        painter.drawEllipse(QPointF(PADDING + 4, self.height() / 2), 4, 4)
        painter.setPen(QColor(self._theme.text))
        text = f"Rendering… {self._seconds} s" if self._seconds else "Rendering…"
        painter.drawText(
            self.rect().adjusted(PADDING + 16, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text
        )

    def _count(self) -> None:
        self._seconds += 1
        self._kept.outdate()


class Label(QLabel):
    """A line or two on a plate; takes no mouse events."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self._room = 0
        self._away = QTimer(self, singleShot=True)
        self._away.timeout.connect(lambda: self.show_text(""))
        self.hide()

    @property
    def is_lasting(self) -> bool:
        """Whether it shows nothing, or a line that does not go by itself."""
        return not self._away.isActive()

    def show_text(self, text: str, seconds: float = 0) -> None:
        """Say `text`, for good or for some seconds; nothing hides it."""
        self._away.stop()
        if text and seconds:
            self._away.start(int(seconds * 1000))
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.fit(self._room)
        self.setVisible(bool(text))

    def fit(self, room: int) -> None:
        """Be as wide as the text, but no wider than `room`."""
        self._room = room
        if room <= 0:
            return
        metrics = QFontMetricsF(self.font())
        longest = max(
            (metrics.horizontalAdvance(line) for line in self.text().split("\n")), default=0
        )
        width = min(int(longest) + 2 * PADDING + 6, room)
        self.resize(width, self.heightForWidth(width))

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.setStyleSheet(
            f"background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line};"
            f"border-radius: {CORNER_RADIUS}px; padding: 7px {PADDING - 1}px;"
        )
