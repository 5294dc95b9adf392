"""The section that overrides the network's depth weights, in the picture at once."""

import math

from PySide6.QtWidgets import QLabel

from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import (
    ArgMax,
    AsTrained,
    FrontMost,
    Interventions,
    OcclusionOverride,
    Temperature,
    Uniform,
)
from viewer.panels.panel import PanelContext, Section
from viewer.widgets.inputs import Dropdown, ValueSlider, labelled

OVERRIDES = (
    ("As trained", AsTrained),
    ("Most likely plane alone", ArgMax),
    ("Another temperature", Temperature),
    ("First plane above a threshold", FrontMost),
    ("All planes alike", Uniform),
)

FIRST_THRESHOLD = 0.05


class OcclusionSection(Section):
    """Chooses the override of the depth weights; two panels have one, and show the same."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Occlusion")
        self._edits = context.edits
        self._was_ignored = False
        self._state = context.state
        self.kind = Dropdown(
            OVERRIDES,
            "Occlusion override",
            "What weighs the depth planes of every ray, in the picture too.\n"
            "Choose “As trained”, or undo it",
        )
        self.temperature = ValueSlider(
            "Temperature",
            "Temperature of the softmax over depth: below 1 sharper, above 1 softer",
            -1.0,
            1.0,
            0.0,
            lambda power: f"{10**power:.2f}",
        )
        self.threshold = ValueSlider(
            "Threshold",
            "The first plane with more weight than this takes all of it",
            0.0,
            0.5,
            FIRST_THRESHOLD,
            lambda value: f"{value:.3f}",
        )
        self._temperature_row = labelled("Value", self.temperature)
        self._threshold_row = labelled("Value", self.threshold)
        self.note = QLabel(
            "The renderer at work cannot do this; choose the device CPU and the precision float32."
        )
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        for widget in (
            labelled("Weights", self.kind),
            self._temperature_row,
            self._threshold_row,
            self.note,
        ):
            self.column.addWidget(widget)
        self.kind.chosen.connect(self._apply)
        self.temperature.changed.connect(self._apply)
        self.threshold.changed.connect(self._apply)
        self._edits.interventions_changed.connect(self._show)
        self._state.frame_changed.connect(self._show_note)
        self._show(self._edits.interventions)

    def _apply(self, *_: object) -> None:
        self._edits.set_occlusion(self._chosen())

    def _chosen(self) -> OcclusionOverride:
        kind = self.kind.value
        if kind is Temperature:
            return Temperature(round(10**self.temperature.value, 3))
        if kind is FrontMost:
            return FrontMost(round(self.threshold.value, 4))
        plain: OcclusionOverride = kind()
        return plain

    def _show(self, interventions: Interventions) -> None:
        override = interventions.occlusion
        self.kind.set_value(type(override))
        self.set_remark("" if isinstance(override, AsTrained) else "not as trained")
        self._temperature_row.setVisible(isinstance(override, Temperature))
        self._threshold_row.setVisible(isinstance(override, FrontMost))
        # A slider that is dragged says the same as the override but for rounding.
        if isinstance(override, Temperature):
            self.temperature.set_value_unless_near(math.log10(override.value))
        if isinstance(override, FrontMost):
            self.threshold.set_value_unless_near(override.threshold)
        self._show_note(self._state.frame)

    def _show_note(self, frame: Frame | None) -> None:
        wanted = self._edits.interventions.occlusion
        ignored = (
            frame is not None
            and not isinstance(wanted, AsTrained)
            and isinstance(frame.interventions.occlusion, AsTrained)
        )
        # One frame may still be of before the override; a second one is not.
        self.note.setVisible(ignored and self._was_ignored)
        self._was_ignored = ignored
