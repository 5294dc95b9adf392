"""Widgets beside each other, without margins."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from viewer.theme import Spacing


class WidgetRow(QWidget):
    """Widgets from left to right, centred vertically."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(Spacing.CONTROL)
        self._row.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        for widget in widgets:
            self.add(widget)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Add a widget at the right."""
        self._row.addWidget(widget, stretch)

    def add_stretch(self) -> None:
        """Add space that takes what is left."""
        self._row.addStretch(1)
