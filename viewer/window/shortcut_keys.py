"""Lets the user change shortcuts, and remembers those that differ."""

from PySide6.QtWidgets import QWidget

from viewer.dialogs.shortcut_editor import ShortcutEditor
from viewer.settings import Settings
from viewer.window.menus import Menus


class ShortcutKeys:
    """Between menus, editor and settings."""

    def __init__(self, parent: QWidget, menus: Menus, settings: Settings) -> None:
        self._parent, self._menus, self._settings = parent, menus, settings

    def edit(self) -> ShortcutEditor:
        """Show all commands with their keys, to be changed."""
        editor = ShortcutEditor(self._parent, self._menus.shortcuts())
        editor.changed.connect(self._set)
        editor.open()
        return editor

    def _set(self, name: str, keys: tuple[str, ...]) -> None:
        self._menus.set_shortcuts(name, keys)
        self._settings.shortcuts = {
            shortcut.name: shortcut.keys
            for shortcut in self._menus.shortcuts()
            if shortcut.keys != shortcut.default
        }
