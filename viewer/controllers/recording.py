"""Records videos: asks for their settings, and reports what became of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from dvox_core.safe_names import safe_file_name
from viewer.controllers.closing import Loss
from viewer.controllers.context import ControllerContext
from viewer.dialogs.files import ask_where_to_save
from viewer.state.scene_edits import SceneEdits
from viewer.workers.paths.path_tools import PathTools
from viewer.workers.paths.recording_queue import (
    RecordingJob,
    RecordingQueue,
    RecordingRequest,
    RecordingState,
)

if TYPE_CHECKING:
    from viewer.dialogs.record import RecordDialog


class RecordingController(QObject):
    """Between the queue of recordings and the user."""

    def __init__(
        self,
        context: ControllerContext,
        tools: PathTools,
        edits: SceneEdits,
        show_recordings: Callable[[], object],
    ) -> None:
        super().__init__(context.parent)
        self._context, self._tools, self._edits = context, tools, edits
        self._recordings, self._show_recordings = tools.recordings, show_recordings
        self.dialog: RecordDialog | None = None
        self._recordings.ended.connect(self._on_ended)
        context.session.interaction.interacting_changed.connect(self._recordings.set_interacting)

    def ask(self) -> None:
        """Ask what the video is to be like, and record it."""
        scene, camera_path = self._context.state.scene, self._tools.editor.path
        if scene is None or self.dialog is not None:
            return
        self._tools.player.pause()
        parent = self._context.parent
        from viewer.dialogs.record import RecordDialog

        self.dialog = RecordDialog(
            parent,
            scene,
            camera_path,
            self._proposal(),
            self._edits.interventions,
            lambda proposal, filters, chosen: ask_where_to_save(parent, proposal, filters, chosen),
            before=[job.request.target for job in self._recordings.jobs if not job.state.is_over],
        )
        self.dialog.accepted_request.connect(self._on_request)
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def stop(self) -> None:
        """End every thread."""
        if self.dialog is not None:
            self.dialog.stop()
        self._recordings.stop()

    def _proposal(self) -> Path:
        """A file that is neither there nor about to be."""
        scene, editor = self._context.state.scene, self._tools.editor
        folder = self._context.settings.video_folder
        name = safe_file_name(editor.file.stem if editor.file else scene.name if scene else "video")
        taken = {job.request.target for job in self._recordings.jobs}
        number = 1
        while True:
            path = folder / (f"{name}.mp4" if number == 1 else f"{name}-{number}.mp4")
            if path not in taken and not path.exists():
                return path
            number += 1

    def _on_request(self, request: RecordingRequest) -> None:
        self._context.settings.video_folder = request.target.absolute().parent
        self._recordings.add(request)
        self._show_recordings()

    def _on_ended(self, job: RecordingJob) -> None:
        notifications, target = self._context.notifications, job.request.target
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


def unfinished_recordings(recordings: RecordingQueue) -> Loss | None:
    """The recordings that are not finished; what was rendered of them is kept."""
    targets = tuple(job.request.target for job in recordings.jobs if not job.state.is_over)
    if not targets:
        return None
    return Loss(
        "A video is being recorded"
        if len(targets) == 1
        else f"{len(targets)} videos are not recorded yet",
        "Closing the window ends the recording. What was rendered is kept: recording the same "
        "path to the same file goes on from there.",
        targets,
    )
