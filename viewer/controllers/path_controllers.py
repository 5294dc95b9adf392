"""Everything about camera paths that the window offers, put together."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from viewer.controllers.camera_path import CameraPathController, unsaved_path
from viewer.controllers.closing import loss_question
from viewer.controllers.context import ControllerContext
from viewer.controllers.edit_files import EditFiles
from viewer.controllers.path_display import PathDisplay
from viewer.controllers.path_files import PathFiles
from viewer.controllers.recording import RecordingController, unfinished_recordings
from viewer.controllers.undo import UndoController
from viewer.state.scene_edits import SceneEdits
from viewer.viewport.viewport import Viewport
from viewer.workers.paths.path_tools import PathTools


class PathControllers(QObject):
    """The controllers of camera paths and videos.

    Attributes:
        tools: what they and the panels work with.
        keyframes: edits the path from the picture.
        generators: makes paths by rule.
        display: the path over the picture.
        files: opens and saves paths.
        recording: makes videos of them.
        undo: undo of path and scene.
        edit_files: saves the scene's edits before they are lost.
        loss_question: asks before the window closes on videos, path or edits.
    """

    changed = Signal()  # what can be done has changed

    def __init__(
        self,
        context: ControllerContext,
        tools: PathTools,
        viewport: Viewport,
        edits: SceneEdits,
        show_panel: Callable[[str], object],
        other_stacks: Sequence[QUndoStack] = (),  # whose changes are undone in turn with these
    ) -> None:
        super().__init__(context.parent)
        self.tools = tools
        stacks = [tools.editor.undo_stack, edits.undo_stack, *other_stacks]
        self.undo = UndoController(stacks, self)
        self.keyframes = CameraPathController(context, tools, lambda: show_panel("timeline"))
        self.generators = self.keyframes.generators
        self.display = PathDisplay(context, tools, viewport, edits, self.keyframes.jump_to)
        self.files = PathFiles(context, tools.editor, lambda: show_panel("timeline"))
        self.recording = RecordingController(
            context, tools, edits, lambda: show_panel("recordings")
        )
        self.edit_files = EditFiles(context, edits)
        self.loss_question = loss_question(
            context.parent,
            (
                lambda: unfinished_recordings(tools.recordings),
                lambda: unsaved_path(tools, self.files),
                self.edit_files.find_loss,
            ),
        )
        for signal in (
            tools.editor.path_changed,
            tools.editor.selection_changed,
            tools.player.playing_changed,
            tools.capture.capturing_changed,
            self.undo.changed,
        ):
            signal.connect(self._on_change)

    def stop(self) -> None:
        """End every timer and thread."""
        self.undo.stop()
        self.display.stop()
        self.keyframes.stop()
        self.recording.stop()
        self.files.stop()
        self.edit_files.stop()

    def _on_change(self, *_: object) -> None:
        self.changed.emit()
