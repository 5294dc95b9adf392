"""What the program's dialogs have in common: heading, margins, a row of buttons."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import Spacing
from viewer.widgets.focus_order import tab_stops, tab_through


class Dialog(QDialog):
    """A heading, a column of widgets, and buttons at the lower right, the main one last."""

    def __init__(self, parent: QWidget, title: str, width: int) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        outer = QVBoxLayout(self)
        outer.addStrut(width - 2 * Spacing.PAGE)  # at least; the layout asks for more where it must
        outer.setContentsMargins(Spacing.PAGE, Spacing.PAGE, Spacing.PAGE, Spacing.PAGE)
        outer.setSpacing(Spacing.SECTION)
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        outer.addWidget(heading)
        self.column = QVBoxLayout()
        self.column.setSpacing(Spacing.CONTROL)
        outer.addLayout(self.column, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(Spacing.CONTROL)
        self._buttons.addStretch(1)
        self._primary: QPushButton | None = None
        outer.addLayout(self._buttons)

    def add_text(self, text: str, role: str = "") -> QLabel:
        """Put a paragraph below the others."""
        label = QLabel(text)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        if role:
            label.setProperty("role", role)
        self.column.addWidget(label)
        return label

    def add_button(self, text: str, *, primary: bool = False, at_left: bool = False) -> QPushButton:
        """Put a button at the right of the others, or at the left edge."""
        button = QPushButton(text)
        button.setAutoDefault(True)  # Enter presses the button that has the focus, else the main
        button.setDefault(primary)
        if primary:
            button.setProperty("role", "primary")
            self._primary = button
        if at_left:
            self._buttons.insertWidget(0, button)
        else:
            self._buttons.addWidget(button)
        return button

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the first field; where there are only buttons, at the main one."""
        super().showEvent(event)
        stops = tab_stops(self)
        first = self.focusWidget() or (stops[0] if stops else None)
        if isinstance(first, QPushButton) and self._primary is not None:
            first = self._primary
        if first is not None:
            first.setFocus()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab go through what is in view, top to bottom, whatever was made first."""
        return tab_through(self, (self,), forward=forward)
