"""Opens training runs, starts them, and sends them commands."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from dvox_core.training.run.commands import Command
from viewer.controllers.closing import ClosingQuestion
from viewer.controllers.context import ControllerContext
from viewer.controllers.live_scene import LiveScene
from viewer.dialogs.files import ask_for_folder
from viewer.dialogs.training import ClosingDialog, LearningRateDialog, TrainLongerDialog
from viewer.recent_files import RecentFiles
from viewer.workers.runs.run_link import RunLink


class TrainingController(QObject):
    """The menu Train."""

    changed = Signal()  # what can be done has changed

    def __init__(
        self,
        context: ControllerContext,
        link: RunLink,
        recent_files: RecentFiles,
        live_scene: LiveScene,
    ) -> None:
        super().__init__(context.parent)
        self._parent, self._settings = context.parent, context.settings
        self._notifications = context.notifications
        self._link, self._recent_files, self._live_scene = link, recent_files, live_scene
        self._state_word = ""
        training = link.state
        training.run_changed.connect(lambda _: self._on_run())
        training.status_changed.connect(lambda _: self._on_status())
        training.config_changed.connect(lambda _: self._remember_run())
        link.problem.connect(self._notifications.show_error)
        link.ended.connect(self._on_ended)
        link.started.connect(lambda path: recent_files.add_run(path, started_here=True))

    @property
    def is_open(self) -> bool:
        """Whether a run is watched."""
        return self._link.state.path is not None

    @property
    def is_alive(self) -> bool:
        """Whether the watched run is being trained."""
        return self._link.state.is_alive

    @property
    def is_at_rest(self) -> bool:
        """Whether a run is watched that is not being trained."""
        return self.is_open and not self.is_alive

    @property
    def is_paused(self) -> bool:
        """Whether the watched run is paused."""
        return self._link.state.status.state == "paused"

    def ask_for_run(self) -> None:
        """Let the user choose a run's folder."""
        ask_for_folder(self._parent, "Open a training run", self._settings.last_folder, self.attach)

    def attach(self, path: Path) -> None:
        """Watch the run in a folder and show its scene."""
        self._settings.last_folder = path.absolute().parent
        self._live_scene.open_when_written()
        self._link.attach(path)

    def start(self, path: Path) -> None:
        """Train what lies in `path`, watch it, and show its scene.

        The folder was prepared by `begin_run`, or holds a run to be resumed.
        """
        self._live_scene.open_when_written()
        self._link.start(path)
        self._notifications.show_info(
            f"{path.name} starts: it reads its pictures, then its scene is shown and grows",
            topic="training",
        )

    def resume(self) -> None:
        """Resume the open run from its last snapshot."""
        self._resume_with({})

    def ask_how_much_longer(self) -> TrainLongerDialog:
        """Let the user choose another end, and the device, and resume the run."""
        training = self._link.state
        dialog = TrainLongerDialog(self._parent, training.config, training.status)
        dialog.chosen.connect(self._resume_with)
        dialog.open()
        return dialog

    def ask_for_learning_rate(self) -> LearningRateDialog | None:
        """Let the user choose another learning rate."""
        training = self._link.state
        rate = training.config.get("training", {}).get("learning_rate", 0.0)
        present = rate * training.status.learning_rate_factor
        if present <= 0:
            return None
        dialog = LearningRateDialog(self._parent, present)
        dialog.chosen.connect(lambda factor: self._link.send(Command("learning_rate", factor)))
        dialog.open()
        return dialog

    def toggle_pause(self) -> None:
        """Pause the run, or let it continue."""
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

    def show_folder(self) -> None:
        """Open the run's folder in the system's file manager."""
        path = self._link.state.path
        if path and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._notifications.show_info(f"The run is in {path}")

    def ask_for_comparison(self) -> None:
        """Let the user choose another run to compare the curves with."""
        ask_for_folder(
            self._parent,
            "Compare with another training run",
            self._settings.last_folder,
            self._link.compare,
        )

    def close_run(self) -> None:
        """Stop watching the run; one that is being trained goes on."""
        was_alive, name = self._link.state.is_alive, self._link.state.name
        self._link.detach()
        if was_alive:
            self._notifications.show_info(f"{name} is trained on; Open a run… watches it again")

    def stop(self) -> None:
        """End the link's thread; training processes go on."""
        self._link.stop()

    def _resume_with(self, changes: Mapping[str, Any]) -> None:
        path = self._link.state.path
        if path:
            self._link.start(path, changes)
            self._notifications.show_info(f"{path.name} goes on", topic="training")

    def _on_run(self) -> None:
        self._state_word = ""
        self.changed.emit()

    def _on_status(self) -> None:
        word = self._link.state.status.state
        if word != self._state_word:
            self._state_word = word
            self.changed.emit()

    def _on_ended(self, state: str, line: str) -> None:
        if state in ("finished", "stopped"):
            self._notifications.show_info(line, topic="training")
        else:
            self._notifications.show_error(line, topic="training")  # until it is resumed

    def _remember_run(self) -> None:
        if self._link.state.path:
            self._recent_files.add_run(self._link.state.path, started_here=False)


def running_training_question(
    context: ControllerContext, link: RunLink, recent_files: RecentFiles
) -> ClosingQuestion:
    """Asks before the window closes on a run in training that a window of this user started."""
    training = link.state

    def concerns() -> tuple[object, ...]:
        runs = recent_files.runs
        ours = any(run.path == training.path and run.started_here for run in runs)
        return (training.path,) if training.is_alive and ours else ()

    def ask(agree: Callable[[], object]) -> ClosingDialog:
        dialog = ClosingDialog(context.parent, training.name)
        dialog.stop_requested.connect(lambda: link.send(Command("stop")))
        dialog.agreed.connect(agree)
        link.ended.connect(dialog.on_run_ended)
        return dialog

    return ClosingQuestion(ask, concerns, context.parent)
