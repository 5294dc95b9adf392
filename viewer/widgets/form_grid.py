"""Fields of a dialog in rows, each beside the label that names it."""

from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QLabel, QWidget

from viewer.theme import Spacing


class FormGrid(QGridLayout):
    """Labels at the left, fields at the right, as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalSpacing(Spacing.SECTION)
        self.setVerticalSpacing(Spacing.CONTROL)
        self.setColumnStretch(1, 1)

    def add_field(
        self, title: str, field: QWidget, *, row: QHBoxLayout | QWidget | None = None
    ) -> QLabel:
        """Put a field below the others, alone or in a row of more, and name it by a label."""
        label = QLabel(title)
        label.setProperty("role", "muted")
        label.setBuddy(field)
        if not isinstance(field, QAbstractButton):  # which say themselves what they are
            field.setAccessibleName(title)
        self.add_row(label, row or field)
        return label

    def add_row(self, title: QWidget | None, content: QHBoxLayout | QWidget) -> None:
        """Put something below the others, behind what names it; None where it says so itself."""
        number = self.rowCount()
        if title is not None:
            self.addWidget(title, number, 0)
        if isinstance(content, QHBoxLayout):
            self.addLayout(content, number, 1)
        else:
            self.addWidget(content, number, 1)
