"""Training runs on the welcome page: those that run, and those that wait to be gone on with."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dvox_core.training.run.status import ACTIVE
from viewer.text.runs import MOODS, share_done, state_word
from viewer.text.units import count, decibels, duration
from viewer.theme import Spacing, ThemeManager
from viewer.widgets.icon_button import IconButton
from viewer.widgets.labels import ElidedLabel
from viewer.widgets.status_dot import Dot, Mood
from viewer.workers.runs.run_log import RunSummary

MAX_RUNS = 3
STEPS = 1000
PICTURE_SIDE = 52


class RunCards(QWidget):
    """A row for each run; gone where there are none."""

    watch_requested = Signal(object)  # Path
    resume_requested = Signal(object)  # Path
    removal_requested = Signal(object)  # Path

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self.cards: dict[Path, RunCard] = {}
        heading = QLabel("Training runs")
        heading.setProperty("role", "section")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, Spacing.SECTION)
        self._column.setSpacing(Spacing.CONTROL)
        self._column.addWidget(heading)
        self.hide()

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        """Show these; a card stays where its run does."""
        shown = {run.path: run for run in runs[:MAX_RUNS]}
        for path in [path for path in self.cards if path not in shown]:
            card = self.cards.pop(path)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for path, run in shown.items():
            if path not in self.cards:
                card = self.cards[path] = RunCard(self._themes, path)
                card.watched.connect(lambda path=path: self.watch_requested.emit(path))
                card.resumed.connect(lambda path=path: self.resume_requested.emit(path))
                card.removed.connect(lambda path=path: self.removal_requested.emit(path))
                self._column.addWidget(card)
            self.cards[path].show_run(run)
        self.setVisible(bool(shown))


class RunCard(QFrame):
    """A run: its name, how it stands, how far it is, and what one can do."""

    watched = Signal()
    resumed = Signal()
    removed = Signal()

    def __init__(self, themes: ThemeManager, path: Path) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE_SIDE, PICTURE_SIDE)
        self.picture.setScaledContents(True)
        self.picture.setAccessibleName("The newest picture of its scene")
        self.picture.hide()
        self._preview: Path | None = None
        self.dot = Dot(themes)
        self.name = ElidedLabel(path.name)
        self.name.setProperty("role", "section")
        self.name.setToolTip(str(path))
        self.details = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        self.details.setProperty("role", "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(f"Progress of {path.name}")
        self.watch = QPushButton("Watch")
        self.watch.setToolTip("See how the training goes, and show its scene")
        self.resume = QPushButton("Resume")
        self.resume.setToolTip("Go on from the last snapshot")
        self.remove = IconButton(themes, "close", "Remove from this list; the run itself stays")
        self.watch.clicked.connect(self.watched)
        self.resume.clicked.connect(self.resumed)
        self.remove.clicked.connect(self.removed)
        texts = QVBoxLayout()
        texts.setSpacing(Spacing.LABEL)
        first = QHBoxLayout()
        first.setSpacing(Spacing.CONTROL)
        first.addWidget(self.dot)
        first.addWidget(self.name, 1)
        texts.addLayout(first)
        texts.addWidget(self.details)
        texts.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.SECTION, Spacing.PANEL, Spacing.PANEL, Spacing.PANEL)
        row.setSpacing(Spacing.CONTROL)
        row.setSpacing(Spacing.PANEL)
        row.addWidget(self.picture)
        row.addLayout(texts, 1)
        for button in (self.resume, self.watch, self.remove):
            row.addWidget(button)

    def show_run(self, run: RunSummary) -> None:
        """Show how it stands now."""
        status, alive = run.status, run.status.state in ACTIVE
        self.dot.show_mood(Mood(MOODS.get(status.state, "muted")))
        self.details.setText(run_details(run))
        self.details.setToolTip(status.message)
        share = share_done(status, run.config)
        self.bar.setVisible(share is not None)
        self.bar.setValue(round(STEPS * (share or 0)))
        self._show_preview(run.preview)
        self.resume.setVisible(not alive)
        self.remove.setVisible(not alive)

    def _show_preview(self, preview: Path | None) -> None:
        """The right half of a preview, which is the scene's own picture; some 20 kB."""
        if preview is None or preview == self._preview:
            return
        both = QPixmap(str(preview))
        if both.isNull():
            return  # it was thinned out meanwhile
        self._preview = preview
        half = both.width() // 2
        self.picture.setPixmap(both.copy(half, 0, both.width() - half, both.height()))
        self.picture.show()


def run_details(run: RunSummary) -> str:
    """E.g. "Training, step 1 200, 24.1 dB, 12 min left"."""
    status = run.status
    parts = [state_word(status), f"step {count(status.step)}"]
    if status.psnr is not None:
        parts.append(decibels(status.psnr))
    if status.state == "training" and status.eta_seconds is not None:
        parts.append(f"{duration(status.eta_seconds)} left")
    return ", ".join(parts)
