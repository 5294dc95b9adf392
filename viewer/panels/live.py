"""Panels that show what is happening while they are in view, and cost nothing otherwise."""

from PySide6.QtCore import QTimer

from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra
from viewer.panels.panel import Panel, PanelContext
from viewer.text.scenes import why_no_depth

REFRESH_MS = 16

NO_WEIGHTS = "Open a scene whose Scene panel says “Occlusion network” to see depth weights."


def no_weights_line(scene: Scene) -> str:
    """Why a scene has no depth weights to show, and what has."""
    return f"{why_no_depth(scene.config)} {NO_WEIGHTS}"


class LivePanel(Panel):
    """A panel that asks for what it needs and refreshes itself only while it is in view.

    Attributes:
        name: for `ViewerState.set_panel_extras`.
        extras: what frames must carry while it is in view.
        follows_frames: whether every new frame is a reason to refresh.
        refresh_count: how often it was refreshed, so that its cost can be told.
    """

    name = "panel"
    extras = Extra.NONE
    follows_frames = True

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.refresh_count = 0
        self._live = False
        # Changes in quick succession are shown together, at display rate.
        self._pause = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._pause.timeout.connect(self._refresh_now)
        context.state.scene_changed.connect(self.refresh_soon)
        context.themes.theme_changed.connect(self.refresh_soon)
        if self.follows_frames:
            context.state.frame_changed.connect(self.refresh_soon)

    @property
    def live(self) -> bool:
        """Whether it is in view and shows what is happening."""
        return self._live

    def refresh(self) -> None:
        """Show the present state; called at most at display rate, and only while in view."""

    def set_live(self, live: bool) -> None:
        """Start or stop whatever costs something."""
        self.context.state.set_panel_extras(self.name, self.extras if live else Extra.NONE)

    def refresh_soon(self, *_: object) -> None:
        """Refresh once, in a moment, however often this is called until then."""
        if self._live and not self._pause.isActive():
            self._pause.start()

    def set_in_view(self, in_view: bool) -> None:
        """Be live while in view."""
        if in_view == self._live:
            return
        self._live = in_view
        self.set_live(in_view)
        if in_view:
            self._refresh_now()
        else:
            self._pause.stop()

    def _refresh_now(self) -> None:
        self.refresh_count += 1
        self.refresh()
