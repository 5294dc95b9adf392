"""Asks for a scene on another machine."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from dvox_core.errors import UserError
from dvox_core.remote.address import SSH, parse_address
from viewer.theme import Spacing
from viewer.widgets.dialog import Dialog


class RemoteDialog(Dialog):
    """Host, path, and the Python there; the hosts of before are offered."""

    chosen = Signal(str, str)  # ssh://host/path, the Python there ('' for `dvox` of its PATH)

    def __init__(self, parent: QWidget, hosts: Mapping[str, str]) -> None:
        """`hosts`: those of before, newest first, and the Python there."""
        super().__init__(parent, "Open on another machine", width=520)
        self._hosts = dict(hosts)
        self._filled = ""  # what stands in for the Python by itself
        self.add_text(
            "The scene stays where it is and is rendered there; this window shows it. It is "
            "reached by ssh, with your keys and ~/.ssh/config. dvox must be installed there.",
            "muted",
        )
        self.host = QComboBox()
        self.host.setEditable(True)
        self.host.addItems([name for name in self._hosts if " " not in name])
        edit = self.host.lineEdit()
        assert edit is not None  # it is editable
        edit.setPlaceholderText("user@host or a name of ~/.ssh/config")
        self.host.setAccessibleName("Host")
        self.path = QLineEdit()
        self.path.setPlaceholderText("/scenes/lego.dvox, ~/runs/lego")
        self.path.setAccessibleName("Path there")
        self.python = QLineEdit()
        self.python.setPlaceholderText("dvox of the PATH there, or e.g. ~/venv/bin/python")
        self.python.setAccessibleName("Python there")
        form = QFormLayout()
        form.setHorizontalSpacing(Spacing.CONTROL)
        form.setVerticalSpacing(Spacing.CONTROL)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Host", self.host)
        form.addRow("&Path there", self.path)
        form.addRow("P&ython there", self.python)
        for field in (self.host, self.path, self.python):
            form.labelForField(field).setProperty("role", "muted")
        self.column.addLayout(form)
        self.problem = self.add_text("", "error")
        cancel = self.add_button("Cancel")
        self.open_button = self.add_button("Open", primary=True)
        cancel.clicked.connect(self.reject)
        self.open_button.clicked.connect(self._choose)
        self.host.currentTextChanged.connect(self._on_host)
        for field in (self.path, self.python):
            field.textChanged.connect(lambda _: self._check())
        self._on_host(self.host.currentText())

    @property
    def address(self) -> str:
        """What the fields say, as an address; an address as the host stands for itself."""
        host, path = self.host.currentText().strip(), self.path.text().strip()
        if host.startswith(SSH):
            return f"{host.rstrip('/')}/{path.lstrip('/')}" if path else host
        return f"{SSH}{host}/{path.lstrip('/')}"

    def _on_host(self, host: str) -> None:
        python = self._hosts.get(host.strip(), "")
        if self.python.text() == self._filled:  # what somebody wrote stays
            self.python.setText(python)
            self._filled = python
        self._check()

    def _check(self) -> None:
        """Say what is wrong as soon as both are written."""
        is_written = bool(self.host.currentText().strip() and self.path.text().strip())
        line = ""
        try:
            parse_address(self.address)
        except UserError as error:
            line = str(error)
        self.open_button.setEnabled(not line)
        self.problem.setText(line if is_written else "")
        self.problem.setVisible(bool(line) and is_written)

    def _choose(self) -> None:
        self.chosen.emit(self.address, self.python.text().strip())
        self.accept()
