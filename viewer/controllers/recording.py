"""Records videos for the window: asks for settings, and tells what became of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from dvox_core.safe_names import safe_file_name
from viewer.dialogs.files import ask_where_to_save
from viewer.dialogs.paths import ClosingPathDialog
from viewer.dialogs.record import RecordDialog
from viewer.workers.paths.recording_queue import (
    RecordingJob,
    RecordingQueue,
    RecordingRequest,
    RecordingState,
)

if TYPE_CHECKING:
    from viewer.window.main_window import MainWindow


class RecordingController(QObject):
    """Between the recordings and the window."""

    def __init__(self, window: "MainWindow", recordings: RecordingQueue) -> None:
        super().__init__(window)
        self._window, self._recordings = window, recordings
        self.dialog: RecordDialog | None = None
        recordings.ended.connect(self._report)
        recordings.running_changed.connect(lambda _: window.share_processor())
        window.session.interaction.interacting_changed.connect(recordings.set_interacting)

    def ask(self) -> None:
        """Ask what the video is to be like, and record it."""
        scene, path = self._window.state.scene, self._window.paths.tools.editor.path
        if scene is None or self.dialog is not None:
            return
        self._window.paths.tools.player.pause()
        window = self._window
        self.dialog = RecordDialog(
            window,
            scene,
            path,
            self._proposal(),
            window.edits.interventions,
            lambda proposal, filters, chosen: ask_where_to_save(window, proposal, filters, chosen),
            before=[job.request.target for job in self._recordings.jobs if not job.state.is_over],
        )
        self.dialog.accepted_request.connect(self._begin)
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def stop(self) -> None:
        """End every thread."""
        if self.dialog is not None:
            self.dialog.stop()
        self._recordings.stop()

    def closing_dialog(self, unfinished: int) -> ClosingPathDialog:
        """Asks whether the window may close on unfinished recordings."""
        one = unfinished == 1
        return ClosingPathDialog(
            self._window,
            "A video is being recorded" if one else f"{unfinished} videos are not recorded yet",
            "Closing the window ends the recording. What was rendered is kept: recording the same "
            "path to the same file goes on from there.",
            "Close the window",
            "",
        )

    def _proposal(self) -> Path:
        """A file that is neither there nor about to be."""
        window = self._window
        scene, editor = window.state.scene, window.paths.tools.editor
        folder = window.settings.video_folder
        name = safe_file_name(editor.file.stem if editor.file else scene.name if scene else "video")
        taken = {job.request.target for job in self._recordings.jobs}
        number = 1
        while True:
            path = folder / (f"{name}.mp4" if number == 1 else f"{name}-{number}.mp4")
            if path not in taken and not path.exists():
                return path
            number += 1

    def _begin(self, request: RecordingRequest) -> None:
        self._window.settings.video_folder = request.target.absolute().parent
        self._recordings.add(request)
        self._window.docks.show_panel("recordings")

    def _report(self, job: RecordingJob) -> None:
        notifications, target = self._window.notifications, job.request.target
        if job.state is RecordingState.FINISHED:
            notifications.show_info(
                f"Recorded {target.name}: {job.line}",
                "Show the folder",
                lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(target.parent))),
            )
        elif job.state is RecordingState.FAILED:
            notifications.show_error(job.line)

    def _forget_dialog(self) -> None:
        self.dialog = None
