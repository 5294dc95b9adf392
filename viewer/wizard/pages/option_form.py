"""A form with a row for every option of a configuration: its value, its default, what it does."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from viewer.theme import Spacing, interface_font, tabular
from viewer.widgets.inputs import ignore_wheel
from viewer.wizard.config_options import Option, parsed, value_text
from viewer.wizard.pages.base_page import label_for

FIELD_WIDTH = 132
LABEL_WIDTH = 132
DEFAULT_WIDTH = 96


class OptionForm(QWidget):
    """Sends what was entered; the page decides whether it makes sense."""

    entered = Signal(str, object)  # option's name, value
    refused = Signal(str)  # a line: no such number

    def __init__(self, options: Sequence[Option]) -> None:
        super().__init__()
        self._options = {option.name: option for option in options}
        self.editors: dict[str, QLineEdit | QCheckBox | QComboBox] = {}
        self._defaults: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Spacing.PANEL)
        grid.setVerticalSpacing(Spacing.LABEL)
        grid.setColumnStretch(3, 1)
        for row, option in enumerate(options):
            editor = self._editor(option)
            label = label_for(option.label, editor, option.help)
            label.setMinimumWidth(LABEL_WIDTH)
            default = QLabel()
            default.setProperty("role", "caption")
            default.setMinimumWidth(DEFAULT_WIDTH)
            help_label = QLabel(option.help)
            help_label.setProperty("role", "caption")
            help_label.setWordWrap(True)
            grid.addWidget(label, row, 0)
            grid.addWidget(editor, row, 1)
            grid.addWidget(default, row, 2)
            grid.addWidget(help_label, row, 3)
            self.editors[option.name] = editor
            self._defaults[option.name] = default

    def show_values(self, values: dict[str, Any], defaults: dict[str, Any]) -> None:
        """Show the present values, and what they are by default."""
        for name, option in self._options.items():
            editor, value = self.editors[name], values[name]
            if isinstance(editor, QCheckBox):
                editor.blockSignals(True)
                editor.setChecked(bool(value))
                editor.blockSignals(False)
            elif isinstance(editor, QComboBox):
                editor.setCurrentIndex(option.choices.index(str(value)))
            elif not (editor.hasFocus() and _is_equal(option, editor.text(), value)):
                editor.setText(value_text(value))
            changed = value != defaults[name]
            self._defaults[name].setText(f"default {value_text(defaults[name])}")
            self._defaults[name].setVisible(True)
            font = interface_font(bold=changed)
            editor.setFont(tabular(font))

    def _editor(self, option: Option) -> QLineEdit | QCheckBox | QComboBox:
        if option.choices:
            combo = QComboBox()
            combo.addItems(option.choices)
            combo.activated.connect(
                lambda _, name=option.name, combo=combo: self.entered.emit(
                    name, combo.currentText()
                )
            )
            combo.setFixedWidth(FIELD_WIDTH)
            ignore_wheel(combo)
            return combo
        if option.kind is bool:
            box = QCheckBox()
            box.toggled.connect(lambda on, name=option.name: self.entered.emit(name, on))
            return box
        line = QLineEdit()
        line.setFixedWidth(FIELD_WIDTH)
        line.editingFinished.connect(lambda option=option, line=line: self._on_edited(option, line))
        return line

    def _on_edited(self, option: Option, line: QLineEdit) -> None:
        try:
            value = parsed(option, line.text())
        except ValueError:
            kind = "a whole number" if option.kind is int else "a number"
            self.refused.emit(f"{option.label}: “{line.text()}” is no number; write {kind}")
            return
        self.entered.emit(option.name, value)


def _is_equal(option: Option, text: str, value: Any) -> bool:
    try:
        return bool(parsed(option, text) == value)
    except ValueError:
        return False
