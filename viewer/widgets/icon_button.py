"""A small button with an icon that follows the theme."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton

from viewer.theme import ThemeManager
from viewer.theme.icons import icon


class IconButton(QToolButton):
    """A quiet button with an icon that follows the theme."""

    def __init__(self, themes: ThemeManager, icon_name: str, tip: str, text: str = "") -> None:
        super().__init__()
        self._themes = themes
        self._icon_name = icon_name
        self.setToolTip(tip)
        self.setAccessibleName(text or tip.split(":")[0])
        if text:
            self.setText(text)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        else:
            self.setProperty("role", "quiet")
        self.setIconSize(QSize(16, 16))
        themes.theme_changed.connect(self._show_icon)
        self._show_icon()

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self._icon_name = name
        self._show_icon()

    def _show_icon(self) -> None:
        color = "text" if self.text() else "muted"
        self.setIcon(icon(self._icon_name, self._themes.theme, color))
