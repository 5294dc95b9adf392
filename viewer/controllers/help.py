"""Shows the shortcuts, what the program is, and where its log lies."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from viewer.controllers.context import ControllerContext
from viewer.dialogs.about import AboutDialog
from viewer.dialogs.guide import GUIDE, GuideWindow
from viewer.dialogs.photographing import PhotographingDialog
from viewer.dialogs.shortcuts import ShortcutGroup, ShortcutsDialog
from viewer.log import log_folder
from viewer.viewport.viewport import Viewport


class HelpController(QObject):
    """The menu Help."""

    def __init__(
        self,
        context: ControllerContext,
        viewport: Viewport,
        shortcut_groups: Callable[[], list[ShortcutGroup]],
    ) -> None:
        """Show the groups that `shortcut_groups` gives when the sheet is opened."""
        super().__init__(context.parent)
        self._parent, self._notifications = context.parent, context.notifications
        self._viewport, self._shortcut_groups = viewport, shortcut_groups

    def show_shortcuts(self) -> ShortcutsDialog:
        """Show all keys and mouse gestures."""
        dialog = ShortcutsDialog(self._parent, self._shortcut_groups())
        dialog.open()
        return dialog

    def show_photographing(self) -> PhotographingDialog:
        """Show how to photograph an object."""
        dialog = PhotographingDialog(self._parent)
        dialog.open()
        return dialog

    def show_guide(self) -> GuideWindow | None:
        """Show the guide beside the window."""
        if not GUIDE.is_file():
            self._notifications.show_info(f"The guide is not there: {GUIDE}")
            return None
        guide = GuideWindow(self._parent)
        guide.show()
        return guide

    def show_about(self) -> AboutDialog:
        """Show version, licence and citation."""
        dialog = AboutDialog(self._parent, self._viewport.backend_name)
        dialog.open()
        return dialog

    def show_log(self) -> None:
        """Open the log's folder in the system's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder()))):
            self._notifications.show_info(f"The log is in {log_folder()}")
