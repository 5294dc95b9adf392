"""Tells that the box goes through the object, with the ways out."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.text.units import percent
from viewer.theme import Spacing, ThemeManager
from viewer.widgets.notice import Notice
from viewer.widgets.progress_row import ProgressRow
from viewer.wizard.pages.base_page import row_of_buttons
from viewer.wizard.state import WizardState

LOOKING = "Looking whether the box goes through the object…"


class BoxNotice(QWidget):
    """A warning and buttons; empty while the box holds what the pictures show."""

    answered = Signal()  # a button was pressed, and goes

    def __init__(self, state: WizardState, themes: ThemeManager) -> None:
        super().__init__()
        self._state = state
        self.notice = Notice(themes, "amber")
        self.problem = Notice(themes)
        self.cut_button = QPushButton("Cut the object out")
        self.cut_button.setToolTip(
            "Find the object by the pictures’ geometry, which takes some minutes; box and squares "
            "go around it, and its surroundings become background"
        )
        self.cut_button.clicked.connect(self._cut_out)
        self.around_button = QPushButton("Put the box around it")
        self.around_button.setToolTip(
            "Place the box, and each picture’s square, around what stands out; the surroundings "
            "stay in the pictures"
        )
        self.around_button.clicked.connect(self._put_around)
        self.looking = QLabel(LOOKING)
        self.looking.setProperty("role", "caption")
        self.looking.setWordWrap(True)
        self.progress = ProgressRow("Stop looking for the object")
        self.progress.cancelled.connect(state.object.cancel)
        self._buttons = row_of_buttons(self.cut_button, self.around_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        for part in (self.looking, self.progress, self.notice, self.problem):
            column.addWidget(part)
        column.addWidget(self._buttons)
        state.object.progressed.connect(self._show_progress)
        for signal in (
            state.plan_changed,
            state.preview_changed,
            state.box_check.changed,
            state.object.changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is so of the present box."""
        state = self._state
        is_finding = state.object.is_busy
        text = "" if is_finding else box_text(state)
        self.looking.setVisible(state.box_check.is_busy and not is_finding)
        if not is_finding:
            self.progress.hide()
        self.notice.set_text(text)
        self.problem.set_text(state.object.problem if text else "")
        self.cut_button.setVisible(bool(text) and not state.plan.masks_object)
        self._buttons.setVisible(bool(text))
        self.around_button.setVisible(bool(text))
        self.setVisible(bool(text) or is_finding or state.box_check.is_busy)

    def _cut_out(self) -> None:
        self._state.find_object()
        self.answered.emit()

    def _put_around(self) -> None:
        if self._state.preview is not None:
            self._state.set_plan(self._state.box_check.plan_around(self._state.preview))
            self.answered.emit()

    def _show_progress(self, share: float, text: str) -> None:
        if self._state.object.is_busy:
            self.progress.show_progress(share, f"{text[:1].upper()}{text[1:]}…")


def box_text(state: WizardState) -> str:
    """What the box cuts off of the object, as a sentence; or ""."""
    preview, box = state.preview, state.box
    if preview is None or box is None or preview.options.up != state.plan.options.up:
        return ""
    share = state.box_check.cut(preview, box)
    if not share:
        return ""
    what = "the object" if state.plan.masks_object else "what stands out in the pictures"
    return f"The box goes through {what}: {percent(share)} of it will be missing."
