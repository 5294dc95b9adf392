"""Labels that shorten what does not fit."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class ElidedLabel(QLabel):
    """One line that is elided in its middle where it does not fit; the tool tip has it all."""

    def __init__(
        self, text: str = "", elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle
    ) -> None:
        super().__init__(text)
        self._elide = elide
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """May be as narrow as it must."""
        return QSize(0, super().minimumSizeHint().height())

    @property
    def is_elided(self) -> bool:
        """Whether some of the text does not fit."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the text, elided where it must be."""
        if not self.is_elided:
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            text = self.fontMetrics().elidedText(self.text(), self._elide, self.width())
            painter.drawText(self.rect(), self.alignment(), text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the whole text as a tool tip where it is elided."""
        super().resizeEvent(event)
        if self.is_elided and not self.toolTip():
            self.setToolTip(self.text())
