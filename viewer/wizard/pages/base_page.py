"""What the wizard's pages are made of: a heading, a remark, and small widgets they share."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from viewer.theme import CORNER_RADIUS, Space, ThemeManager
from viewer.theme.icons import icon
from viewer.theme.tokens import mixed
from viewer.wizard.plan import Page
from viewer.wizard.state import WizardState

LABEL_WIDTH = 108
ICON_SIDE = 18


class WizardPage(QWidget):
    """One page. It renders the state, and asks it for changes."""

    page: Page

    def __init__(self, state: WizardState, themes: ThemeManager, heading: str, remark: str) -> None:
        super().__init__()
        self.state = state
        self.themes = themes
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.SECTION)
        self.column.setSpacing(Space.SECTION)
        title = QLabel(heading)
        title.setProperty("role", "heading")
        self.remark = QLabel(remark)
        self.remark.setProperty("role", "muted")
        self.remark.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(Space.LABEL)
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


class Notice(QFrame):
    """A line with a sign on a tinted card: a problem, or something to know."""

    def __init__(self, themes: ThemeManager, color: str = "red") -> None:
        super().__init__()
        self.setObjectName("notice")
        self._themes = themes
        self._color = color
        self._sign = QLabel()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.PANEL, Space.CONTROL, Space.PANEL, Space.CONTROL)
        row.setSpacing(Space.CONTROL)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._label, 1)
        themes.theme_changed.connect(self._restyle)
        self._restyle()
        self.hide()

    @property
    def text(self) -> str:
        """What it says; "" while it is hidden."""
        return "" if self.isHidden() else self._plain

    def say(self, text: str) -> None:
        """Show a line; "" hides the card."""
        self._plain = text
        self._label.setText(breakable(text))
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def _restyle(self) -> None:
        theme = self._themes.theme
        color = getattr(theme, self._color)
        name = "information-outline" if self._color == "accent" else "alert-circle-outline"
        picture = icon(name, theme, self._color)
        self._sign.setPixmap(picture.pixmap(ICON_SIDE, ICON_SIDE))
        self.setStyleSheet(
            f"QFrame#notice {{ background: {mixed(theme.panel, color, 0.1)};"
            f" border: 1px solid {mixed(theme.line, color, 0.5)};"
            f" border-radius: {CORNER_RADIUS}px; }}"
        )


class WheelGuard(QObject):
    """Keeps the wheel from changing fields that it only passes over while scrolling."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the wheel to what lies behind."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def guard(self, *fields: QAbstractSpinBox | QComboBox) -> None:
        """Watch these; they are reached by click and Tab, not by the wheel."""
        for field in fields:
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            field.installEventFilter(self)


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


def breakable(text: str) -> str:
    """The text with places to break lines in long paths."""
    words = []
    for word in text.split(" "):
        if len(word) > 40:
            for mark in ("/", "\\", "_", "-", "."):
                word = word.replace(mark, mark + "\u200b")
        words.append(word)
    return " ".join(words)
