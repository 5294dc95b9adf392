"""Lets the window's user watch, steer and show training runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from dvox_core.model.scene import Scene
from dvox_core.training.commands import Command
from viewer.dialogs.files import ask_for_folder
from viewer.dialogs.training import LearningRateDialog, TrainLongerDialog
from viewer.notifications import Notifications
from viewer.settings import Settings
from viewer.state.training_state import NO_LIVE
from viewer.workers.training_link import TrainingLink

if TYPE_CHECKING:
    from viewer.docks import Docks
    from viewer.state.viewer_state import ViewerState
    from viewer.workers.scene_session import SceneSession

SCENE_OF_RUN = "scene.dvox"
CONFIG_OF_RUN = "config.json"
HAND_RESTS_MS = 700
"""So long the view must have stood still before a newer scene of the training takes its place."""


class Training(QObject):
    """Between the link, which knows the run, and the session, which shows scenes."""

    changed = Signal()  # what can be done has changed

    def __init__(
        self,
        window: QWidget,
        link: TrainingLink,
        state: "ViewerState",
        session: "SceneSession",
        docks: "Docks",
        settings: Settings,
        notifications: Notifications,
    ) -> None:
        super().__init__(window)
        self._window, self._link, self._viewer = window, link, state
        self._session, self._docks = session, docks
        self._settings, self._notifications = settings, notifications
        self._wants_scene = False  # the run's scene is to be shown as soon as there is one
        self._state_word = ""
        self._live = QTimer(self)
        self._live.timeout.connect(self._ask_for_scene)
        self._rest = QTimer(self, singleShot=True, interval=HAND_RESTS_MS)
        self._rest.timeout.connect(self._refresh_when_at_rest)
        self._newer_scene = False
        training = link.state
        training.run_changed.connect(self._show_run)
        training.status_changed.connect(self._on_status)
        training.scene_written.connect(self._on_scene)
        training.live_changed.connect(lambda _: self._set_live())
        link.problem.connect(notifications.show_error)
        link.ended.connect(self._on_end)
        state.camera_changed.connect(self._on_camera)

    # What the user can do

    def ask_for_run(self) -> None:
        """Let the user choose a run's folder."""
        ask_for_folder(self._window, "Open a training run", self._settings.last_folder, self.attach)

    def attach(self, path: Path) -> None:
        """Watch the run in a folder and show its scene."""
        self._settings.last_folder = path.parent
        self._wants_scene = True
        self._link.attach(path)

    def start(self, path: Path) -> None:
        """Train what `begin_run` prepared in `path`, watch it, and show its scene."""
        self._wants_scene = True
        self._link.start(path)

    def resume(self) -> None:
        """Go on with the open run from its last snapshot."""
        if self._link.state.path:
            self._link.start(self._link.state.path)

    def ask_how_much_longer(self) -> TrainLongerDialog:
        """Let the user choose another end, and the device, and go on."""
        training = self._link.state
        dialog = TrainLongerDialog(self._window, training.config, training.status)
        dialog.chosen.connect(self._go_on_with)
        dialog.open()
        return dialog

    def ask_for_learning_rate(self) -> LearningRateDialog | None:
        """Let the user choose another learning rate."""
        training = self._link.state
        rate = training.config.get("training", {}).get("learning_rate", 0.0)
        present = rate * training.status.learning_rate_factor
        if present <= 0:
            return None
        dialog = LearningRateDialog(self._window, present)
        dialog.chosen.connect(lambda factor: self._link.send(Command("learning_rate", factor)))
        dialog.open()
        return dialog

    def pause_or_go_on(self) -> None:
        """Let the run wait, or go on."""
        self._link.send(Command("continue" if self.is_paused else "pause"))

    def save(self) -> None:
        """Have a snapshot and the scene written now."""
        self._link.send(Command("save"))
        self._notifications.show_info("The run saves after its present step", topic="training")

    def validate(self) -> None:
        """Have the validation views scored now."""
        self._link.send(Command("validate"))

    def stop_training(self) -> None:
        """Have the run saved and ended."""
        self._link.send(Command("stop"))
        self._notifications.show_info("The run saves and stops", topic="training")

    def show_scene(self) -> None:
        """Show the run's newest scene."""
        self._wants_scene = True
        if self._link.state.is_alive:
            self._link.send(Command("scene"))
        self._open_scene()

    def show_folder(self) -> None:
        """Open the run's folder in the system's file manager."""
        path = self._link.state.path
        if path and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._notifications.show_info(f"The run is in {path}")

    def ask_for_comparison(self) -> None:
        """Let the user choose another run to compare the curves with."""
        ask_for_folder(
            self._window,
            "Compare with another training run",
            self._settings.last_folder,
            self._link.compare,
        )

    def close_run(self) -> None:
        """Watch the run no more; one that is trained goes on."""
        was_alive, name = self._link.state.is_alive, self._link.state.name
        self._link.detach()
        if was_alive:
            self._notifications.show_info(f"{name} is trained on; Open a run… watches it again")

    @property
    def is_open(self) -> bool:
        """Whether a run is watched."""
        return self._link.state.path is not None

    @property
    def is_alive(self) -> bool:
        """Whether the watched run is being trained."""
        return self._link.state.is_alive

    @property
    def is_paused(self) -> bool:
        """Whether the watched run waits."""
        return self._link.state.status.state == "paused"

    def stop(self) -> None:
        """End the timers and the link's thread; training processes go on."""
        self._live.stop()
        self._rest.stop()
        self._link.stop()

    def _go_on_with(self, changes: Mapping[str, Any]) -> None:
        if self._link.state.path:
            self._link.start(self._link.state.path, changes)

    # What happens

    def _show_run(self, path: Path | None) -> None:
        self._docks.set_run_open(path is not None)
        self._state_word = ""
        if path is not None:
            self._open_scene()
        self._set_live()
        self.changed.emit()

    def _on_status(self) -> None:
        word = self._link.state.status.state
        if word != self._state_word:
            self._state_word = word
            self._set_live()
            self.changed.emit()

    def _on_end(self, state: str, line: str) -> None:
        if state in ("finished", "stopped"):
            self._notifications.show_info(line, topic="training")
        else:
            self._notifications.show_error(line)
        if state == "finished" and self._shows_run:
            self._refresh_soon()

    # The scene of the run

    @property
    def _scene_path(self) -> Path | None:
        path = self._link.state.path
        return path / SCENE_OF_RUN if path else None

    @property
    def _shows_run(self) -> bool:
        scene: Scene | None = self._viewer.scene
        return scene is not None and scene.path is not None and scene.path == self._scene_path

    def _open_scene(self) -> None:
        path = self._scene_path
        if self._wants_scene and path is not None and path.is_file():
            self._wants_scene = False
            if self._shows_run:
                self._refresh_soon()
            else:
                self._session.open(path)

    def _set_live(self) -> None:
        training = self._link.state
        wanted = training.live_seconds != NO_LIVE and training.status.state == "training"
        if not wanted:
            self._live.stop()
        elif self._live.interval() != 1000 * training.live_seconds or not self._live.isActive():
            self._live.start(1000 * training.live_seconds)

    def _ask_for_scene(self) -> None:
        """Ask the run for a newer scene, if anybody sees it."""
        if self._shows_run and not self._window.isMinimized():
            self._link.send(Command("scene"))

    def _on_scene(self, step: int) -> None:
        if self._wants_scene:
            self._open_scene()
        elif self._shows_run and self._link.state.live_seconds != NO_LIVE:
            self._refresh_soon()

    def _refresh_soon(self) -> None:
        self._newer_scene = True
        if not self._rest.isActive():
            self._refresh_when_at_rest()

    def _on_camera(self) -> None:
        if self.is_open:
            self._rest.start()

    def _refresh_when_at_rest(self) -> None:
        """Show the newer scene; not in the middle of a drag, which a new renderer would hold up."""
        if self._newer_scene and self._shows_run:
            self._newer_scene = False
            self._session.refresh()


def is_run(path: Path) -> bool:
    """Whether a folder holds a training run."""
    return (path / CONFIG_OF_RUN).is_file() and (path / "log.jsonl").exists()
