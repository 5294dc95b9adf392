"""The last page: the plan, its folders, the same as commands, and the start."""

import shlex
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dvox_core.program import program_name
from viewer.text.units import file_size
from viewer.theme import Spacing, ThemeManager, monospaced_font
from viewer.widgets.notice import Notice, breakable
from viewer.wizard.pages.base_page import WizardPage, label_for
from viewer.wizard.pages.summary_text import doubts_text, plan_facts
from viewer.wizard.plan import Page
from viewer.wizard.state import WizardState

STEPS = 1000
LOOK_MS = 250  # after the last key, before the disk is asked


class SummaryPage(WizardPage):
    """Everything at a glance; nothing has been written yet."""

    page = Page.SUMMARY

    def __init__(self, state: WizardState, themes: ThemeManager) -> None:
        super().__init__(
            state,
            themes,
            "Summary",
            "Nothing has been written yet. The run goes on in a process of its own; this window "
            "may be closed meanwhile.",
        )
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(Spacing.CONTROL)
        self._facts.setVerticalSpacing(Spacing.LABEL)
        self._facts.setColumnStretch(1, 1)
        self._rows: list[QLabel] = []
        self.column.addLayout(self._facts)
        self.doubts = Notice(themes, "amber")
        self.column.addWidget(self.doubts)
        self.column.addLayout(self._location())
        self.problem = Notice(themes)
        self.column.addWidget(self.problem)
        self.column.addWidget(self._progress())
        self.column.addLayout(self._commands())
        self.column.addStretch(1)
        self._later = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._later.timeout.connect(state.check_location)
        state.plan_changed.connect(self.refresh_if_seen)
        state.costs.changed.connect(self.refresh_if_seen)
        state.box_check.changed.connect(self.refresh_if_seen)
        state.location_changed.connect(self._show_location)
        state.starting_changed.connect(self._show_starting)
        state.start_progressed.connect(self._show_progress)
        self._show_starting()

    @property
    def commands(self) -> str:
        """The command lines that do the same."""
        return "\n".join(
            f"{program_name()} {shlex.join(arguments)}" for arguments in self.state.plan.commands()
        )

    def enter(self) -> None:
        """Propose a free name, and check the disk."""
        self.refresh()
        self.state.propose_name()
        self._later.start(0)

    def hideEvent(self, event: object) -> None:
        """Stop waiting to check the disk."""
        self._later.stop()

    def _location(self) -> QGridLayout:
        self.name = QLineEdit()
        self.name.textEdited.connect(self._rename)
        self.folder = QLineEdit()
        self.folder.textEdited.connect(self._move)
        choose = QPushButton("Choose…")
        choose.setAutoDefault(True)
        choose.setToolTip("Choose the folder")
        choose.clicked.connect(self.ask_for_folder)
        self.where = QLabel()
        self.where.setProperty("role", "muted")
        self.where.setWordWrap(True)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Spacing.CONTROL)
        grid.setVerticalSpacing(Spacing.CONTROL)
        grid.setColumnStretch(1, 1)
        name_tip = "What the scene is called, and the folders of its pictures and its run"
        grid.addWidget(label_for("Name", self.name, name_tip), 0, 0)
        grid.addWidget(self.name, 0, 1, 1, 2)
        folder_tip = "Below it lie captures/NAME and runs/NAME"
        grid.addWidget(label_for("Folder", self.folder, folder_tip), 1, 0)
        grid.addWidget(self.folder, 1, 1)
        grid.addWidget(choose, 1, 2)
        grid.addWidget(self.where, 2, 1, 1, 2)
        return grid

    def _progress(self) -> QWidget:
        self.progress = QFrame()
        self.progress.setProperty("role", "card")
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.progress_text = QLabel()
        self.progress_text.setProperty("role", "muted")
        self.stop_button = QPushButton("Cancel")
        self.stop_button.setToolTip("Cancel the start; what was made is deleted")
        self.stop_button.setAutoDefault(True)
        self.stop_button.clicked.connect(self.state.cancel_start)
        row = QHBoxLayout()
        row.addWidget(self.progress_text, 1)
        row.addWidget(self.stop_button)
        column = QVBoxLayout(self.progress)
        column.setContentsMargins(Spacing.SECTION, Spacing.PANEL, Spacing.SECTION, Spacing.PANEL)
        column.addWidget(self.bar)
        column.addLayout(row)
        return self.progress

    def _commands(self) -> QVBoxLayout:
        heading = QLabel("The same on the command line")
        heading.setProperty("role", "section")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setAutoDefault(True)
        self.copy_button.setToolTip("Put the command lines on the clipboard")
        self.copy_button.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.addWidget(heading)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(monospaced_font())
        self.text.setAccessibleName("Command lines")
        self.text.setToolTip("Run in the program's folder, these make the same scene")
        self.text.setFixedHeight(84)
        column = QVBoxLayout()
        column.setSpacing(Spacing.CONTROL)
        column.addLayout(row)
        column.addWidget(self.text)
        return column

    def ask_for_folder(self) -> QFileDialog:
        """Let the user choose where captures and runs are put."""
        start = self.state.plan.base
        while not start.is_dir() and start != start.parent:
            start = start.parent
        dialog = QFileDialog(self, "Choose a folder for captures and runs", str(start))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._move)
        dialog.open()
        return dialog

    def _rename(self, text: str) -> None:
        self.state.set_plan(replace(self.state.plan, name=text.strip()))
        self._later.start(LOOK_MS)

    def _move(self, text: str) -> None:
        self.state.set_plan(replace(self.state.plan, folder=Path(text.strip() or "~")))
        self._later.start(LOOK_MS)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.commands)

    def refresh(self) -> None:
        """Show the plan as facts and as command lines."""
        plan = self.state.plan
        for field, text in ((self.name, plan.name), (self.folder, str(plan.folder))):
            if field.text().strip() != text:
                field.setText(text)
        facts = plan_facts(self.state)
        while len(self._rows) < 2 * len(facts):
            row = len(self._rows) // 2
            for column in (0, 1):
                label = QLabel()
                label.setWordWrap(column == 1)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setAlignment(Qt.AlignmentFlag.AlignTop)
                if column == 0:
                    label.setProperty("role", "muted")
                    label.setMinimumWidth(108)
                self._facts.addWidget(label, row, column)
                self._rows.append(label)
        for number, (title, text) in enumerate(facts):
            self._rows[2 * number].setText(title)
            self._rows[2 * number + 1].setText(text)
        self.doubts.set_text(doubts_text(self.state))
        if self.text.toPlainText() != self.commands:
            self.text.setPlainText(self.commands)
        self._show_location()

    def _show_location(self) -> None:
        plan, location = self.state.plan, self.state.location
        if location is None:
            self._later.start()
        text = f"The run will be in {plan.run_path}"
        if plan.needs_import and plan.capture_path is not None:
            text += f",\nits pictures in {plan.capture_path}"
        if plan.found_source is not None and plan.found_source.cameras_were_found:
            text += f",\nthe cameras that were found for them in {plan.source_path}"
        if location is not None and not location.problem:
            text += (
                f".\nAbout {file_size(location.needed_bytes)} at the most; "
                f"{file_size(location.free_bytes)} are free"
            )
        self.where.setText(breakable(text + "."))
        problem = location.problem if location else ""
        self.problem.set_text(problem or self.state.start_problem)

    def _show_starting(self) -> None:
        starting = self.state.is_starting
        self.progress.setVisible(starting)
        for field in (self.name, self.folder):
            field.setEnabled(not starting)
        if starting:
            self._show_progress(0.0, "importing pictures")
        self.problem.set_text("" if starting else self.state.start_problem)

    def _show_progress(self, fraction: float, text: str) -> None:
        self.bar.setValue(round(STEPS * fraction))
        self.progress_text.setText(f"{text[:1].upper()}{text[1:]}…")
