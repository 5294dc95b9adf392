"""The running recording in the status bar, whatever panel is in front."""

from viewer.text.units import duration, percent
from viewer.theme import ThemeManager
from viewer.widgets.status_dot import Mood
from viewer.window.indicator import ButtonIndicator
from viewer.workers.paths.recording_queue import RecordingJob, RecordingQueue, RecordingState


class RecordingIndicator(ButtonIndicator):
    """There while a video is recorded or paused."""

    def __init__(self, themes: ThemeManager, recordings: RecordingQueue) -> None:
        super().__init__(themes)
        self._recordings = recordings
        self._job: RecordingJob | None = None
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
        self.dot.show_mood(Mood.BUSY if paused else Mood.WORKING)
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
