"""Saves views with names and thumbnails beside the scene, and goes to them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QImage

from dvox_core.camera_paths.saved_views import (
    SUFFIX,
    SavedView,
    read_views,
    views_file_beside,
    write_views,
)
from dvox_core.model.scene import Scene
from viewer.controllers.context import ControllerContext
from viewer.panels.scene.saved_views import SavedViewsSection
from viewer.settings import is_of_program
from viewer.state.path_editor import PathEditor
from viewer.state.viewer_state import DisplayMode
from viewer.viewport.navigation.camera_motion import OrbitPose
from viewer.viewport.viewport import Viewport
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background

THUMBNAIL_SIDE = 128


class SavedViews(QObject):
    """The saved views of the open scene. Lives on the window's thread.

    Attributes:
        views: in the order in which they were saved.
    """

    changed = Signal(object)  # tuple[SavedView, ...]

    def __init__(
        self,
        context: ControllerContext,
        viewport: Viewport,
        editor: PathEditor,
        show_panel: Callable[[str], object],
    ) -> None:
        super().__init__(context.parent)
        self._context, self._viewport, self._editor = context, viewport, editor
        self._state, self._notifications = context.state, context.notifications
        self._show_panel = show_panel
        self.views: tuple[SavedView, ...] = ()
        self._is_readable = True  # what could not be read is not written over
        self._reading, self._writing = LatestOperation(self), LatestOperation(self)
        context.state.scene_changed.connect(self._on_scene_changed)

    def serve(self, section: SavedViewsSection) -> None:
        """Show the views in a panel's section, and do what is wanted there."""
        self.changed.connect(section.show_views)
        for signal, run in (
            (section.save_requested, self.save),
            (section.go_requested, self.go_to),
            (section.rename_requested, self.rename),
            (section.retake_requested, self.retake),
            (section.removal_requested, self.remove),
            (section.keyframes_requested, self.add_keyframes),
        ):
            signal.connect(run)

    @property
    def has_views(self) -> bool:
        """Whether any view of the scene is saved."""
        return bool(self.views)

    def save(self) -> None:
        """Save the present view under a name that no other has, and show it."""
        state = self._state
        if state.scene is None or state.camera is None or state.pivot is None:
            return
        names = {view.name for view in self.views}
        number = next(n for n in range(1, len(names) + 2) if f"View {n}" not in names)
        view = SavedView(
            f"View {number}", state.camera, state.pivot, state.display_mode.value, self._thumbnail()
        )
        self._set((*self.views, view))
        self._show_panel("scene")
        self._notifications.show_info(f"Saved {view.name}; F2 in the Scene panel renames it")

    def go_to(self, index: int) -> None:
        """Fly to a saved view, and show it in its mode."""
        scene, view = self._state.scene, self.views[index]
        if scene is None:
            return
        known = {mode.value: mode for mode in DisplayMode}
        mode = known.get(view.mode, DisplayMode.RGB)
        if mode is DisplayMode.RGB or scene.config.knows_depth:
            self._state.set_display_mode(mode)
        self._viewport.navigator.fly_to(OrbitPose(view.camera, view.pivot))

    def rename(self, index: int, name: str) -> None:
        """Call a view something else; an empty name changes nothing."""
        name = " ".join(name.split())
        if name and name != self.views[index].name:
            self._replace(index, replace(self.views[index], name=name))

    def retake(self, index: int) -> None:
        """Give a saved view the present camera."""
        state = self._state
        if state.camera is not None and state.pivot is not None:
            view = self.views[index]
            self._replace(
                index,
                SavedView(
                    view.name,
                    state.camera,
                    state.pivot,
                    state.display_mode.value,
                    self._thumbnail(),
                ),
            )

    def remove(self, index: int) -> None:
        """Delete a view; the message brings it back."""
        before, scene = self.views, self._state.scene
        self._set((*before[:index], *before[index + 1 :]))

        def bring_back() -> None:
            if self._state.scene is scene:
                self._set(before)

        self._notifications.show_info(
            f"Deleted {before[index].name}", "Bring it back", bring_back, topic="saved views"
        )

    def add_keyframes(self, indices: Sequence[int]) -> None:
        """Add saved views to the camera path, one after the other, and show the timeline."""
        for index in indices:
            self._editor.add_key(self.views[index].camera)
        if indices:
            self._show_panel("timeline")

    def add_all_keyframes(self) -> None:
        """Make all saved views keys of the camera path."""
        self.add_keyframes(range(len(self.views)))

    def stop(self) -> None:
        """Wait until a file is whole."""
        self._reading.stop()
        self._writing.stop()

    def _replace(self, index: int, view: SavedView) -> None:
        self._set((*self.views[:index], view, *self.views[index + 1 :]))

    def _set(self, views: tuple[SavedView, ...]) -> None:
        self.views = views
        self.changed.emit(views)
        file = self._file(self._state.scene)
        if file is None:
            return
        if not self._is_readable:
            self._notifications.show_error(
                f"{file.name}: could not be read, and is not written over; move it away first"
            )
            return
        self._writing.queue(
            lambda: run_in_background(
                lambda _: write_views(file, views),
                f"Saving {file.name}",
                on_failed=self._notifications.show_error,
            )
        )

    def _on_scene_changed(self, scene: Scene | None) -> None:
        self._reading.abandon()
        self.views, self._is_readable = (), True
        self.changed.emit(())
        file = self._file(scene)
        if file is None:
            return

        def keep(found: tuple[SavedView, ...]) -> None:
            self.views = (*found, *self.views)  # some may have been saved meanwhile
            self.changed.emit(self.views)

        def fail(line: str) -> None:
            self._is_readable = False
            self._notifications.show_error(line)

        self._reading.replace(
            lambda: run_in_background(
                lambda _: read_views(file), "Reading the saved views", on_done=keep, on_failed=fail
            )
        )

    @staticmethod
    def _file(scene: Scene | None) -> Path | None:
        """Beside the scene; in the user's own folder for one that comes with the program."""
        if scene is None or scene.path is None:
            return None
        if not is_of_program(scene.path):
            return views_file_beside(scene.path)
        location = QStandardPaths.StandardLocation.AppDataLocation
        return Path(QStandardPaths.writableLocation(location)) / f"{scene.path.stem}{SUFFIX}"

    def _thumbnail(self) -> bytes:
        picture: Any = self._viewport.grab_picture()
        if picture.isNull():
            return b""
        small: QImage = picture.scaled(
            THUMBNAIL_SIDE,
            THUMBNAIL_SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        small.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide knows devices too
        return bytes(buffer.data().data())
