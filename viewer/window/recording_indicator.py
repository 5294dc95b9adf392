"""The running recording in the status bar, whatever panel is in front."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from viewer.text.units import duration, percent
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.status_dot import Dot, Mood
from viewer.workers.paths.recording_queue import RecordingJob, RecordingQueue, RecordingState


class RecordingIndicator(QWidget):
    """A dot and a line that is a button; there while a video is recorded or paused."""

    def __init__(self, themes: ThemeManager, recordings: RecordingQueue) -> None:
        super().__init__()
        self._recordings = recordings
        self._job: RecordingJob | None = None
        self._dot = Dot(themes)
        self.button = QPushButton()
        self.button.setProperty("role", "sign")
        self.button.setFont(tabular(interface_font()))
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(Spacing.CONTROL, 0, 0, 0)
        row.setSpacing(Spacing.LABEL)
        row.addWidget(self._dot)
        row.addWidget(self.button)
        recordings.jobs_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        job = self._recordings.running
        if job is not self._job:
            if self._job is not None:
                self._job.changed.disconnect(self._show)
            self._job = job
            if job is not None:
                job.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        job = self._job
        self.setVisible(job is not None)
        if job is None:
            return
        paused = job.state is RecordingState.PAUSED
        self._dot.show_mood(Mood.BUSY if paused else Mood.WORKING)
        self.button.setText(indicator_text(job, self._recordings.unfinished - 1))
        self.button.setToolTip(f"{job.request.target}: show the recordings")


def indicator_text(job: RecordingJob, waiting: int) -> str:
    """E.g. "Recording 45 %, 12 s left, 2 waiting"."""
    progress = job.progress
    parts = ["Recording paused" if job.state is RecordingState.PAUSED else "Recording"]
    if progress is not None and progress.total:
        parts[0] += f" {percent(progress.fraction)}"
        if job.state is RecordingState.RECORDING and progress.seconds_left is not None:
            parts.append(f"{duration(progress.seconds_left)} left")
    if waiting:
        parts.append(f"{waiting} waiting")
    return ", ".join(parts)
