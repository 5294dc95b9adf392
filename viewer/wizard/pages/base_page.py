"""The base of the wizard's pages: a heading, a remark, and labelled fields."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import Spacing, ThemeManager
from viewer.widgets.widget_row import WidgetRow
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
        texts = QVBoxLayout()
        texts.setSpacing(Spacing.LABEL)
        texts.addWidget(title)
        texts.addWidget(self.remark)
        self.column.addLayout(texts)

    def enter(self) -> None:
        """Called when the page is shown: compute what it needs."""

    def refresh(self) -> None:
        """Render the state; called when the page is visible."""

    def refresh_if_seen(self) -> None:
        """Render the state if the page is visible."""
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Render the state."""
        self.refresh()
        super().showEvent(event)

    def handle_escape(self) -> bool:
        """Leave what Esc leaves on this page; whether there was anything to leave."""
        return False

    def first_focus(self) -> QWidget | None:
        """What gets the keyboard focus when the page is shown."""
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


def row_of_buttons(*buttons: QPushButton) -> WidgetRow:
    """Side by side at the left; Enter presses the one that has the focus."""
    for button in buttons:
        button.setAutoDefault(True)
    row = WidgetRow(*buttons)
    row.add_stretch()
    return row
