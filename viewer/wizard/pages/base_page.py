"""What the wizard's pages are made of: a heading, a remark, and small widgets they share."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import Spacing, ThemeManager
from viewer.wizard.plan import Page
from viewer.wizard.state import WizardState

LABEL_WIDTH = 108


class WizardPage(QWidget):
    """One page. It renders the state, and asks it for changes."""

    page: Page

    def __init__(self, state: WizardState, themes: ThemeManager, heading: str, remark: str) -> None:
        super().__init__()
        self.state = state
        self.themes = themes
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(Spacing.PAGE, Spacing.PAGE, Spacing.PAGE, Spacing.SECTION)
        self.column.setSpacing(Spacing.SECTION)
        title = QLabel(heading)
        title.setProperty("role", "heading")
        self.remark = QLabel(remark)
        self.remark.setProperty("role", "muted")
        self.remark.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(Spacing.LABEL)
        words.addWidget(title)
        words.addWidget(self.remark)
        self.column.addLayout(words)

    def enter(self) -> None:
        """It is shown: find out what it needs."""

    def refresh(self) -> None:
        """Render the state; what is not seen need not be up to date."""

    def refresh_if_seen(self) -> None:
        """Render the state, if anybody sees it."""
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date."""
        self.refresh()
        super().showEvent(event)

    def first_focus(self) -> QWidget | None:
        """What has the keyboard when it is shown."""
        return None


def label_for(text: str, field: QWidget, tip: str) -> QLabel:
    """A muted label of a field, which gets the tool tip and the accessible name too."""
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setBuddy(field)
    label.setMinimumWidth(LABEL_WIDTH)
    label.setToolTip(tip)
    field.setToolTip(tip)
    if not field.accessibleName():
        field.setAccessibleName(text)
    return label
