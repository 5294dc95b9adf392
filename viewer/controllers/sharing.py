"""Makes of the open scene what can be given to others: a file, a picture, a turntable video."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.recording.settings import RecordingSettings
from dvox_core.safe_names import safe_file_name
from viewer.controllers.clipboard import picture_name, save_picture
from viewer.controllers.context import ControllerContext
from viewer.dialogs.files import ask_where_to_save
from viewer.dialogs.save_scene import SaveSceneDialog
from viewer.viewport.viewport import Viewport
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background
from viewer.workers.paths.recording_queue import RecordingQueue, RecordingRequest

TURNTABLE_SECONDS = 8.0
FILTERS = "Scenes (*.dvox);;All files (*)"


class SharingController(QObject):
    """Saves copies of the scene, and shares a picture or a turntable without any question."""

    def __init__(
        self, context: ControllerContext, viewport: Viewport, recordings: RecordingQueue
    ) -> None:
        super().__init__(context.parent)
        self._context, self._viewport, self._recordings = context, viewport, recordings
        self._saving, self._turning = LatestOperation(self), LatestOperation(self)
        self.dialog: SaveSceneDialog | None = None

    @property
    def is_possible(self) -> bool:
        """Whether a scene is open that can be saved."""
        return self._context.state.scene is not None

    def ask_how_to_save(self) -> SaveSceneDialog | None:
        """Ask what of the scene to save, then where."""
        scene = self._context.state.scene
        if scene is None:
            return None
        dialog = SaveSceneDialog(
            self._context.parent,
            is_half=bool(getattr(scene.weights, "are_half", False)),
            camera_count=len(scene.cameras),
        )
        dialog.chosen.connect(lambda half, cameras: self._ask_where(scene, half, cameras))
        dialog.open()
        self.dialog = dialog
        return dialog

    def save_scene(self, scene: Scene, path: Path, *, half: bool, cameras: bool) -> None:
        """Write a scene to a file, in the background."""
        notifications = self._context.notifications
        if scene.path is not None and path.absolute() == scene.path.absolute():
            notifications.show_error(f"{path.name}: is the open scene itself; choose another name")
            return
        kept = scene if cameras else replace(scene, cameras=())

        def work(progress: Progress) -> str:
            from dvox_core.checkpoints.scene_file import write_scene

            progress(0.0, "saving the scene")
            write_scene(path, kept, half=half, rendering_only=True)
            return f"Saved {path.name} ({path.stat().st_size / 2**20:.1f} MiB)"

        self._context.settings.keep_save_folder(scene.path, path.parent)
        self._saving.queue(
            lambda: run_in_background(
                work,
                "Saving the scene",
                self,
                on_done=lambda line: self._show_saved(line, path),
                on_failed=notifications.show_error,
            )
        )

    def share_picture(self) -> Path | None:
        """Save the picture in the user's folder of pictures, and put it on the clipboard."""
        state, notifications = self._context.state, self._context.notifications
        picture = self._viewport.grab_picture()
        if state.scene is None or state.frame is None or picture.isNull():
            notifications.show_info("There is no picture to share in this mode")
            return None
        name = picture_name(state.scene, state.display_mode)
        path = _free(_folder(QStandardPaths.StandardLocation.PicturesLocation), name, set())
        try:
            save_picture(
                path,
                picture,
                state.scene,
                state.frame.camera,
                state.display_mode,
                pivot=state.pivot,
                interventions=state.frame.interventions,
            )
        except UserError as error:
            notifications.show_error(str(error))
            return None
        QGuiApplication.clipboard().setImage(picture)
        self._show_saved(f"Saved {path.name}; it is on the clipboard too", path)
        return path

    def share_turntable(self) -> Path | None:
        """Record one turn around the scene into the user's folder of videos."""
        scene = self._context.state.scene
        if scene is None:
            return None
        taken = {job.request.target for job in self._recordings.jobs}
        folder = _folder(QStandardPaths.StandardLocation.MoviesLocation)
        target = _free(folder, f"{safe_file_name(scene.name)}-turntable.mp4", taken)
        camera = self._context.state.camera or scene.start_camera

        def work(progress: Progress) -> RecordingRequest:
            from dvox_core.camera_paths.generators import orbit

            path = orbit(camera, scene.pivot, scene.up_axis, seconds=TURNTABLE_SECONDS)
            return RecordingRequest(scene, path, RecordingSettings(), target)

        self._turning.queue(
            lambda: run_in_background(
                work,
                "Making the turntable",
                self,
                on_done=self._recordings.add,
                on_failed=self._context.notifications.show_error,
            )
        )
        self._context.notifications.show_info(f"Recording {target.name}…")
        return target

    def stop(self) -> None:
        """End what is being made."""
        self._saving.stop()
        self._turning.stop()

    def _ask_where(self, scene: Scene, half: bool, cameras: bool) -> None:
        folder = self._context.settings.save_folder(scene.path)
        proposal = folder / f"{safe_file_name(scene.name)}-copy.dvox"
        ask_where_to_save(
            self._context.parent,
            proposal,
            FILTERS,
            lambda path: self.save_scene(scene, path, half=half, cameras=cameras),
        )

    def _show_saved(self, line: str, path: Path) -> None:
        folder = QUrl.fromLocalFile(str(path.parent))
        self._context.notifications.show_info(
            line, "Show the folder", lambda: QDesktopServices.openUrl(folder)
        )


def _folder(location: QStandardPaths.StandardLocation) -> Path:
    return Path(QStandardPaths.writableLocation(location) or Path.home())


def _free(folder: Path, name: str, taken: set[Path]) -> Path:
    """A file of that name that is neither there nor about to be."""
    path, number = folder / name, 1
    while path.exists() or path in taken:
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path
