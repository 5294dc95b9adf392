"""Asks what a new table is to compare: captures, systems, sizes, budget and its folder."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dvox_core.baselines.systems import SYSTEMS
from viewer.theme import Spacing
from viewer.widgets.inputs import Dropdown, ignore_wheel
from viewer.widgets.number_fields import WholeNumberField
from viewer.workers.tables.table_process import TableRequest

FIRST_SYSTEMS = ("nearest", "tatarchenko", "worrall", "pix2pix", "deepvoxels")
PRESETS = (("Tiny", "tiny"), ("Small", "small"), ("Medium", "medium"), ("Paper", "paper"))
BUDGETS = (("minutes a training", "minutes"), ("steps a training", "steps"))
FIRST_MINUTES, FIRST_STEPS = 10, 3000
LIST_HEIGHT = 132


class NewTable(QWidget):
    """A form; `started` carries what was asked for."""

    started = Signal(object)  # TableRequest
    capture_requested = Signal()  # a folder is to be chosen
    cancelled = Signal()

    def __init__(self, folder: Path, captures: tuple[Path, ...]) -> None:
        """Begin with these captures, and a table in a new folder of `folder`."""
        super().__init__()
        self._captures: list[Path] = []
        self.list = QListWidget()
        self.list.setAccessibleName("Captures to compare on")
        self.list.setFixedHeight(LIST_HEIGHT)
        self.add_button = QPushButton("Add a capture…")
        self.add_button.setToolTip(
            "A folder of pictures with cameras, as the wizard or import makes"
        )
        self.add_button.clicked.connect(self.capture_requested)
        self.remove_button = QPushButton("Remove")
        self.remove_button.clicked.connect(self._remove)
        self.list.currentRowChanged.connect(lambda _: self._update())
        self.systems = {name: QCheckBox(system.title) for name, system in SYSTEMS.items()}
        for name, box in self.systems.items():
            box.setChecked(name in FIRST_SYSTEMS)
            box.setToolTip(SYSTEMS[name].citation)
            box.toggled.connect(lambda _: self._update())
        self.preset = Dropdown(PRESETS, "Sizes of the systems", "All systems get about as many "
                               "numbers to train")  # fmt: skip
        self.preset.set_value("small")
        self.budget = WholeNumberField()
        self.budget.setRange(1, 10_000_000)
        self.budget.setValue(FIRST_MINUTES)
        self.budget.setAccessibleName("The budget of each training")
        ignore_wheel(self.budget)
        self.unit = Dropdown(BUDGETS, "The budget's unit", "The same for every system")
        self.unit.chosen.connect(self._on_unit)
        self.budget.valueChanged.connect(lambda _: self._update())
        self.folder = QLineEdit(str(_free_folder(folder.expanduser())))
        self.folder.setAccessibleName("The table's folder")
        self.folder.textChanged.connect(lambda _: self._update())
        self.cost = QLabel()
        self.cost.setProperty("role", "muted")
        self.cost.setWordWrap(True)
        self.start_button = QPushButton("Start")
        self.start_button.setProperty("role", "primary")
        self.start_button.clicked.connect(self._start)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(self.cancelled)
        self._lay_out()
        for path in captures:
            self.add_capture(path)
        self._update()

    @property
    def captures(self) -> tuple[Path, ...]:
        """The captures chosen so far."""
        return tuple(self._captures)

    @property
    def request(self) -> TableRequest:
        """What is asked for."""
        systems = tuple(name for name, box in self.systems.items() if box.isChecked())
        return TableRequest(
            self.captures,
            Path(self.folder.text()).expanduser(),
            systems,
            str(self.preset.value),
            (str(self.unit.value), float(self.budget.value())),
        )

    def add_capture(self, path: Path) -> None:
        """Compare on this capture too."""
        path = path.absolute()
        if path not in self._captures:
            self._captures.append(path)
            self.list.addItem(str(path))
            self.list.setCurrentRow(len(self._captures) - 1)
        self._update()

    def _remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._captures):
            del self._captures[row]
            self.list.takeItem(row)
        self._update()

    def _on_unit(self, unit: str) -> None:
        self.budget.setValue(FIRST_STEPS if unit == "steps" else FIRST_MINUTES)
        self._update()

    def _update(self) -> None:
        request = self.request
        trained = [name for name in request.systems if SYSTEMS[name].recipe != ""]
        problem = ""
        if not request.captures:
            problem = "Add a capture to compare on."
        elif not request.systems:
            problem = "Choose at least one system."
        elif not self.folder.text().strip():
            problem = "Name a folder for the table."
        self.start_button.setEnabled(not problem)
        self.remove_button.setEnabled(self.list.currentRow() >= 0)
        count = len(trained) * len(request.captures)
        unit, number = request.budget
        some = "1 training" if count == 1 else f"{count} trainings"
        budget = f"{some} of {number:,.0f} {unit} each"
        if unit == "minutes":
            budget += f", {count * number / 60:.1f} hours" if count * number >= 90 else ""
        self.cost.setText(
            problem
            or f"{budget}, one after the other. Nothing is lost by stopping: Go on continues."
        )

    def _start(self) -> None:
        self.started.emit(self.request)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(Spacing.PAGE, Spacing.PAGE, Spacing.PAGE, Spacing.PAGE)
        column.setSpacing(Spacing.SECTION)
        form = QFormLayout()
        form.setSpacing(Spacing.PANEL)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        captures = QVBoxLayout()
        captures.addWidget(self.list)
        captures.addLayout(_row(self.add_button, self.remove_button))
        form.addRow("Captures", captures)
        systems = QGridLayout()
        for number, box in enumerate(self.systems.values()):
            systems.addWidget(box, number // 2, number % 2)
        form.addRow("Systems", systems)
        self.preset.setFixedWidth(160)
        form.addRow("Sizes", self.preset)
        self.unit.setFixedWidth(160)
        form.addRow("Budget", _row(self.budget, self.unit))
        form.addRow("Folder", self.folder)
        column.addLayout(form)
        column.addWidget(self.cost)
        column.addLayout(_row(self.start_button, self.cancel_button))
        column.addStretch(1)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(Spacing.CONTROL)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _free_folder(parent: Path) -> Path:
    """A folder of that name that nothing lies in yet."""
    number = 1
    while (path := parent / ("table" if number == 1 else f"table-{number}")).exists():
        number += 1
    return path
