"""A dot whose colour shows a status."""

import enum

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from viewer.theme import ThemeManager


class Mood(enum.Enum):
    """The colour of the state's dot: the name of a theme's token."""

    IDLE = "muted"
    READY = "green"
    BUSY = "amber"
    WORKING = "accent"
    FAILED = "red"


class Dot(QWidget):
    """A dot in a colour of the theme."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self.mood = Mood.IDLE
        self.setFixedSize(QSize(8, 8))
        themes.theme_changed.connect(lambda: self.update())

    def show_mood(self, mood: Mood) -> None:
        """Set the status."""
        self.mood = mood
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dot."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(getattr(self._themes.theme, self.mood.value)))
            painter.drawEllipse(self.rect())
