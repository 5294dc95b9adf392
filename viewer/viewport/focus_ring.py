"""A widget with a ring around its content while the keyboard has brought it the keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from viewer.theme import ThemeManager


class RingedWidget(QWidget):
    """Paints its ground in the viewport's colour, and in the accent's while the ring is shown."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._ring = False

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the ring around the content: the surroundings, or the focus."""
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.accent if self._ring else theme.viewport))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus where the keyboard brought it."""
        super().focusInEvent(event)
        by_keyboard = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        self._set_ring(by_keyboard)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys go elsewhere."""
        super().focusOutEvent(event)
        self._set_ring(False)

    def _set_ring(self, ring: bool) -> None:
        if ring != self._ring:
            self._ring = ring
            self.update()
