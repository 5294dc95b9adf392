"""A table of labels and values."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from viewer.theme import Spacing, interface_font, tabular
from viewer.widgets.labels import ElidedLabel

LABEL_WIDTH = 108  # one column of labels through all sections


@dataclass(frozen=True)
class Fact:
    """A line of a table.

    Attributes:
        label: what it is.
        value: with its unit.
        tip: more about it, for the tool tip.
        wraps: whether a long value takes several lines; else it is elided in its middle.
    """

    label: str
    value: str
    tip: str = ""
    wraps: bool = False


class FactTable(QWidget):
    """Labels at the left in one column, values at the right; rows are kept when values change."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Spacing.CONTROL)
        self._grid.setVerticalSpacing(Spacing.LABEL)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._facts: tuple[Fact, ...] = ()
        self._font = tabular(interface_font())

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What it shows."""
        return self._facts

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; rows whose labels stay are only rewritten."""
        facts = tuple(facts)
        shape = [(fact.label, fact.wraps) for fact in facts]
        if shape != [(fact.label, fact.wraps) for fact in self._facts]:
            self._rebuild(facts)
        for (label, value), fact in zip(self._rows, facts, strict=True):
            if value.text() != fact.value:
                value.setText(fact.value)
            tip = fact.tip
            if isinstance(value, ElidedLabel) and (value.is_elided or not tip):
                tip = f"{fact.value}\n{tip}".strip() if value.is_elided else tip
            value.setToolTip(tip)
            label.setToolTip(fact.tip)
        self._facts = facts

    def _rebuild(self, facts: tuple[Fact, ...]) -> None:
        for row in self._rows:
            for widget in row:
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._rows = []
        for index, fact in enumerate(facts):
            label = QLabel(fact.label)
            label.setProperty("role", "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            value = QLabel() if fact.wraps else ElidedLabel()
            value.setWordWrap(fact.wraps)
            value.setFont(self._font)
            value.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(fact.label)
            self._grid.addWidget(label, index, 0)
            self._grid.addWidget(value, index, 1)
            self._rows.append((label, value))
