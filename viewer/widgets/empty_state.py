"""What a panel shows while it is empty: what would be here, and how to get it."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.theme import Spacing


class EmptyState(QWidget):
    """What would be here, how to get it, and a button that does."""

    def __init__(
        self, text: str, button: str = "", run: Callable[[], object] | None = None
    ) -> None:
        super().__init__()
        self._label = QLabel(text)
        self._label.setWordWrap(True)
        self._label.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        column.addWidget(self._label)
        if run is not None:
            self.button = QPushButton(button)
            self.button.clicked.connect(lambda: run())
            row = QHBoxLayout()
            row.addWidget(self.button)
            row.addStretch(1)
            column.addLayout(row)

    def set_text(self, text: str) -> None:
        """Set the text."""
        self._label.setText(text)
