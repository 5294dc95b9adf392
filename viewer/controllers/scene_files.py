"""Opens files: recent scenes, missing intrinsics, dropped files, thumbnails."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dvox_core.data.deepvoxels_files import read_pose
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.remote.scene import remote_scene
from dvox_core.rendering.frame import Frame
from viewer.controllers.closing import LossCheck
from viewer.controllers.context import ControllerContext
from viewer.controllers.dropped_files import (
    SCENE_OF_RUN,
    DropIntent,
    holds_run,
    recognise_drop,
)
from viewer.dialogs.files import ask_for_scene
from viewer.dialogs.intrinsics import IntrinsicsDialog
from viewer.recent_files import RecentFiles
from viewer.settings import is_of_program
from viewer.text.scenes import scene_caption
from viewer.widgets.images import frame_image


class SceneFiles(QObject):
    """Between the session, which opens, and the recent files, which remember.

    Attributes:
        loss_check: asks before another scene takes the place of one with edits that are not saved.
    """

    recents_changed = Signal()
    source_dropped = Signal(object)  # Path of pictures to train on
    path_dropped = Signal(object)  # Path of a camera path
    picture_dropped = Signal(object)  # Path of a picture that this program saved
    run_named = Signal(object)  # Path: the folder of a training run, dropped or opened

    def __init__(
        self, context: ControllerContext, recent_files: RecentFiles, loss_check: LossCheck
    ) -> None:
        super().__init__(context.parent)
        self._parent, self._settings = context.parent, context.settings
        self._state, self._session = context.state, context.session
        self._notifications, self._recent_files = context.notifications, recent_files
        self._wants_thumbnail = False
        self.loss_check = loss_check
        self.intrinsics_dialog: IntrinsicsDialog | None = None
        context.session.opened.connect(self._remember)
        context.session.open_failed.connect(self._report_failure)
        context.session.intrinsics_missing.connect(self._ask_for_intrinsics)
        context.state.frame_changed.connect(self._keep_thumbnail)

    def open(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open a scene in place of the open one; its intrinsics.txt may be one chosen before.

        A training run's folder, or the scene in it, is left to others: see `run_named`. So a run
        whose scene is opened another day can be trained longer.
        """
        path = path.absolute()
        folder = path.parent if path.name == SCENE_OF_RUN else path
        if folder.is_dir() and holds_run(folder):
            self.run_named.emit(folder)
        else:
            self.open_scene(path, intrinsics or self._recent_files.intrinsics_for(path))

    def open_scene(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open a scene, a run's too, once what would be lost by it has been asked about."""
        self.loss_check.run(lambda: self._session.open(path, intrinsics))

    def open_named(self, path: Path, intrinsics: Path | None = None) -> None:
        """Open what the command line names: a scene, a saved picture, or pictures to train on."""
        named = DropIntent() if intrinsics else recognise_drop([path])
        if named.source is not None:
            self.source_dropped.emit(named.source)
        elif named.picture is not None:
            self.picture_dropped.emit(named.picture)
        else:
            self.open(path, intrinsics)

    def ask(self) -> None:
        """Let the user choose a scene's file."""
        self._ask_in(self._settings.last_folder)

    def close(self) -> None:
        """Close the scene."""
        self.loss_check.run(self._session.close_scene)

    def open_dropped(self, drop: DropIntent) -> None:
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
        elif drop.picture:
            self.picture_dropped.emit(drop.picture)
        elif drop.choices:
            self._ask_in(drop.choices)
        elif drop.intrinsics:
            self._use_intrinsics(drop.intrinsics)
        elif drop.pose:
            self._look_from_pose(drop.pose)

    def forget(self, path: Path) -> None:
        """Take a scene off the list of recent ones."""
        self._recent_files.remove_scene(path)
        self.recents_changed.emit()

    def forget_all(self) -> None:
        """Clear the list of recent scenes."""
        self._recent_files.clear_scenes()
        self.recents_changed.emit()

    @property
    def has_recents(self) -> bool:
        """Whether any scene is remembered."""
        return bool(self._recent_files.scenes)

    def _ask_in(self, folder: Path) -> None:
        self._session.expect_scene()
        ask_for_scene(self._parent, folder, self.open)

    def _remember(self, scene: Scene) -> None:
        self._wants_thumbnail = scene.path is not None
        if scene.path is None:
            return
        self._recent_files.add_scene(scene.path, scene.name, scene_caption(scene))
        if remote_scene(scene) is None and not is_of_program(scene.path):
            self._settings.last_folder = scene.path.absolute().parent
        self.recents_changed.emit()

    def _keep_thumbnail(self, frame: Frame | None) -> None:
        scene = self._state.scene
        if frame is None or not self._wants_thumbnail or scene is None or scene.path is None:
            return
        self._wants_thumbnail = False
        if self._recent_files.save_thumbnail(scene.path, frame_image(frame)):
            self.recents_changed.emit()

    def _report_failure(self, path: Path, line: str) -> None:
        # A remembered intrinsics.txt may be what is wrong: it is asked for the next time.
        self._recent_files.forget_intrinsics(path)
        self._notifications.show_error(line)

    def _ask_for_intrinsics(self, path: Path) -> None:
        self._close_dialog()
        dialog = IntrinsicsDialog(self._parent, path)
        dialog.chosen.connect(self._open_with)
        dialog.finished.connect(self._forget_dialog)
        self.intrinsics_dialog = dialog
        dialog.open()

    def _open_with(self, checkpoint: Path, intrinsics: Path) -> None:
        self._recent_files.remember_intrinsics(checkpoint, intrinsics)
        self.open(checkpoint, intrinsics)

    def _close_dialog(self) -> None:
        if self.intrinsics_dialog:
            self.intrinsics_dialog.reject()

    def _forget_dialog(self) -> None:
        self.intrinsics_dialog = None

    def _use_intrinsics(self, path: Path) -> None:
        scene = self._state.scene
        if self.intrinsics_dialog:
            self.intrinsics_dialog.set_path(path)
        elif scene and scene.path and scene.file_format == "upstream":
            self._recent_files.remember_intrinsics(scene.path, path)
            self.open(scene.path, path)
        else:
            self._notifications.show_error(
                f"{path.name}: an intrinsics.txt belongs to an authors' .pth; "
                "drop it together with its checkpoint"
            )

    def _look_from_pose(self, path: Path) -> None:
        if self._state.scene is None:
            self._notifications.show_error(f"{path.name}: a pose; open a scene first")
            return
        try:
            self._state.set_camera(read_pose(path))
        except UserError as error:
            self._notifications.show_error(str(error))
