"""What all pages have in common: tool tips and themes."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)

from dvox_core.training.estimates.trial_steps import Measurement
from dvox_core.training.presets import PRESETS
from viewer.theme import ThemeChoice
from viewer.wizard.plan import Page

MEASURED = Measurement(5_000_000, 2 << 30, 16 << 30, 0.06, "cpu", is_measured=True)


@pytest.fixture
def quality(wizard):
    """Its page of presets, with costs as if they were measured."""
    for index, preset in enumerate(PRESETS.values()):
        key = (preset.model, preset.training, "auto")
        wizard.state.costs.add(key, replace(MEASURED, step_seconds=0.06 * 4**index))
    paper = PRESETS["paper"]
    too_large = replace(MEASURED, problem="needs about 7.2 GiB of memory, and 2.0 GiB are free")
    wizard.state.costs.add((paper.model, paper.training, "auto"), too_large)
    wizard.go_to(Page.QUALITY)
    return wizard.page_widget(Page.QUALITY)


@pytest.fixture
def schedule(wizard, quality):
    """Its page of split and schedule."""
    wizard.go_to(Page.SCHEDULE)
    return wizard.page_widget(Page.SCHEDULE)


def test_every_control_has_a_tool_tip_and_a_name(qtbot, wizard, quality):
    quality.fold_button.click()
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
    for page in Page:
        wizard.state.set_plan(wizard.state.plan)
        wizard.go_to(page)
        for kind in kinds:
            for control in wizard.findChildren(kind):
                inner = isinstance(control.parent(), (QAbstractSpinBox, QComboBox))
                if inner or not control.isVisible():
                    continue
                assert control.toolTip(), (page, control, control.accessibleName())
                named = control.accessibleName() or getattr(control, "text", str)()
                assert named, (page, control)


def test_both_themes_paint_every_page(qtbot, wizard, schedule, themes):
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        themes.set_choice(choice)
        for page in Page:
            wizard.go_to(page)
            assert wizard.page is page
            assert not wizard.grab().isNull()
