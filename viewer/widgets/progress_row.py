"""A progress bar with its text and a button that cancels."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from viewer.theme import Spacing


class ProgressRow(QWidget):
    """Progress of a background operation and a button that cancels it; hidden at first."""

    cancelled = Signal()

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.text = QLabel()
        self.text.setProperty("role", "caption")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip(tip)
        self.cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout()
        column.setSpacing(Spacing.LABEL)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Spacing.CONTROL)
        row.addLayout(column, 1)
        row.addWidget(self.cancel)
        self.hide()

    def show_progress(self, share: float, text: str) -> None:
        """Show the row with this progress."""
        self.bar.setValue(round(1000 * share))
        self.text.setText(text)
        self.show()
