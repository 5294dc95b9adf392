"""Tells that the box goes through the object, with the way out."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.text.units import percent
from viewer.theme import Spacing, ThemeManager
from viewer.widgets.notice import Notice
from viewer.wizard.state import WizardState

LOOKING = "Looking whether the box goes through the object…"


class BoxNotice(QWidget):
    """A warning and a button; empty while the box holds what the pictures show."""

    def __init__(self, state: WizardState, themes: ThemeManager) -> None:
        super().__init__()
        self._state = state
        self.notice = Notice(themes, "amber")
        self.button = QPushButton("Put the box around it")
        self.button.setToolTip("Place the box, and each picture's square, around what stands out")
        self.button.setAutoDefault(True)
        self.button.clicked.connect(self._put_around)
        self.looking = QLabel(LOOKING)
        self.looking.setProperty("role", "caption")
        self.looking.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        column.addWidget(self.looking)
        column.addWidget(self.notice)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        for signal in (state.plan_changed, state.preview_changed, state.box_check.changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is so of the present box."""
        state = self._state
        text = box_text(state)
        self.looking.setVisible(state.box_check.is_busy)
        self.notice.set_text(text)
        self.button.setVisible(bool(text))
        self.setVisible(bool(text) or state.box_check.is_busy)

    def _put_around(self) -> None:
        if self._state.preview is not None:
            self._state.set_plan(self._state.box_check.plan_around(self._state.preview))


def box_text(state: WizardState) -> str:
    """What the box cuts off of the object, as sentences; or ""."""
    preview, box = state.preview, state.box
    if preview is None or box is None or preview.options.up != state.plan.options.up:
        return ""
    share = state.box_check.cut(preview, box)
    if not share:
        return ""
    if state.plan.masks_object:
        return f"The box goes through the object: {percent(share)} of it will be missing."
    return (
        f"The box goes through what stands out in the pictures: {percent(share)} of it will be "
        "missing. Put the box around it, or go back and cut the object out."
    )
