"""What all pages have in common: tool tips and themes."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)

from viewer.theme import ThemeChoice
from viewer.wizard.plan import Page


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
