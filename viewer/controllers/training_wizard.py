"""Shows the training wizard, and starts the training of the run that it prepares."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from viewer.settings import Settings
from viewer.theme import ThemeManager
from viewer.workers.background.operation import Operation, Progress, run_in_background

if TYPE_CHECKING:
    from viewer.wizard.dialog import TrainingWizard

OPENED_LATER = (
    *(f"viewer.panels.{name}.panel" for name in ("ray", "weights", "pipeline")),
    "viewer.wizard.dialog",
    "viewer.tables.window",
    *(
        f"viewer.dialogs.{name}"
        for name in ("save_picture", "export", "convert", "record", "guide", "about")
    ),
)
"""What is imported once the window is there: a third of its own imports."""

SAMPLE_CAPTURE = Path(__file__).resolve().parents[2] / "assets" / "sample_capture"


class WizardLauncher(QObject):
    """Keeps one wizard, so that closing it loses nothing that was chosen."""

    def __init__(
        self,
        window: QWidget,
        themes: ThemeManager,
        settings: Settings,
        train: Callable[[Path], object],  # trains the run in a folder
    ) -> None:
        super().__init__(window)
        self._window, self._themes = window, themes
        self._settings, self._train = settings, train
        self._warming: Operation | None = None
        self.wizard: TrainingWizard | None = None

    def warm_up(self) -> None:
        """Import wizard and dialogs in the background, so that they open at once."""
        if self._warming is None:
            self._warming = run_in_background(_import_windows, "Preparing dialogs", self)

    def show(self, source: Path | None = None) -> "TrainingWizard":
        """Show the wizard, with a source to train on if one is given."""
        from viewer.wizard.dialog import TrainingWizard

        if self.wizard is None:
            sample = SAMPLE_CAPTURE if SAMPLE_CAPTURE.is_dir() else None
            folder = self._settings.training_folder
            self.wizard = TrainingWizard(self._window, self._themes, folder, sample)
            self.wizard.prepared.connect(self._begin)
        self.wizard.show()
        self.wizard.raise_()
        self.wizard.activateWindow()
        if source is not None:
            self.wizard.use(source)
        return self.wizard

    def stop(self) -> None:
        """End the wizard's work and forget it."""
        if self._warming is not None:
            self._warming.stop()
        wizard, self.wizard = self.wizard, None
        if wizard is not None:
            wizard.hide()
            wizard.stop()
            wizard.deleteLater()

    def _begin(self, run: Path) -> None:
        if self.wizard is not None:
            self._settings.training_folder = self.wizard.state.plan.folder
        self.stop()
        self._train(run)


def _import_windows(progress: Progress) -> None:
    for name in OPENED_LATER:
        progress(0.0, "")
        importlib.import_module(name)
