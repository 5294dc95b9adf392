"""Lets the window's user watch, steer and show training runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices

from dvox_core.model.scene import Scene
from dvox_core.training.run.commands import Command
from dvox_core.training.run.status import ACTIVE
from viewer.dialogs.files import ask_for_folder
from viewer.dialogs.training import ClosingDialog, LearningRateDialog, TrainLongerDialog
from viewer.panels.training.panel import TrainingPanel
from viewer.state.training_state import NO_LIVE
from viewer.welcome.run_cards import RunCards
from viewer.window.training_indicator import TrainingIndicator
from viewer.workers.runs.known_runs import KnownRuns, worth_offering
from viewer.workers.runs.run_link import RunLink
from viewer.workers.runs.run_log import RunSummary

if TYPE_CHECKING:
    from viewer.window.main_window import MainWindow

SCENE_OF_RUN = "scene.dvox"
HAND_RESTS_MS = 700
"""So long the view must have stood still before a newer scene of the training takes its place."""


class TrainingController(QObject):
    """Between the link, which knows the run, and the session, which shows scenes."""

    changed = Signal()  # what can be done has changed

    def __init__(self, window: "MainWindow", link: RunLink) -> None:
        super().__init__(window)
        self._window, self._link = window, link
        self._viewer, self._session = window.state, window.session
        self._docks, self._settings = window.docks, window.settings
        self._notifications = window.notifications
        self._wants_scene = False  # the run's scene is to be shown as soon as there is one
        self._state_word = ""
        self._may_close = False  # its user has said what becomes of the run
        self._closes_at_end = False
        self.closing_dialog: ClosingDialog | None = None
        self.known = KnownRuns(self._settings, self)
        self.known.found.connect(self._take_known)
        self._in_background: Path | None = None  # a run to be told of
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
        link.problem.connect(self._notifications.show_error)
        link.ended.connect(self._on_end)
        link.started.connect(lambda path: self._settings.add_run(path, started_here=True))
        training.config_changed.connect(self._remember_run)
        self._viewer.camera_changed.connect(self._on_camera)
        self._session.opened.connect(lambda _: self._ask_for_scene())
        self._session.opened.connect(lambda _: self._say_what_runs())
        self._offer_runs()
        self._add_sign()

    # What the user can do

    def ask_for_run(self) -> None:
        """Let the user choose a run's folder."""
        ask_for_folder(self._window, "Open a training run", self._settings.last_folder, self.attach)

    def attach(self, path: Path) -> None:
        """Watch the run in a folder and show its scene."""
        self._settings.last_folder = path.absolute().parent
        self._wants_scene = True
        self._link.attach(path)

    def start(self, path: Path) -> None:
        """Train what `begin_run` prepared in `path`, watch it, and show its scene."""
        self._wants_scene = True
        self._link.start(path)
        self._notifications.show_info(
            f"{path.name} starts: it reads its pictures, then its scene is shown and grows",
            topic="training",
        )

    def resume_run(self, path: Path) -> None:
        """Go on with a run from its last snapshot, watch it, and show its scene."""
        self.start(path)

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

    def look_inside(self) -> None:
        """Show the run's scene and the rays through it."""
        self.show_scene()
        self._docks.show_panel("ray")

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

    def connect_panel(self, panel: TrainingPanel, actions: Mapping[str, QAction]) -> None:
        """Let the panel's buttons be the window's actions."""
        panel.action_requested.connect(lambda name: actions[name].trigger())
        panel.offer(actions)

    def _offer_runs(self) -> None:
        """Let the welcome page offer the known runs."""
        cards = RunCards(self._window.themes)
        self._window.welcome.add_above_recents(cards)
        self.run_cards = cards
        self.known.found.connect(lambda runs: cards.show_runs(worth_offering(runs)))
        cards.watch_requested.connect(self.attach)
        cards.resume_requested.connect(self.resume_run)
        cards.removal_requested.connect(self._forget_run)

    def may_close(self) -> bool:
        """Whether the window may close now; otherwise its user is asked, and it closes later.

        Asked is only about a run that a window started: others are none of this window's business.
        """
        training = self._link.state
        ours = any(run.path == training.path and run.started_here for run in self._settings.runs)
        if not (training.is_alive and ours) or self._may_close:
            return True
        if self.closing_dialog is None:
            dialog = self.closing_dialog = ClosingDialog(self._window, training.name)
            dialog.kept_running.connect(self._close)
            dialog.stopped.connect(self._stop_and_close)
            dialog.finished.connect(self._forget_closing)
            dialog.open()
        return False

    def stop(self) -> None:
        """End the timers and the link's thread; training processes go on."""
        self._live.stop()
        self._rest.stop()
        self.known.stop()
        self._link.stop()

    def _go_on_with(self, changes: Mapping[str, Any]) -> None:
        if self._link.state.path:
            self._link.start(self._link.state.path, changes)

    def _close(self) -> None:
        self._may_close = True
        self._window.close()

    def _stop_and_close(self) -> None:
        self._link.send(Command("stop"))
        if self.closing_dialog is not None:
            self.closing_dialog.show_saving()
        self._closes_at_end = True

    def _forget_closing(self) -> None:
        self.closing_dialog = None
        self._closes_at_end = False  # cancelled: the run ends all the same, the window stays

    def _forget_run(self, path: Path) -> None:
        self._settings.remove_run(path)
        self.known.look()

    # What happens

    def _add_sign(self) -> None:
        self.sign = TrainingIndicator(self._window.themes, self._link.state)
        self.sign.button.clicked.connect(lambda: self._docks.show_panel("training"))
        self._window.status.add_sign(self.sign)

    def _take_known(self, runs: list[RunSummary]) -> None:
        alive = [run for run in runs if run.status.state in ACTIVE and run.started_here]
        self._in_background = alive[0].path if alive else None
        self._say_what_runs()

    def _say_what_runs(self) -> None:
        """Once, where the welcome page is not seen: a training goes on in the background."""
        path = self._in_background
        if path is None or self.is_open or self._viewer.scene is None:
            return
        self._in_background = None
        self.known.found.disconnect(self._take_known)
        self._notifications.show_info(
            f"{path.name} is training in the background",
            action="Watch",
            run=lambda: self.attach(path),
        )

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

    def _remember_run(self) -> None:
        if self._link.state.path:
            self._settings.add_run(self._link.state.path, started_here=False)

    def _on_end(self, state: str, line: str) -> None:
        if self._closes_at_end:
            self._close()
            return
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
        live = self._link.state.live_seconds != NO_LIVE and self._link.state.is_alive
        if live and self._shows_run and not self._window.isMinimized():
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
            self._link.report_interaction()

    def _refresh_when_at_rest(self) -> None:
        """Show the newer scene; not in the middle of a drag, which a new renderer would hold up."""
        if self._newer_scene and self._shows_run:
            self._newer_scene = False
            self._session.refresh()
