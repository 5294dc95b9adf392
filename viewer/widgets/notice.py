"""A line that says something, with the icon of its kind."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from viewer.theme import CORNER_RADIUS, Spacing, ThemeManager
from viewer.theme.icons import icon
from viewer.theme.tokens import mixed

ICON_SIDE = 18


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
        row.setContentsMargins(Spacing.PANEL, Spacing.CONTROL, Spacing.PANEL, Spacing.CONTROL)
        row.setSpacing(Spacing.CONTROL)
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


def breakable(text: str) -> str:
    """The text with places to break lines in long paths."""
    words = []
    for word in text.split(" "):
        if len(word) > 40:
            for mark in ("/", "\\", "_", "-", "."):
                word = word.replace(mark, mark + "\u200b")
        words.append(word)
    return " ".join(words)
