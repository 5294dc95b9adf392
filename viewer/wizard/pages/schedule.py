"""The fourth page: which views test, how often it saves, and when it ends."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QWidget,
)

from dvox_core.errors import UserError
from viewer.text.units import counted, duration, rough_count
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.inputs import ignore_wheel
from viewer.widgets.notice import Notice
from viewer.widgets.number_fields import DecimalField, WholeNumberField
from viewer.wizard.pages.base_page import WizardPage, label_for
from viewer.wizard.plan import Page
from viewer.wizard.state import WizardState

MAX_STEPS = 10_000_000
MAX_MINUTES = 100_000
FIELD_WIDTH = 180
LABEL_WIDTH = 150
PATIENCE = 8
MINUTES = 30


class SchedulePage(WizardPage):
    """The run ends at whichever end comes first; it can be continued afterwards."""

    page = Page.SCHEDULE

    def __init__(self, state: WizardState, themes: ThemeManager) -> None:
        super().__init__(
            state,
            themes,
            "Split and schedule",
            "Test views are kept out of training: they show how good the scene is from where it "
            "was never seen.",
        )
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Spacing.PANEL)
        self._grid.setVerticalSpacing(Spacing.CONTROL)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(2, 1)
        self._row = 0
        self._split()
        self._ends()
        self._rhythm()
        self.column.addLayout(self._grid)
        self.problem = Notice(themes)
        self.column.addWidget(self.problem)
        self.column.addStretch(1)
        state.plan_changed.connect(self.refresh_if_seen)
        state.preview_changed.connect(self.refresh_if_seen)
        state.costs.changed.connect(self.refresh_if_seen)

    def first_focus(self) -> QWidget:
        """The first field."""
        return self.test_every if self.test_every.isEnabled() else self.by_steps

    def _split(self) -> None:
        self._heading("Split")
        self.test_every = self._whole(1, 1000)
        self.test_every.setPrefix("Every ")
        self.test_line = self._add("Test views", self.test_every, "Every so many-th view tests")
        self.validation = self._whole(1, 100)
        self.validation_line = self._add(
            "Validation views",
            self.validation,
            "At most so many views are rendered and scored as the training goes on",
        )
        self.test_every.valueChanged.connect(
            lambda value: self.state.set_plan(
                self.state.plan.with_options(test_every=value if value > 1 else 0)
            )
        )
        self.validation.valueChanged.connect(lambda value: self._set(validation_views=value))

    def _ends(self) -> None:
        self._heading("End after")
        self.by_steps, self.steps = QCheckBox("Steps"), self._whole(1, MAX_STEPS)
        self.steps.setSingleStep(1000)
        self.steps.setGroupSeparatorShown(True)
        self.steps_line = self._add_end(self.by_steps, self.steps, "End at this step")
        self.by_minutes, self.minutes = QCheckBox("Minutes"), self._real(0.1, MAX_MINUTES)
        self.minutes.setSuffix(" min")
        self.minutes_line = self._add_end(
            self.by_minutes, self.minutes, "End after so much training time"
        )
        self.by_progress, self.patience = QCheckBox("No more progress"), self._whole(1, 1000)
        self.patience.setSuffix(" validations")
        self.progress_line = self._add_end(
            self.by_progress, self.patience, "End when the score rises no more, and keep the best"
        )
        for box in (self.by_steps, self.by_minutes, self.by_progress):
            box.toggled.connect(lambda _: self._set_ends())
        for field in (self.steps, self.minutes, self.patience):
            field.valueChanged.connect(lambda _: self._set_ends())

    def _rhythm(self) -> None:
        self._heading("While it trains")
        self.snapshots = self._real(0.1, 1000)
        self.snapshots.setSuffix(" min")
        self._add(
            "Snapshot every",
            self.snapshots,
            "If the power fails, at most this much is lost",
        ).setText("If the power fails, at most this much is lost")
        self.validations = self._real(0.1, 1000)
        self.validations.setSuffix(" min")
        self._add(
            "Validation every", self.validations, "How often the validation views are scored"
        ).setText("Takes at most a tenth of the training time")
        self.snapshots.valueChanged.connect(lambda value: self._set(snapshot_minutes=value))
        self.validations.valueChanged.connect(lambda value: self._set(validation_minutes=value))

    def _heading(self, text: str) -> None:
        label = QLabel(text)
        label.setProperty("role", "section")
        if self._row:
            self._grid.setRowMinimumHeight(self._row, Spacing.SECTION)
            self._row += 1
        self._grid.addWidget(label, self._row, 0, 1, 3)
        self._row += 1

    def _add(self, text: str, field: QWidget, tip: str) -> QLabel:
        return self._add_row(label_for(text, field, tip), field)

    def _add_end(self, box: QCheckBox, field: QWidget, tip: str) -> QLabel:
        box.setToolTip(tip)
        field.setToolTip(tip)
        field.setAccessibleName(box.text())
        return self._add_row(box, field)

    def _add_row(self, title: QWidget, field: QWidget) -> QLabel:
        line = QLabel()
        line.setProperty("role", "muted")
        line.setWordWrap(True)
        self._grid.addWidget(title, self._row, 0)
        self._grid.addWidget(field, self._row, 1)
        self._grid.addWidget(line, self._row, 2)
        self._row += 1
        return line

    def _whole(self, low: int, high: int) -> WholeNumberField:
        field = WholeNumberField()
        field.setRange(low, high)
        self._style(field)
        return field

    def _real(self, low: float, high: float) -> DecimalField:
        field = DecimalField()
        field.setDecimals(1)
        field.setRange(low, high)
        self._style(field)
        return field

    @staticmethod
    def _style(field: WholeNumberField | DecimalField) -> None:
        field.setFixedWidth(FIELD_WIDTH)
        field.setKeyboardTracking(False)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setFont(tabular(interface_font()))
        ignore_wheel(field)

    # What is chosen

    def _set_ends(self) -> None:
        self._set(
            steps=self.steps.value() if self.by_steps.isChecked() else None,
            minutes=self.minutes.value() if self.by_minutes.isChecked() else None,
            patience=self.patience.value() if self.by_progress.isChecked() else 0,
        )

    def _set(self, **changes: Any) -> None:
        try:
            self.state.set_plan(self.state.plan.with_run(**changes))
        except UserError as error:
            self.problem.set_text(str(error))

    # What is shown

    @property
    def _has_split(self) -> bool:
        found_source = self.state.plan.found_source
        return found_source is not None and found_source.has_split

    def refresh(self) -> None:
        """Show the plan, and what is known of it."""
        plan, run = self.state.plan, self.state.plan.run
        self.test_every.setSpecialValueText("As in the source" if self._has_split else "None")
        fields: tuple[tuple[Any, Any], ...] = (
            (self.test_every, 1 if self._has_split else max(1, plan.options.test_every)),
            (self.validation, run.validation_views),
            (self.steps, run.steps),
            (self.minutes, run.minutes),
            (self.patience, run.patience or None),
            (self.snapshots, run.snapshot_minutes),
            (self.validations, run.validation_minutes),
        )
        for field, value in fields:
            field.blockSignals(True)
            if value is not None:
                field.setValue(value)
            elif field is self.minutes and field.value() <= field.minimum():
                field.setValue(MINUTES)
            elif field is self.patience and field.value() <= field.minimum():
                field.setValue(PATIENCE)
            field.blockSignals(False)
        for box, field, wanted in (
            (self.by_steps, self.steps, run.steps is not None),
            (self.by_minutes, self.minutes, run.minutes is not None),
            (self.by_progress, self.patience, run.patience > 0),
        ):
            box.blockSignals(True)
            box.setChecked(wanted)
            box.blockSignals(False)
            field.setEnabled(wanted)
        self._show_lines()

    def _show_lines(self) -> None:
        plan, preview, cost = self.state.plan, self.state.preview, self.state.costs.chosen
        self.test_every.setSuffix(f"{_ordinal_ending(plan.options.test_every)} view")
        self.test_every.setEnabled(not self._has_split)
        counts = dict(preview.plan.view_counts) if preview and preview.plan else {}
        text = f"{counts.get('test', 0)} test views, {counts.get('train', 0)} to train on"
        self.test_line.setText(text if counts else "")
        judges = self.state.validation_view_count
        if counts.get("validation"):
            self.validation_line.setText(f"of the source’s own {counts['validation']}")
        elif judges:
            self.validation_line.setText(f"{counted(judges, 'training view')} held out for it")
        else:
            self.validation_line.setText("of the training views; too few to hold any out")
        seconds = cost.step_seconds if cost else 0.0
        run = plan.run
        self.steps_line.setText(
            f"about {duration(seconds * run.steps)} here" if run.steps and seconds else ""
        )
        minutes = 60 * run.minutes / seconds if run.minutes and seconds else 0
        self.minutes_line.setText(f"about {rough_count(minutes)} steps here" if minutes else "")
        self.progress_line.setText(
            "without a better score; the best scene is kept" if run.patience else ""
        )
        endless = run.steps is None and run.minutes is None and not run.patience
        problem = "Choose at least one end; the run could not end by itself." if endless else ""
        if run.patience and judges == 0:
            problem = (
                "“No more progress” needs views to judge by, and there are too few training views "
                "to hold any out: choose another end, or give the source a validation split."
            )
        self.problem.set_text(problem)


def _ordinal_ending(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
