"""The recordings panel: progress and actions of each video."""

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from viewer.panels.panel import PANEL_WIDTH, Panel, PanelContext, Section
from viewer.text.units import duration
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.icon_button import IconButton
from viewer.widgets.images import array_image
from viewer.widgets.labels import ElidedLabel
from viewer.workers.paths.recording_queue import RecordingJob, RecordingQueue, RecordingState

PREVIEW = 72
HEIGHT = 190
STEPS = 1000


class RecordingsPanel(Panel):
    """A card a recording: the one that runs, then the newest first."""

    action_requested = Signal(str)  # the name of an action of the window

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self._recordings = context.paths.recordings
        self.section = Section("Videos of the path")
        self.empty = EmptyState(
            "Videos of the camera path appear here while they are recorded. The window stays "
            "usable meanwhile, and several wait for each other.",
            "Record a video…",
            lambda: self.action_requested.emit("record"),
        )
        self.section.column.addWidget(self.empty)
        self.add_section(self.section)
        self.cards: dict[RecordingJob, RecordingCard] = {}
        self._recordings.jobs_changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        """Room for a recording and a half."""
        return QSize(PANEL_WIDTH, HEIGHT)

    def _follow(self) -> None:
        jobs = self._recordings.jobs
        for job in [job for job in self.cards if job not in jobs]:
            card = self.cards.pop(job)
            self.section.column.removeWidget(card)
            card.hide()
            card.deleteLater()
        running = self._recordings.running
        others = [job for job in reversed(jobs) if job is not running]
        shown = others if running is None else [running, *others]
        for place, job in enumerate(shown, 2):  # below heading and empty state
            if job not in self.cards:
                self.cards[job] = RecordingCard(job, self._recordings, self.context.themes)
            self.section.column.removeWidget(self.cards[job])
            self.section.column.insertWidget(place, self.cards[job])
        waiting = sum(job.state is RecordingState.WAITING for job in jobs)
        self.section.set_remark(f"{waiting} waiting" if waiting else "")
        self.empty.setVisible(not jobs)


class RecordingCard(QWidget):
    """A picture, how far it is, and what can be done."""

    def __init__(self, job: RecordingJob, recordings: RecordingQueue, themes: ThemeManager) -> None:
        super().__init__()
        self._job, self._recordings = job, recordings
        target = job.request.target
        self.setObjectName("recordingCard")
        self.preview = QLabel()
        self.preview.setFixedSize(PREVIEW, PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shown_preview: object = None
        self.name = ElidedLabel(target.name)
        self.name.setToolTip(str(target))
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.text = QLabel()
        self.text.setProperty("role", "caption")
        self.text.setWordWrap(True)
        self.text.setFont(tabular(interface_font(11)))
        self.pause = IconButton(themes, "pause", "Pause after the present frame")
        self.resume = IconButton(themes, "play", "Go on")
        self.cancel = IconButton(themes, "stop", "Cancel: what was rendered is kept")
        self.restart = IconButton(themes, "restart", "Go on from what was rendered")
        self.folder = IconButton(themes, "folder-open-outline", "Show the folder")
        self.watch = IconButton(themes, "movie-play-outline", "Open the video")
        self.remove = IconButton(themes, "close", "")
        self._lay_out()
        for button, run in (
            (self.pause, lambda: recordings.pause(job)),
            (self.resume, lambda: recordings.resume(job)),
            (self.cancel, lambda: recordings.cancel(job)),
            (self.restart, lambda: recordings.restart(job)),
            (self.remove, lambda: recordings.remove(job)),
            (self.folder, lambda: _open(str(target.parent))),
            (self.watch, lambda: _open(str(target))),
        ):
            button.clicked.connect(run)
        job.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for button in (
            self.pause,
            self.resume,
            self.cancel,
            self.restart,
            self.watch,
            self.folder,
            self.remove,
        ):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(Spacing.LABEL)
        column.addWidget(self.name)
        column.addWidget(self.bar)
        column.addWidget(self.text)
        column.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, Spacing.LABEL, 0, Spacing.LABEL)
        row.setSpacing(Spacing.PANEL)
        row.addWidget(self.preview, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    def refresh(self) -> None:
        """Show how far it is."""
        job, state = self._job, self._job.state
        self._show_preview()
        fraction = job.progress.fraction if job.progress else 0.0
        if state is RecordingState.FINISHED:
            fraction = 1.0
        self.bar.setValue(round(STEPS * fraction))
        self.text.setText(status_line(job))
        is_error = state is RecordingState.FAILED
        if self.text.property("role") != ("error" if is_error else "caption"):
            self.text.setProperty("role", "error" if is_error else "caption")
            self.text.style().polish(self.text)
        over = state.is_over
        self.pause.setVisible(state is RecordingState.RECORDING)
        self.resume.setVisible(state is RecordingState.PAUSED)
        self.cancel.setVisible(not over)
        self.restart.setVisible(state in (RecordingState.CANCELLED, RecordingState.FAILED))
        self.watch.setVisible(state is RecordingState.FINISHED)
        self.remove.setVisible(over)
        kept = state is not RecordingState.FINISHED
        tip = "Take it off the list" + (", and delete what was rendered" if kept else "")
        self.remove.setToolTip(tip)
        self.remove.setAccessibleName(tip)

    def _show_preview(self) -> None:
        pixels = self._job.preview
        if pixels is None:
            if self._shown_preview is None:
                self.preview.setText("…" if not self._job.state.is_over else "")
            return
        if pixels is not self._shown_preview:
            self._shown_preview = pixels
            ratio = self.devicePixelRatioF()
            small = QPixmap.fromImage(array_image(pixels)).scaled(
                QSize(PREVIEW, PREVIEW) * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            small.setDevicePixelRatio(ratio)
            self.preview.setPixmap(small)


def status_line(job: RecordingJob) -> str:
    """How far a recording is, in words."""
    state, progress = job.state, job.progress
    if state is RecordingState.WAITING:
        return "Waiting for those before it"
    if state.is_over:
        return job.line
    if progress is None or not progress.total:
        return progress.text + "…" if progress else "Starting…"
    done = f"{progress.frame} of {progress.total} frames"
    if state is RecordingState.PAUSED:
        return f"Paused · {done}"
    if progress.seconds_left is None or not progress.frame:
        return f"{progress.text}… · {done}"
    return f"{done} · {duration(progress.seconds_left)} left"


def _open(path: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
