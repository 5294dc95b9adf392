"""Asks how a camera path is to be made, and what becomes of one that is not saved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from viewer.widgets.dialog import Dialog
from viewer.widgets.form_grid import FormGrid
from viewer.widgets.number_fields import DecimalField

MAX_SECONDS = 3600


@dataclass(frozen=True)
class NumberField:
    """A number that a path is made by.

    Attributes:
        name: of the argument.
        label, tip: for the user.
        value: at first.
        low, high: the ends.
        unit: behind the number.
        digits: behind the point.
    """

    name: str
    label: str
    tip: str
    value: float
    low: float
    high: float
    unit: str = ""
    digits: int = 1


SECONDS = NumberField("seconds", "Duration", "How long the path lasts", 10, 0.1, MAX_SECONDS, " s")


class _PathDialog(Dialog):
    """Fields, whether the present path is lost, and the button that makes the new one."""

    def number_field(self, amount: NumberField) -> DecimalField:
        """A field for a number."""
        field = DecimalField()
        field.setDecimals(amount.digits)
        field.setRange(amount.low, amount.high)
        field.setSuffix(amount.unit)
        field.setValue(amount.value)
        field.setToolTip(amount.tip)
        return field

    def add_end(self, choose: Callable[[], None], *, replaces: bool) -> None:
        """Put note and buttons below the fields."""
        if replaces:
            self.add_text(
                "It takes the place of the present path; undo brings that back.", "caption"
            )
        self.add_button("Cancel").clicked.connect(self.reject)
        self.make = self.add_button("Make the path", primary=True)
        self.make.clicked.connect(choose)


class MakePathDialog(_PathDialog):
    """Asks for a few numbers."""

    chosen = Signal(object)  # Mapping[str, float]: by the amounts' names

    def __init__(
        self,
        parent: QWidget,
        title: str,
        text: str,
        amounts: Sequence[NumberField],
        *,
        replaces: bool,
        loop: str = "",
    ) -> None:
        super().__init__(parent, title, width=400)
        self.add_text(text, "muted")
        grid = FormGrid()
        self.fields = {amount.name: self.number_field(amount) for amount in amounts}
        for amount in amounts:
            grid.add_field(amount.label, self.fields[amount.name])
        self.column.addLayout(grid)
        self.loop = QCheckBox(loop)
        self.loop.setVisible(bool(loop))
        self.column.addWidget(self.loop)
        self.add_end(self._choose, replaces=replaces)

    @property
    def values(self) -> Mapping[str, float]:
        """The values of the fields."""
        return {name: field.value() for name, field in self.fields.items()}

    def _choose(self) -> None:
        self.chosen.emit(self.values)
        self.accept()


class BetweenViewsDialog(_PathDialog):
    """Asks for views of the capture to go to, one after the other."""

    chosen = Signal(object, float)  # list of indices in the order of the list, seconds

    def __init__(
        self, parent: QWidget, labels: Sequence[str], checked: Sequence[int], *, replaces: bool
    ) -> None:
        super().__init__(parent, "Between chosen views", width=400)
        self.add_text(
            "Choose two views or more: the camera goes from one to the next around the scene.",
            "muted",
        )
        self.views = QListWidget()
        self.views.setAccessibleName("Views of the capture")
        self.views.setMinimumHeight(220)
        for index, text in enumerate(labels):
            item = QListWidgetItem(text)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled)
            on = index in checked
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.views.addItem(item)
        self.views.setToolTip("Space or a click on the box chooses a view")
        self.column.addWidget(self.views, 1)
        self.seconds = self.number_field(SECONDS)
        grid = FormGrid()
        grid.add_field(SECONDS.label, self.seconds)
        self.column.addLayout(grid)
        self.add_end(self._choose, replaces=replaces)
        self.views.itemChanged.connect(lambda _: self._show_what_counts())
        self._show_what_counts()

    @property
    def indices(self) -> list[int]:
        """The chosen views."""
        items = (self.views.item(index) for index in range(self.views.count()))
        return [i for i, item in enumerate(items) if item.checkState() is Qt.CheckState.Checked]

    def _show_what_counts(self) -> None:
        self.make.setEnabled(len(self.indices) > 1)

    def _choose(self) -> None:
        self.chosen.emit(self.indices, self.seconds.value())
        self.accept()
