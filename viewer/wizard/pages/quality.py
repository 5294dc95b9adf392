"""The third page: presets with their cost on this machine, and every option."""

from dataclasses import asdict
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dvox_core.errors import UserError
from dvox_core.model.config import ModelConfig
from dvox_core.training.config import TrainingConfig
from dvox_core.training.picture_presets import model_of, with_recipe
from dvox_core.training.presets import PRESETS, find_preset
from viewer.text.units import duration, memory_size, step_time
from viewer.theme import Spacing, ThemeManager
from viewer.theme.icons import icon
from viewer.widgets.inputs import ignore_wheel
from viewer.widgets.notice import Notice
from viewer.wizard.config_options import Option, options_of
from viewer.wizard.pages.base_page import WizardPage, label_for
from viewer.wizard.pages.option_form import OptionForm
from viewer.wizard.pages.preset_card import PresetCard
from viewer.wizard.plan import Page
from viewer.wizard.state import WizardState

DEVICES = {"Chosen by itself": "auto", "CPU": "cpu", "CUDA GPU": "cuda", "Apple GPU": "mps"}
ON_ANOTHER_PAGE = ("steps",)
"""Options of the training that the schedule decides."""

PRECISION = Option(
    "precision",
    str,
    "auto",
    ("auto", "float32", "bfloat16"),
    "Of the networks’ arithmetic; auto is bfloat16 on a GPU that has it (recipe guided: on a "
    "processor too), else float32",
)


class QualityPage(WizardPage):
    """Presets as cards; the options are folded away until they are asked for."""

    page = Page.QUALITY

    def __init__(self, state: WizardState, themes: ThemeManager) -> None:
        super().__init__(
            state,
            themes,
            "Quality",
            "Larger pictures and grids show more and take longer. Times are of a few real steps "
            "on this machine.",
        )
        self.cards = {name: PresetCard(themes, preset) for name, preset in PRESETS.items()}
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(Spacing.PANEL)
        for name, card in self.cards.items():
            group.addButton(card)
            row.addWidget(card)
            card.clicked.connect(lambda _=False, name=name: self._choose(name))
        self.column.addLayout(row)
        self.column.addLayout(self._line())
        self.problem = Notice(themes)
        self.column.addWidget(self.problem)
        self.picture_note = Notice(themes, "amber")
        self.column.addWidget(self.picture_note)
        self.fold_button = QToolButton()
        self.fold_button.setText("All options")
        self.fold_button.setProperty("role", "quiet")
        self.fold_button.setCheckable(True)
        self.fold_button.setToolTip("Every number of the model and of the training (Alt+A)")
        self.fold_button.setShortcut("Alt+A")
        self.fold_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold_button.toggled.connect(self._show_options)
        self.column.addWidget(self.fold_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self._options())
        self.column.addStretch(1)
        themes.theme_changed.connect(lambda: self._show_options(self.fold_button.isChecked()))
        state.plan_changed.connect(self.refresh_if_seen)
        state.costs.changed.connect(self.refresh_if_seen)
        self._show_options(False)

    def enter(self) -> None:
        """Measure what is not known yet."""
        self.state.costs.measure()
        self.refresh()

    def first_focus(self) -> QWidget:
        """The chosen card."""
        return self.cards[self.state.plan.preset]

    def _line(self) -> QHBoxLayout:
        self.cost_line = QLabel(" ")
        self.cost_line.setProperty("role", "muted")
        self.cost_line.setWordWrap(True)
        self.again_button = QPushButton("Measure again")
        self.again_button.setAutoDefault(True)
        self.again_button.setToolTip("Try the steps once more, when other programs have ended")
        self.again_button.clicked.connect(self.state.costs.measure_again)
        self.device = QComboBox()
        for text, device in DEVICES.items():
            self.device.addItem(text, device)
        ignore_wheel(self.device)
        self.device.activated.connect(self._set_device)
        label = label_for("Device", self.device, "Where to train")
        label.setMinimumWidth(0)
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        row.addWidget(self.cost_line, 1)
        row.addWidget(label)
        row.addWidget(self.device)
        row.addWidget(self.again_button)
        return row

    def _options(self) -> QWidget:
        self.model_form = OptionForm(options_of(ModelConfig))
        own = {"precision": PRECISION}
        training = [
            own.get(option.name, option)
            for option in options_of(TrainingConfig)
            if option.name not in ON_ANOTHER_PAGE
        ]
        self.training_form = OptionForm(training)
        self.model_form.entered.connect(self._change_model)
        self.training_form.entered.connect(self._change_training)
        for form in (self.model_form, self.training_form):
            form.refused.connect(self.problem.set_text)
        self.preset_button = QPushButton("Back to the preset")
        self.preset_button.setAutoDefault(True)
        self.preset_button.setToolTip("Undo all changes of the options")
        self.preset_button.clicked.connect(lambda: self._choose(self.state.plan.preset))
        self.options = QWidget()
        column = QVBoxLayout(self.options)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.PANEL)
        for title, form in (("Sizes", self.model_form), ("Training", self.training_form)):
            heading = QLabel(title)
            heading.setProperty("role", "section")
            column.addWidget(heading)
            column.addWidget(form)
        column.addWidget(self.preset_button, 0, Qt.AlignmentFlag.AlignLeft)
        return self.options

    # What is chosen

    def _choose(self, name: str) -> None:
        self.problem.set_text("")
        self.state.set_plan(self.state.plan.with_preset(name))

    def _set_device(self, _: int) -> None:
        self.state.set_plan(self.state.plan.with_run(device=self.device.currentData()))
        self.state.costs.measure()

    def _change_model(self, name: str, value: Any) -> None:
        self._change(lambda plan: plan.with_model(**{name: value}))

    def _change_training(self, name: str, value: Any) -> None:
        if name == "precision":
            self._change(lambda plan: plan.with_precision(value))
        else:
            self._change(lambda plan: plan.with_training(**{name: value}))

    def _change(self, change: Any) -> None:
        try:
            plan = change(self.state.plan)
        except UserError as error:
            text = " ".join(str(error).split())
            self.problem.set_text(text[:1].upper() + text[1:].replace("_", " "))
            return
        self.problem.set_text("")
        self.state.set_plan(plan)
        self.state.costs.measure_soon()
        self.refresh()

    # What is shown

    def _show_options(self, wanted: bool) -> None:
        self.options.setVisible(wanted)
        self._show_values()
        name = "chevron-down" if wanted else "chevron-right"
        self.fold_button.setIcon(icon(name, self.themes.theme))

    def refresh(self) -> None:
        """Show the plan, and what is known of it."""
        state, plan, cost = self.state, self.state.plan, self.state.costs.chosen
        for name, card in self.cards.items():
            card.setChecked(name == plan.preset)
            card.show_cost(state.costs.of_preset(name), state.costs.is_measuring)
        self.cost_line.setText(cost_text(state))
        self.again_button.setEnabled(not state.costs.is_measuring and not state.costs.is_empty)
        self.device.setCurrentIndex(list(DEVICES.values()).index(plan.run.device))
        if state.costs.problem:
            self.problem.set_text(state.costs.problem[:1].upper() + state.costs.problem[1:])
        elif cost is not None and not cost.fits:
            self.problem.set_text(f"This training {cost.problem}; choose smaller sizes.")
        size = plan.model.image_size
        small = plan.found_source is not None and size > plan.options.size
        self.picture_note.set_text(
            f"The pictures are imported with {plan.options.size} px, and this renders {size} px: "
            "choose a larger picture size on the page before, or a smaller preset."
            if small
            else ""
        )
        self.preset_button.setEnabled(not plan.is_preset)
        if not self.options.isHidden():
            self._show_values()

    def _show_values(self) -> None:
        plan = self.state.plan
        preset = find_preset(plan.preset)
        base = with_recipe(preset, plan.training.recipe)
        voxels, own = asdict(preset.model), asdict(plan.model)
        own_base = asdict(model_of(preset, plan.training.recipe))
        self.model_form.show_values({**voxels, **own}, {**voxels, **own_base})
        for name, editor in self.model_form.editors.items():
            editor.setEnabled(name in own)  # a system without voxels has no grid to size
        values, defaults = asdict(plan.training), asdict(base)
        values["precision"], defaults["precision"] = plan.precision, "auto"
        defaults["recipe"] = preset.training.recipe
        self.training_form.show_values(values, defaults)


def cost_text(state: WizardState) -> str:
    """The cost of the chosen training, in a line."""
    plan, cost = state.plan, state.costs.chosen
    name = plan.preset.capitalize() + ("" if plan.is_preset else ", changed")
    if cost is None or (state.costs.is_measuring and not cost.is_measured):
        return f"{name}: trying a few steps on this machine…" if state.costs.is_measuring else name
    steps = plan.run.steps or plan.training.steps
    return (
        f"{name}: {step_time(cost.step_seconds)} a step on {cost.device}, "
        f"{duration(cost.step_seconds * steps)} for all; "
        f"{memory_size(cost.available_bytes)} of memory are free"
    )
