"""The connection in the status bar: host, delay and rate, or that it is lost."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

from dvox_core.remote.link import LinkState
from viewer.state.viewer_state import ViewerState
from viewer.text.remote import frame_text, line_text, lost_text
from viewer.theme import ThemeManager
from viewer.widgets.status_dot import Mood
from viewer.window.indicator import Indicator
from viewer.workers.remote.remote_links import RemoteLinks, figures_of, link_of

LOOK_MS = 500


class RemoteIndicator(Indicator):
    """There while the open scene lies on another machine."""

    def __init__(self, themes: ThemeManager, state: ViewerState, links: RemoteLinks) -> None:
        self.label = QLabel()
        super().__init__(themes, self.label)
        self._state = state
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._show)
        state.scene_changed.connect(lambda _: self._show())
        links.state_changed.connect(lambda _: self._show())
        self.hide()

    def stop(self) -> None:
        """End the timer."""
        self._timer.stop()

    def _show(self) -> None:
        link, figures = link_of(self._state.scene), figures_of(self._state.scene)
        self.setVisible(link is not None)
        if link is None or figures is None:
            self._timer.stop()
            return
        if not self._timer.isActive():
            self._timer.start()
        state: LinkState = link.state
        self.dot.show_mood(Mood.READY if state.is_connected else Mood.FAILED)
        self.label.setText(line_text(figures) if state.is_connected else lost_text(state))
        self.label.setToolTip(frame_text(figures) if state.is_connected else state.line)
