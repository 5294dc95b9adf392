"""Shows the training wizard, and starts the training of the run that it prepares."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from viewer.settings import Settings
from viewer.theme import ThemeManager

if TYPE_CHECKING:
    from viewer.wizard.dialog import TrainingWizard

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
        self.wizard: TrainingWizard | None = None

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
