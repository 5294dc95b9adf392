"""What runs, in the status bar: a dot and a line, whatever panel is in front."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.status_dot import Dot


class Indicator(QWidget):
    """A dot and a widget with a line of text beside it."""

    def __init__(self, themes: ThemeManager, line: QLabel | QPushButton) -> None:
        super().__init__()
        self.dot = Dot(themes)
        line.setFont(tabular(interface_font()))
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.CONTROL, 0, 0, 0)
        row.setSpacing(Spacing.LABEL)
        row.addWidget(self.dot)
        row.addWidget(line)


class ButtonIndicator(Indicator):
    """One whose line is a button, which leads to what it is about."""

    def __init__(self, themes: ThemeManager) -> None:
        self.button = QPushButton()
        super().__init__(themes, self.button)
        self.button.setProperty("role", "sign")
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
