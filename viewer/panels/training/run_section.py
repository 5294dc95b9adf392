"""The head of the training panel: the run's status, facts and actions."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
)

from dvox_core.training.run.status import ACTIVE, Status
from viewer.panels.panel import PanelContext, Section
from viewer.panels.training.facts import run_facts
from viewer.state.key_tips import add_keys_to_tip
from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.training_state import NO_LIVE, TrainingState
from viewer.text.runs import MOODS, run_caption, share_done, state_word, trouble
from viewer.theme import Spacing
from viewer.widgets.fact_table import FactTable
from viewer.widgets.inputs import ignore_wheel
from viewer.widgets.labels import ElidedLabel
from viewer.widgets.status_dot import Dot, Mood
from viewer.widgets.widget_row import WidgetRow

STEPS = 1000
ALIVE = ("pause_training", "save_training", "stop_training", "learning_rate", "score_training")
"""What can be done with a run that is being trained."""
LIVE_CHOICES = {
    "Off": NO_LIVE,
    "Every 10 s": 10,
    "Every 30 s": 30,
    "Every minute": 60,
    "Every 5 min": 300,
}


class RunSection(Section):
    """Status, progress, facts and buttons; each button triggers the action of its name."""

    action_requested = Signal(str)

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Run")
        self._state: TrainingState = context.training.state
        self.dot = Dot(context.themes)
        self.state_label = QLabel()
        self.state_label.setProperty("role", "section")
        self.caption = ElidedLabel()
        self.caption.setProperty("role", "caption")
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the training")
        self.trouble = QLabel()
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = FactTable()
        self.live = LiveChoice(context)
        self.buttons = {
            name: self._button(name, text, tip, context.keys)
            for name, text, tip in (
                ("pause_training", "Pause", "Let the training wait, or go on"),
                ("save_training", "Save now", "Write a snapshot and the scene now"),
                ("stop_training", "Stop", "Save and end the training; Resume goes on from there"),
                ("learning_rate", "Learning rate…", "Learn faster or slower from now on"),
                ("score_training", "Score now", "Render and score the validation views now"),
                ("resume_training", "Resume", "Go on from the last snapshot"),
                ("train_longer", "Train longer…", "Go on with another end or on another device"),
            )
        }
        self._build()
        state = self._state
        state.run_changed.connect(lambda _: self._show_run())
        state.config_changed.connect(lambda _: self._show_run())
        state.status_changed.connect(self._show_status)
        self._show_run()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Spacing.CONTROL)
        head.addWidget(self.dot)
        head.addWidget(self.state_label)
        head.addSpacing(Spacing.CONTROL)
        head.addWidget(self.caption, 1)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        buttons = QGridLayout()
        buttons.setSpacing(Spacing.CONTROL)
        for column, name in enumerate(("pause_training", "save_training", "stop_training")):
            buttons.addWidget(self.buttons[name], 0, column)
        more = QHBoxLayout()
        more.setSpacing(Spacing.CONTROL)
        for name in ("learning_rate", "score_training", "resume_training", "train_longer"):
            more.addWidget(self.buttons[name], 1)
        for part in (self.bar, self.trouble, self.table):
            self.column.addWidget(part)
        self.column.insertLayout(1, head)
        self.column.addLayout(buttons)
        self.column.addLayout(more)
        self.column.addWidget(self.live)

    def _button(self, name: str, text: str, tip: str, keys: ShortcutKeys) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        add_keys_to_tip(button, keys, name)
        button.clicked.connect(lambda: self.action_requested.emit(name))
        return button

    def _show_run(self) -> None:
        self.set_remark(self._state.name)
        self.caption.setText(run_caption(self._state.config))
        self._show_status(self._state.status)

    def _show_status(self, status: Status) -> None:
        config = self._state.config
        self.dot.show_mood(Mood(MOODS.get(status.state, "muted")))
        self.state_label.setText(state_word(status))
        share = share_done(status, config)
        if share is None and status.state in ACTIVE:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, STEPS)
            self.bar.setValue(round(STEPS * (share or 0.0)))
        text = trouble(status)
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))
        role = "error" if status.state not in ACTIVE else "muted"
        if self.trouble.property("role") != role:
            self.trouble.setProperty("role", role)
            self.trouble.style().polish(self.trouble)
        self.table.set_facts(run_facts(status, config))
        alive = status.state in ACTIVE
        self.buttons["pause_training"].setText("Go on" if status.state == "paused" else "Pause")
        for name in ALIVE:
            self.buttons[name].setVisible(alive)
        for name in ("resume_training", "train_longer"):
            self.buttons[name].setVisible(not alive)
            self.buttons[name].setEnabled(status.state != "gone")
        if status.state == "finished":  # at its end: see `NextStepsSection` for what comes after
            for button in self.buttons.values():
                button.hide()
        self.live.setVisible(alive)


class LiveChoice(WidgetRow):
    """How often the viewport shows the training's present state."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        state = self._state = context.training.state
        label = QLabel("Live picture")
        label.setProperty("role", "muted")
        self.list = QComboBox()
        for text, seconds in LIVE_CHOICES.items():
            self.list.addItem(text, seconds)
        self.list.setToolTip(
            "How often the run writes its scene and the viewport shows it, from where you look.\n"
            "Writing costs the training a moment; rendering is done by this window."
        )
        self.list.setAccessibleName("Live picture")
        label.setBuddy(self.list)
        ignore_wheel(self.list)
        self.add(label)
        self.add_stretch()
        self.add(self.list)
        self.list.activated.connect(lambda _: state.set_live(self.list.currentData()))
        state.live_changed.connect(self._show)
        self._show(state.live_seconds)

    def _show(self, seconds: int) -> None:
        self.list.setCurrentIndex(max(0, self.list.findData(seconds)))
