"""A line of text with an icon on a tinted card: a problem, or something to know."""

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from viewer.theme import CORNER_RADIUS, Spacing, ThemeManager
from viewer.theme.icons import icon
from viewer.theme.tokens import mixed

ICON_SIDE = 18
LONG_WORD = 40  # letters from which a word gets places to break it
ZERO_WIDTH_SPACE = "\u200b"

Tint = Literal["red", "amber", "accent"]


class NoticeCard(QFrame):
    """An icon and a line of text on a card of the colour that says how grave it is."""

    def __init__(self, themes: ThemeManager, tint: Tint) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._themes = themes
        self._tint = tint
        self._text = ""
        self._icon = QLabel()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(Spacing.PANEL, Spacing.CONTROL, Spacing.PANEL, Spacing.CONTROL)
        self._row.setSpacing(Spacing.CONTROL)
        self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self._label, 1)
        themes.theme_changed.connect(self._restyle)
        self._restyle()

    @property
    def text(self) -> str:
        """The text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Set the text."""
        self._text = text
        self._label.setText(breakable(text))
        self.setAccessibleName(text)

    def _restyle(self) -> None:
        theme = self._themes.theme
        color = getattr(theme, self._tint)
        name = "information-outline" if self._tint == "accent" else "alert-circle-outline"
        picture = icon(name, theme, self._tint)
        self._icon.setPixmap(picture.pixmap(QSize(ICON_SIDE, ICON_SIDE), self.devicePixelRatioF()))
        self.setStyleSheet(
            f"QFrame#notice {{ background: {mixed(theme.panel, color, 0.1)};"
            f" border: 1px solid {mixed(theme.line, color, 0.5)};"
            f" border-radius: {CORNER_RADIUS}px; }}"
        )


class Notice(NoticeCard):
    """A card inside a page, hidden while there is nothing to say."""

    def __init__(self, themes: ThemeManager, tint: Tint = "red") -> None:
        super().__init__(themes, tint)
        self.hide()

    def set_text(self, text: str) -> None:
        """Show a line; "" hides the card."""
        super().set_text(text)
        self.setVisible(bool(text))


def breakable(text: str) -> str:
    """The text with places to break lines after the slashes and dots of long paths."""
    words = []
    for word in text.split(" "):
        if len(word) > LONG_WORD:
            for mark in ("/", "\\", "_", "-", "."):
                word = word.replace(mark, mark + ZERO_WIDTH_SPACE)
        words.append(word)
    return " ".join(words)
