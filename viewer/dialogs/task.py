"""A dialog that asks for something that takes long, and then shows how far it is."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from viewer.theme import Spacing
from viewer.widgets.dialog import Dialog
from viewer.widgets.form_grid import FormGrid
from viewer.widgets.progress_row import ProgressRow

REMARKS_HEIGHT = 52

Row = tuple[str, QWidget, QWidget | QHBoxLayout]
"""The label's text, the widget that it names, and what stands beside it."""


class TaskDialog(Dialog):
    """Fields in rows, remarks, a bar; it stays while the task runs, and may be hidden meanwhile.

    It is not modal: the scene can be turned while the task runs.
    """

    cancel_requested = Signal()

    def __init__(self, parent: QWidget, title: str, verb: str) -> None:
        super().__init__(parent, title, width=560)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # hidden while it runs
        self._labels: dict[str, QLabel] = {}
        self._fields: list[QWidget] = []
        self.text = self.add_text("\n", "muted")
        self.text.setMinimumHeight(2 * self.text.fontMetrics().lineSpacing())
        self.grid = FormGrid()
        self.column.addLayout(self.grid)
        self.note, self.problem = QLabel(), QLabel()
        self.note.setProperty("role", "caption")
        self.problem.setProperty("role", "error")
        remarks = QWidget()
        remarks.setMinimumHeight(REMARKS_HEIGHT)  # nothing moves while a name is being typed
        box = QGridLayout(remarks)
        box.setContentsMargins(0, 0, 0, 0)
        for row, label in enumerate((self.note, self.problem)):
            label.setWordWrap(True)
            box.addWidget(label, row, 0)
        box.setRowStretch(2, 1)
        self.column.addWidget(remarks)
        self.progress = ProgressRow("End it; what is not whole is not kept")
        self.progress.cancelled.connect(self.cancel_requested)
        self.column.addWidget(self.progress)
        self.close_button = self.add_button("Close")
        self.close_button.clicked.connect(self.reject)
        self.run = self.add_button(verb, primary=True)
        self._verb = verb

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Put labelled fields below those that are there."""
        for title, buddy, content in rows:
            self._labels[title] = self.grid.add_field(title, buddy, row=content)
            if isinstance(content, QHBoxLayout):
                places = [content.itemAt(index) for index in range(content.count())]
                widgets = [place.widget() for place in places if place is not None]
                self._fields += [widget for widget in widgets if widget is not None]
            else:
                self._fields.append(content)

    def add_unlabelled(self, field: QWidget) -> None:
        """Put a field below the others that names itself."""
        self.grid.add_row(None, field)
        self._fields.append(field)

    def show_row(self, title: str, shown: bool, *fields: QWidget) -> None:
        """Show or hide a row's label with its fields."""
        for widget in (self._labels[title], *fields):
            widget.setVisible(shown)

    def show_progress(self, share: float, text: str) -> None:
        """Show how far the task is; nothing can be changed meanwhile."""
        self._set_running(True)
        self.progress.show_progress(share, text[:1].upper() + text[1:])

    def show_end(self, problem: str) -> None:
        """Let it be asked for again; `problem` says why it failed, "" if it did not."""
        self._set_running(False)
        self.problem.setText(problem)

    def show_target(self) -> None:
        """Say what is known of the file to write; the dialog's own says more."""

    def name_run(self, *, replaces: bool) -> None:
        """Say on the button whether something is replaced."""
        verb = self._verb
        self.run.setText(f"Replace and {verb[0].lower()}{verb[1:]}" if replaces else verb)

    def _set_running(self, running: bool) -> None:
        for field in (*self._fields, self.run):
            field.setEnabled(not running)
        self.close_button.setText("Hide" if running else "Close")
        if not running:
            self.progress.hide()
            self.show_target()


def file_row(tip: str) -> tuple[QLineEdit, QPushButton, QHBoxLayout]:
    """A field for a path with a button that asks for one."""
    line, browse = QLineEdit(), QPushButton("Browse…")
    line.setToolTip(tip)
    browse.setAutoDefault(False)
    return line, browse, row_of(line, browse)


def row_of(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side, the first as wide as can be."""
    row = QHBoxLayout()
    row.setSpacing(Spacing.CONTROL)
    for number, widget in enumerate(widgets):
        row.addWidget(widget, 1 if number == 0 else 0)
    return row
