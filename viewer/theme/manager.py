"""Keeps the application in the theme that the user or the system chose."""

import enum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from viewer.theme.fonts import interface_font
from viewer.theme.style_sheet import style_sheet
from viewer.theme.tokens import DARK, LIGHT, MOTION_MS, Theme


class ThemeChoice(enum.Enum):
    """What the user chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"

    @property
    def title(self) -> str:
        """As written in the menu."""
        return {"system": "Like the system", "light": "Light", "dark": "Dark"}[self.value]


class ThemeManager(QObject):
    """Holds the present theme and applies it to the application: palette and style sheet."""

    theme_changed = Signal(object)  # Theme

    def __init__(self, application: QApplication, choice: ThemeChoice = ThemeChoice.SYSTEM) -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        self._motion = True
        application.setStyle(QStyleFactory.create("Fusion"))
        application.setFont(interface_font())
        # Asked before the first choice is applied: afterwards the hints repeat our own choice.
        self._theme = self._theme_of(choice)
        self._apply()
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def theme(self) -> Theme:
        """The theme that is shown."""
        return self._theme

    @property
    def choice(self) -> ThemeChoice:
        """What the user chose."""
        return self._choice

    @property
    def motion_ms(self) -> int:
        """How long things move, in milliseconds; 0 where motion is switched off."""
        return MOTION_MS if self._motion else 0

    def set_choice(self, choice: ThemeChoice) -> None:
        """Show the light or the dark theme, or the one of the system."""
        self._choice = choice
        self._show(self._theme_of(choice))

    def set_motion(self, wanted: bool) -> None:
        """Let things move, or change at once."""
        self._motion = wanted

    def _theme_of(self, choice: ThemeChoice) -> Theme:
        hints = self._application.styleHints()
        if choice is ThemeChoice.SYSTEM:
            hints.unsetColorScheme()
            # A system that says nothing gets the dark one: pictures are judged best on it.
            return LIGHT if hints.colorScheme() is Qt.ColorScheme.Light else DARK
        dark = choice is ThemeChoice.DARK
        # So that the window's frame and the system's own dialogs follow.
        hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        return DARK if dark else LIGHT

    def _follow_system(self, scheme: Qt.ColorScheme) -> None:
        if self._choice is ThemeChoice.SYSTEM:
            self._show(LIGHT if scheme is Qt.ColorScheme.Light else DARK)

    def _show(self, theme: Theme) -> None:
        if theme is not self._theme:
            self._theme = theme
            self._apply()
            self.theme_changed.emit(theme)

    def _apply(self) -> None:
        self._application.setPalette(palette(self._theme))
        self._application.setStyleSheet(style_sheet(self._theme))


def palette(theme: Theme) -> QPalette:
    """The theme as a palette, for what a style sheet does not reach."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    colors = QPalette()
    for which, color in {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.raised,
        role.AlternateBase: theme.panel,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.red,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.faint,
        role.Light: theme.line,
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: theme.line,
        role.Shadow: theme.background,
    }.items():
        colors.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        colors.setColor(group.Disabled, which, QColor(theme.faint))
    colors.setColor(group.Disabled, role.Highlight, QColor(theme.line))
    return colors
