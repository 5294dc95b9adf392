"""Shows the scene of the watched training run, and keeps it up to date while it is trained."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from dvox_core.training.run.commands import Command
from viewer.controllers.context import ControllerContext
from viewer.state.training_state import NO_LIVE
from viewer.workers.runs.run_link import RunLink

SCENE_OF_RUN = "scene.dvox"

REST_MS = 700
"""How long the view must have stood still before a newer scene of the training replaces it."""


class LiveScene(QObject):
    """Between the link, which knows the run, and the session, which shows scenes."""

    def __init__(
        self,
        context: ControllerContext,
        link: RunLink,
        show_panel: Callable[[str], object],
        open_scene: Callable[[Path], object],
    ) -> None:
        super().__init__(context.parent)
        self._parent, self._state, self._session = context.parent, context.state, context.session
        self._link, self._show_panel, self._open_scene = link, show_panel, open_scene
        self._opens_when_written = False
        self._has_newer_scene = False
        self._request_timer = QTimer(self)
        self._request_timer.timeout.connect(self._request_scene)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._refresh_when_at_rest)
        training = link.state
        training.run_changed.connect(self._on_run)
        training.status_changed.connect(lambda _: self._update_timer())
        training.live_changed.connect(lambda _: self._update_timer())
        training.scene_written.connect(lambda _: self._on_scene_written())
        link.ended.connect(self._on_ended)
        context.state.camera_changed.connect(lambda _: self._on_camera())
        context.session.opened.connect(lambda _: self._request_scene())

    @property
    def is_shown(self) -> bool:
        """Whether the open scene is that of the watched run."""
        scene = self._state.scene
        return scene is not None and scene.path is not None and scene.path == self._path

    def open_when_written(self) -> None:
        """Open the scene of the run that is watched next as soon as there is one."""
        self._opens_when_written = True

    def show(self) -> None:
        """Show the run's newest scene."""
        self._opens_when_written = True
        if self._link.state.is_alive:
            self._link.send(Command("scene"))
        self._open_if_wanted()

    def look_inside(self) -> None:
        """Show the run's scene and the rays through it."""
        self.show()
        self._show_panel("ray")

    def stop(self) -> None:
        """End the timers."""
        self._request_timer.stop()
        self._rest.stop()

    @property
    def _path(self) -> Path | None:
        run = self._link.state.path
        return run / SCENE_OF_RUN if run else None

    @property
    def _is_live(self) -> bool:
        return self._link.state.live_seconds != NO_LIVE

    def _on_run(self, run: Path | None) -> None:
        if run is not None:
            self._open_if_wanted()
        self._update_timer()

    def _on_scene_written(self) -> None:
        if self._opens_when_written:
            self._open_if_wanted()
        elif self.is_shown and self._is_live:
            self._refresh_soon()

    def _on_ended(self, state: str, _: str) -> None:
        if state == "finished" and self.is_shown:
            self._refresh_soon()

    def _on_camera(self) -> None:
        if self._link.state.path is not None:
            self._rest.start()
            self._link.report_interaction()

    def _open_if_wanted(self) -> None:
        path = self._path
        if self._opens_when_written and path is not None and path.is_file():
            self._opens_when_written = False
            if self.is_shown:
                self._refresh_soon()
            else:
                self._open_scene(path)

    def _update_timer(self) -> None:
        training, timer = self._link.state, self._request_timer
        interval = 1000 * training.live_seconds
        if not self._is_live or training.status.state != "training":
            timer.stop()
        elif timer.interval() != interval or not timer.isActive():
            timer.start(interval)

    def _request_scene(self) -> None:
        """Ask the run for a newer scene, if it would be seen."""
        is_seen = self.is_shown and not self._parent.isMinimized()
        if is_seen and self._is_live and self._link.state.is_alive:
            self._link.send(Command("scene"))

    def _refresh_soon(self) -> None:
        self._has_newer_scene = True
        if not self._rest.isActive():
            self._refresh_when_at_rest()

    def _refresh_when_at_rest(self) -> None:
        """Show the newer scene, but not during a drag, which a new renderer would hold up."""
        if self._has_newer_scene and self.is_shown:
            self._has_newer_scene = False
            self._session.refresh()
