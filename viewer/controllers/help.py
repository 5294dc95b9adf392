"""Shows commands and shortcuts, what the program is, and where its log lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from viewer.controllers.context import CommandHost, ControllerContext
from viewer.dialogs.commands import CommandDialog
from viewer.dialogs.shortcuts import ShortcutsDialog
from viewer.log import log_folder
from viewer.viewport.viewport import Viewport

if TYPE_CHECKING:
    from viewer.dialogs.about import AboutDialog
    from viewer.dialogs.guide import GuideWindow
    from viewer.dialogs.photographing import PhotographingDialog


class HelpController(QObject):
    """The menu Help."""

    def __init__(
        self,
        context: ControllerContext,
        viewport: Viewport,
        host: Callable[[], CommandHost],
    ) -> None:
        """Show what `host` knows when a sheet is opened."""
        super().__init__(context.parent)
        self._parent, self._notifications = context.parent, context.notifications
        self._viewport, self._host = viewport, host

    def find_command(self) -> CommandDialog:
        """Search all that can be done by its name; run it, or change its keys."""
        host = self._host()
        dialog = CommandDialog(self._parent, host.commands, host.keys)
        dialog.open()
        return dialog

    def show_shortcuts(self) -> ShortcutsDialog:
        """Show all keys and mouse gestures."""
        dialog = ShortcutsDialog(self._parent, self._host().shortcut_groups())
        dialog.open()
        return dialog

    def show_photographing(self) -> PhotographingDialog:
        """Show how to photograph an object."""
        from viewer.dialogs.photographing import PhotographingDialog

        dialog = PhotographingDialog(self._parent)
        dialog.open()
        return dialog

    def show_guide(self) -> GuideWindow | None:
        """Show the guide beside the window."""
        from viewer.dialogs.guide import GUIDE, GuideWindow

        if not GUIDE.is_file():
            self._notifications.show_info(f"The guide is not there: {GUIDE}")
            return None
        guide = GuideWindow(self._parent)
        guide.show()
        return guide

    def show_about(self) -> AboutDialog:
        """Show version, licence and citation."""
        from viewer.dialogs.about import AboutDialog

        dialog = AboutDialog(self._parent, self._viewport.backend_name)
        dialog.open()
        return dialog

    def show_log(self) -> None:
        """Open the log's folder in the system's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder()))):
            self._notifications.show_info(f"The log is in {log_folder()}")
