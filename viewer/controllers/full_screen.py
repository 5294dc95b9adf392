"""Fills the screen with the picture, and brings everything back as it was."""

from PySide6.QtCore import QByteArray, QObject, Signal
from PySide6.QtWidgets import QMainWindow

from viewer.controllers.context import PanelHost
from viewer.state.viewer_state import ViewerState
from viewer.widgets.notifications import Notifications


class FullScreen(QObject):
    """Hides the bars and panels of a window, and shows them again."""

    changed = Signal()

    def __init__(
        self,
        window: QMainWindow,
        state: ViewerState,
        panels: PanelHost,
        notifications: Notifications,
    ) -> None:
        super().__init__(window)
        self._window, self._state = window, state
        self._panels, self._notifications = panels, notifications
        self._geometry_before: QByteArray | None = None

    @property
    def is_on(self) -> bool:
        """Whether the window fills the screen."""
        return self._window.isFullScreen()

    @property
    def geometry(self) -> QByteArray:
        """Of the window when it does not fill the screen, for QWidget.restoreGeometry."""
        before = self._geometry_before
        return self._window.saveGeometry() if before is None else before

    def toggle(self) -> None:
        """Show nothing but the picture, or everything again."""
        if self.is_on:
            self.leave()
        else:
            self.enter()

    def enter(self) -> None:
        """Show nothing but the picture."""
        if self.is_on:
            return
        self._panels.hide_all()
        self._set_bars_visible(False)
        self._geometry_before = self._window.saveGeometry()
        self._window.showFullScreen()
        self._notifications.show_info("F11 or Esc leaves full screen")
        self.changed.emit()

    def leave(self) -> None:
        """Show everything again."""
        if not self.is_on:
            return
        self._set_bars_visible(True)
        self._window.showNormal()
        if self._geometry_before is not None:
            self._window.restoreGeometry(self._geometry_before)
        self._geometry_before = None
        if self._state.scene:
            self._panels.show_again()
        self.changed.emit()

    def _set_bars_visible(self, visible: bool) -> None:
        for bar in (self._window.menuBar(), self._window.statusBar()):
            bar.setVisible(visible)
