"""Keeps the status bar up to date: what the program does, and what one can do now."""

from PySide6.QtCore import QObject

from viewer.state.shortcut_keys import ShortcutKeys
from viewer.state.viewer_state import ViewerState
from viewer.widgets.status_dot import Mood
from viewer.window.status_bar import StatusBar
from viewer.workers.background.operation import Operation, run_in_background
from viewer.workers.background.torch_import import count_threads
from viewer.workers.rendering.scene_session import SceneSession

SCENE_HINT = "Left drag orbits · right drag pans · wheel zooms · double-click sets the pivot"
OPENING_HINT = "Esc cancels"


class StatusText(QObject):
    """Between state and session, and the status bar."""

    def __init__(
        self, bar: StatusBar, state: ViewerState, session: SceneSession, keys: ShortcutKeys
    ) -> None:
        super().__init__(bar)
        self._bar, self._state, self._session = bar, state, session
        self._keys = keys
        self._counting: Operation | None = None
        for signal in (
            session.opening_started,
            session.opened,
            session.open_failed,
            session.opening_cancelled,
            session.intrinsics_missing,
            session.busy_changed,
            state.scene_changed,
        ):
            signal.connect(self._show)
        session.torch_ready.connect(self._on_torch_ready)
        session.upgrading.connect(lambda _, text: bar.show_upgrading(text))
        session.upgrading_ended.connect(lambda: bar.show_upgrading(""))
        state.renderer_changed.connect(bar.show_renderer)
        bar.show_renderer(state.renderer)
        keys.changed.connect(self._show)
        self._show()

    def stop(self) -> None:
        """End what is being found out."""
        if self._counting is not None:
            self._counting.stop()

    def _on_torch_ready(self) -> None:
        self._counting = run_in_background(
            count_threads, "Counting threads", on_done=self._bar.show_threads
        )

    def _show(self, *_: object) -> None:
        opening = self._session.opening
        if opening:
            text, mood, hint = f"Opening {opening.name}…", Mood.WORKING, OPENING_HINT
        elif self._state.scene:
            busy = self._session.busy
            text, mood = ("Rendering…", Mood.BUSY) if busy else ("Ready", Mood.READY)
            hint = self._hint(SCENE_HINT)
        else:
            text, mood, hint = (
                "Ready",
                Mood.READY,
                self._hint(self._naming("open", "opens a scene")),
            )
        self._bar.show_state(text, mood)
        self._bar.show_hint(hint)

    def _hint(self, text: str) -> str:
        return " · ".join(filter(None, (text, self._naming("shortcuts", "shortcuts"))))

    def _naming(self, action: str, does: str) -> str:
        """What an action's keys do; "" where it has none."""
        keys = self._keys.text_of(action)
        return f"{keys} {does}" if keys else ""
