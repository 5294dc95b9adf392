"""Opens files for the window: recent scenes, missing intrinsics, dropped files, thumbnails."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dvox_core.data.deepvoxels_files import read_pose
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from viewer.controllers.dropped_files import DropIntent, holds_run
from viewer.dialogs.files import ask_for_scene
from viewer.dialogs.intrinsics import IntrinsicsDialog
from viewer.settings import Settings
from viewer.text.scenes import scene_caption
from viewer.widgets.images import frame_image
from viewer.widgets.notifications import Notifications

if TYPE_CHECKING:
    from viewer.state.viewer_state import ViewerState
    from viewer.workers.rendering.scene_session import SceneSession


class SceneFiles(QObject):
    """Between the session, which opens, and the settings, which remember."""

    recents_changed = Signal()
    source_dropped = Signal(object)  # Path of pictures to train on
    path_dropped = Signal(object)  # Path of a camera path
    run_named = Signal(object)  # Path: the folder of a training run, dropped or opened

    def __init__(
        self,
        window: QWidget,
        state: "ViewerState",
        session: "SceneSession",
        settings: Settings,
        notifications: Notifications,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._state = state
        self._session = session
        self._settings = settings
        self._notifications = notifications
        self._wants_thumbnail = False
        self.intrinsics_dialog: IntrinsicsDialog | None = None
        session.opened.connect(self._remember)
        session.open_failed.connect(self._report_failure)
        session.intrinsics_missing.connect(self._ask_for_intrinsics)
        state.frame_changed.connect(self._keep_thumbnail)

    def open(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open a file; the intrinsics.txt may be one that was chosen before.

        A training run's folder is for others to open: see `run_named`.
        """
        path = path.absolute()
        if path.is_dir() and holds_run(path):
            self.run_named.emit(path)
            return
        self._session.open(path, intrinsics or self._settings.intrinsics_for(path))

    def ask(self, folder: Path | None = None) -> None:
        """Let the user choose a file."""
        ask_for_scene(self._window, folder or self._settings.last_folder, self.open)

    def take(self, drop: DropIntent) -> None:
        """Do what a drop asks for."""
        if drop.problem:
            self._notifications.show_error(drop.problem)
        elif drop.run:
            self.run_named.emit(drop.run)
        elif drop.scene:
            self.open(drop.scene, drop.intrinsics)
        elif drop.source:
            self.source_dropped.emit(drop.source)
        elif drop.path:
            self.path_dropped.emit(drop.path)
        elif drop.choices:
            self.ask(drop.choices)
        elif drop.intrinsics:
            self._take_intrinsics(drop.intrinsics)
        elif drop.pose:
            self._take_pose(drop.pose)

    def forget(self, path: Path) -> None:
        """Take a scene off the list of recent ones."""
        self._settings.remove_recent(path)
        self.recents_changed.emit()

    def forget_all(self) -> None:
        """Clear the list of recent scenes."""
        self._settings.clear_recents()
        self.recents_changed.emit()

    def _remember(self, scene: Scene) -> None:
        self._wants_thumbnail = scene.path is not None
        if scene.path is None:
            return
        self._settings.add_recent(scene.path, scene.name, scene_caption(scene))
        self._settings.last_folder = scene.path.absolute().parent
        self.recents_changed.emit()

    def _keep_thumbnail(self, frame: Frame | None) -> None:
        scene = self._state.scene
        if frame is None or not self._wants_thumbnail or scene is None or scene.path is None:
            return
        self._wants_thumbnail = False
        if self._settings.save_thumbnail(scene.path, frame_image(frame)):
            self.recents_changed.emit()

    def _report_failure(self, path: Path, line: str) -> None:
        # A remembered intrinsics.txt may be what is wrong: it is asked for the next time.
        self._settings.forget_intrinsics(path)
        self._notifications.show_error(line)

    def _ask_for_intrinsics(self, path: Path) -> None:
        self._close_dialog()
        dialog = IntrinsicsDialog(self._window, path)
        dialog.chosen.connect(self._open_with)
        dialog.finished.connect(self._forget_dialog)
        self.intrinsics_dialog = dialog
        dialog.open()

    def _open_with(self, checkpoint: Path, intrinsics: Path) -> None:
        self._settings.remember_intrinsics(checkpoint, intrinsics)
        self.open(checkpoint, intrinsics)

    def _close_dialog(self) -> None:
        if self.intrinsics_dialog:
            self.intrinsics_dialog.reject()

    def _forget_dialog(self) -> None:
        self.intrinsics_dialog = None

    def _take_intrinsics(self, path: Path) -> None:
        scene = self._state.scene
        if self.intrinsics_dialog:
            self.intrinsics_dialog.set_path(path)
        elif scene and scene.path and scene.file_format == "upstream":
            self._settings.remember_intrinsics(scene.path, path)
            self.open(scene.path, path)
        else:
            self._notifications.show_error(
                f"{path.name}: an intrinsics.txt belongs to an authors' .pth; "
                "drop it together with its checkpoint"
            )

    def _take_pose(self, path: Path) -> None:
        if self._state.scene is None:
            self._notifications.show_error(f"{path.name}: a pose; open a scene first")
            return
        try:
            self._state.set_camera(read_pose(path))
        except UserError as error:
            self._notifications.show_error(str(error))
