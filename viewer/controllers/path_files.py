"""Opens and saves camera paths; files are read and written in the background."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from dvox_core.camera_paths.path import CameraPath
from viewer.controllers.context import ControllerContext
from viewer.dialogs.files import ask_for_folder, ask_for_path, ask_where_to_save
from viewer.state.path_editor import PathEditor
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

PATH_FILES = "Camera path (*.json)"
PROPOSAL = "camera_path.json"
BESIDE = "_dvox"  # behind the name of another program's file


class PathFiles(QObject):
    """Between the editor and files."""

    def __init__(
        self, context: ControllerContext, editor: PathEditor, show_timeline: Callable[[], object]
    ) -> None:
        super().__init__(context.parent)
        self._context, self._editor = context, editor
        self._parent, self._notifications = context.parent, context.notifications
        self._show_timeline = show_timeline
        self._foreign: Path | None = None  # another program's file that the path was read from
        self._operations = LatestOperation(self)
        editor.path_changed.connect(self._on_path)

    @property
    def _folder(self) -> Path:
        file, scene = self._editor.file, self._context.state.scene
        if file is not None:
            return file.parent
        return self._context.settings.save_folder(scene.path if scene is not None else None)

    @property
    def _proposal(self) -> Path:
        """Where to save a path that has no file: beside another program's that it came from."""
        if self._foreign is None:
            return self._folder / PROPOSAL
        name = self._foreign.name if self._foreign.is_dir() else self._foreign.stem
        return self._foreign.with_name(f"{name}{BESIDE}.json")

    def _on_path(self, path: CameraPath) -> None:
        if not path.keyframes:  # begun anew: it comes from nowhere
            self._foreign = None

    def ask_for_file(self) -> None:
        """Let the user choose a path's file."""
        ask_for_path(self._parent, self._folder, self.open)

    def ask_for_folder(self) -> None:
        """Let the user choose a folder of poses."""
        ask_for_folder(self._parent, "Import a pose folder", self._folder, self.open)

    def open(self, source: Path) -> None:
        """Open the path of a file, a folder of poses, or a video of this program."""
        if self._context.state.scene is None:
            self._notifications.show_error(f"{source.name}: a path; open a scene first")
            return

        def read(_: Progress) -> Any:
            from dvox_core.camera_paths.files import read_path
            from dvox_core.recording.description import is_recording, read_recorded_path

            return (read_recorded_path if is_recording(source) else read_path)(source)

        def load(found: Any) -> None:
            # Another program's file, and a video, is never written to.
            is_own = found.is_own and source.suffix.lower() == ".json"
            self._foreign = None if is_own else source.absolute()
            self._editor.load(found.path, source if is_own else None)
            self._show_timeline()
            for note in found.notes:
                self._notifications.show_info(f"{source.name}: {note}")

        self._run(read, f"Opening {source.name}", load)

    def save(self) -> None:
        """Save to the path's file; ask for one where there is none yet."""
        if self._editor.file is None:
            self.save_as()
        else:
            self._save(self._editor.file)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a file and save there; `then` is called when it is saved."""
        proposal = self._editor.file or self._proposal
        ask_where_to_save(
            self._parent, proposal, PATH_FILES, lambda target: self._save(target, then)
        )

    def save_and_then(self, then: Callable[[], object]) -> None:
        """Save, asking for a file where there is none yet, and go on."""
        if self._editor.file is None:
            self.save_as(then)
        else:
            self._save(self._editor.file, then)

    def ask_where_to_export(self) -> None:
        """Let the user choose a folder to write every frame's pose in."""
        ask_for_folder(self._parent, "Export a pose folder", self._folder, self.export)

    def export(self, folder: Path) -> None:
        """Write every frame's pose as a text file in `pose/` of a folder."""
        path = self._editor.path

        def write(_: Progress) -> int:
            from dvox_core.camera_paths.files import write_pose_folder

            return write_pose_folder(folder, path)

        def report(count: int) -> None:
            self._notifications.show_info(f"Wrote {count} poses to {folder / 'pose'}")

        self._run(write, "Exporting the poses", report)

    def stop(self) -> None:
        """Wait until a file that is being written is whole."""
        self._operations.stop()

    def _save(self, target: Path, then: Callable[[], object] | None = None) -> None:
        scene, path = self._context.state.scene, self._editor.path
        if scene is None:
            return
        intrinsics = scene.intrinsics

        def write(_: Progress) -> CameraPath:
            from dvox_core.camera_paths.files import write_path

            write_path(target, path, intrinsics)
            return path

        def mark_saved(saved: CameraPath) -> None:
            self._editor.mark_saved(saved, target)
            self._notifications.show_info(f"Saved {target}", topic="path")
            if then is not None:
                then()

        self._run(write, f"Saving {target.name}", mark_saved)

    def _run(
        self, function: Callable[[Progress], Any], name: str, on_done: Callable[[Any], None]
    ) -> None:
        self._operations.queue(
            lambda: run_in_background(
                function, name, on_done=on_done, on_failed=self._notifications.show_error
            )
        )
