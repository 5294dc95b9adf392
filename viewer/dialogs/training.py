"""Questions about a training run: how long it goes on, how fast it learns, what closing means."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from dvox_core.training.run.status import Status
from viewer.text.units import count, duration, significant
from viewer.theme import Spacing
from viewer.widgets.dialog import Dialog
from viewer.widgets.form_grid import FormGrid
from viewer.widgets.number_fields import DecimalField, WholeNumberField

MAX_STEPS = 10_000_000
MAX_MINUTES = 100_000
DEVICES = {"Chosen by itself": "auto", "CPU": "cpu", "CUDA GPU": "cuda", "Apple GPU": "mps"}
PATIENCE = 8


class TrainLongerDialog(Dialog):
    """Asks for another end of a run that has ended, and for the device."""

    chosen = Signal(object)  # what changes of `RunOptions`, by name

    def __init__(self, parent: QWidget, config: Mapping[str, Any], status: Status) -> None:
        super().__init__(parent, "Train longer", width=440)
        run = config.get("run", {})
        self.add_text(
            f"The run has done {count(status.step)} steps in {duration(status.elapsed_seconds)}. "
            "It ends at whatever comes first, counted from its beginning:",
            "muted",
        )
        self.by_steps, self.steps = QCheckBox("Steps"), WholeNumberField()
        self.steps.setRange(status.step + 1, MAX_STEPS)
        self.steps.setSingleStep(1000)
        self.steps.setGroupSeparatorShown(True)
        self.by_minutes, self.minutes = QCheckBox("Minutes"), WholeNumberField()
        self.minutes.setRange(int(status.elapsed_seconds // 60) + 1, MAX_MINUTES)
        self.minutes.setSuffix(" min")
        self.minutes.setGroupSeparatorShown(True)
        self.by_progress, self.patience = QCheckBox("No more progress"), WholeNumberField()
        self.patience.setRange(1, 100)
        self.patience.setSuffix(" validations without a gain")
        self.device = QComboBox()
        for text, device in DEVICES.items():
            self.device.addItem(text, device)
        self.device.setCurrentIndex(max(0, self.device.findData(run.get("device", "auto"))))
        self.device.setToolTip("Where to compute from now on")
        self._fill(run, status)
        self._lay_out()
        cancel = self.add_button("Cancel")
        self.go_on = self.add_button("Go on", primary=True)
        cancel.clicked.connect(self.reject)
        self.go_on.clicked.connect(self._choose)
        self._show_what_counts()

    def _fill(self, run: Mapping[str, Any], status: Status) -> None:
        steps, minutes = run.get("steps"), run.get("minutes")
        reached = steps is not None and status.step >= steps
        self.by_steps.setChecked(steps is not None)
        self.steps.setValue(2 * status.step if reached or not steps else steps)
        spent = status.elapsed_seconds / 60
        self.by_minutes.setChecked(minutes is not None or steps is None)
        self.minutes.setValue(round(2 * spent if not minutes or spent >= minutes else minutes))
        self.by_progress.setChecked(bool(run.get("patience")) and status.state != "finished")
        self.patience.setValue(run.get("patience") or PATIENCE)

    def _lay_out(self) -> None:
        grid = FormGrid()
        rows = (
            (self.by_steps, self.steps, "End the training at this step"),
            (self.by_minutes, self.minutes, "End it after so much training time, pauses left out"),
            (self.by_progress, self.patience, "End it when the score rises no more"),
        )
        for box, field, tip in rows:
            box.setToolTip(tip)
            field.setToolTip(tip)
            field.setAccessibleName(box.text())
            box.toggled.connect(self._show_what_counts)
            grid.add_row(box, field)
        grid.add_field("Device", self.device)
        self.column.addLayout(grid)

    def _show_what_counts(self) -> None:
        for box, field in (
            (self.by_steps, self.steps),
            (self.by_minutes, self.minutes),
            (self.by_progress, self.patience),
        ):
            field.setEnabled(box.isChecked())
        boxes = (self.by_steps, self.by_minutes, self.by_progress)
        self.go_on.setEnabled(any(box.isChecked() for box in boxes))

    def _choose(self) -> None:
        self.chosen.emit(
            {
                "steps": self.steps.value() if self.by_steps.isChecked() else None,
                "minutes": float(self.minutes.value()) if self.by_minutes.isChecked() else None,
                "patience": self.patience.value() if self.by_progress.isChecked() else 0,
                "device": self.device.currentData(),
            }
        )
        self.accept()


class LearningRateDialog(Dialog):
    """Asks for another learning rate."""

    chosen = Signal(float)  # factor against the present one

    def __init__(self, parent: QWidget, present: float) -> None:
        super().__init__(parent, "Change the learning rate", width=400)
        self._present = present
        self.add_text(
            "Lower it where the losses jump up and down, raise it where they hardly fall. "
            "All of the run's learning rates change in proportion.",
            "muted",
        )
        self.rate = DecimalField()
        self.rate.setDecimals(7)
        self.rate.setRange(1e-7, 0.5)
        self.rate.setSingleStep(present / 10)
        self.rate.setValue(present)
        self.rate.setToolTip(f"Of the networks; {significant(present)} now")
        self.rate.setAccessibleName("Learning rate")
        grid = QGridLayout()
        grid.setHorizontalSpacing(Spacing.CONTROL)
        label = QLabel("Learning rate")
        label.setBuddy(self.rate)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.rate, 0, 1)
        for column, (text, factor) in enumerate((("Half", 0.5), ("Double", 2.0)), 2):
            button = QPushButton(text)
            button.setToolTip(f"{text} of what the field says" if factor < 1 else "Twice the field")
            button.clicked.connect(
                lambda _=False, factor=factor: self.rate.setValue(self.rate.value() * factor)
            )
            grid.addWidget(button, 0, column)
        grid.setColumnStretch(1, 1)
        self.column.addLayout(grid)
        cancel = self.add_button("Cancel")
        change = self.add_button("Change", primary=True)
        cancel.clicked.connect(self.reject)
        change.clicked.connect(self._choose)

    def _choose(self) -> None:
        factor = self.rate.value() / self._present
        if abs(factor - 1) > 1e-6:
            self.chosen.emit(factor)
        self.accept()


class ClosingDialog(Dialog):
    """Asks what becomes of a run that is being trained when the window closes."""

    agreed = Signal()  # the window may close
    stop_requested = Signal()

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, f"“{name}” is still training", width=460)
        self.text = self.add_text(
            "It can go on in the background: the next window finds it again. "
            "Stopped, it is saved first and can be resumed from there."
        )
        self.cancel = self.add_button("Cancel", at_left=True)
        self.cancel.setToolTip("Leave the window open (Esc)")
        self.stop = self.add_button("Stop and save")
        self.stop.setToolTip("Save the training, end it, then close the window")
        self.keep = self.add_button("Keep training", primary=True)
        self.keep.setToolTip("Close the window; the training goes on in the background")
        self.cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(self.agreed)
        self.stop.clicked.connect(self._stop)
        self._is_saving = False

    def on_run_ended(self) -> None:
        """Let the window close if it waits for that; a cancelled question waits for nothing."""
        if self._is_saving and self.isVisible():
            self.agreed.emit()

    def _stop(self) -> None:
        """Have the run saved; the window closes when it has ended, or before."""
        self._is_saving = True
        self.stop_requested.emit()
        self.text.setText("Saving… The window closes when the run has ended.")
        self.stop.setEnabled(False)
        self.keep.setText("Close now")
        self.keep.setToolTip("Close the window; the run saves and ends by itself")
