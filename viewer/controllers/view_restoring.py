"""Opens a scene at a view: the one of a saved picture, or the one that the program was left at."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QImageReader

from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.picture_text import VIEW_KEY, PictureView, view_of_texts
from dvox_core.model.scene import Scene
from viewer.controllers.context import ControllerContext
from viewer.controllers.dropped_files import SCENE_OF_RUN
from viewer.controllers.pose_text import pose_from_text, pose_to_json
from viewer.controllers.scene_files import SceneFiles
from viewer.state.scene_edits import SceneEdits
from viewer.state.selection import Pixel, Selection
from viewer.state.viewer_state import DisplayMode

MODES = {mode.value: mode for mode in DisplayMode}


@dataclass(frozen=True, eq=False)
class LeftView:
    """Where the program was left.

    Attributes:
        scene: the file that was open.
        camera, pivot: how it was seen; the pivot is [3].
        mode: in which mode.
        pins: the pinned pixels, oldest first.
    """

    scene: Path
    camera: Camera
    pivot: NDArray[np.float64] | None
    mode: DisplayMode
    pins: tuple[Pixel, ...]

    def to_text(self) -> str:
        """As the settings keep it."""
        content = {
            "scene": str(self.scene),
            "pose": pose_to_json(self.camera, self.pivot),
            "mode": self.mode.value,
            "pins": [list(pin) for pin in self.pins],
        }
        return json.dumps(content)


def left_view_of(text: str) -> LeftView | None:
    """What `to_text` wrote; None where there is nothing, or it cannot be read."""
    try:
        content = json.loads(text)
        camera, pivot = pose_from_text(content["pose"])
        pins = tuple(Pixel(float(u), float(v)) for u, v in content["pins"])
        return LeftView(Path(content["scene"]), camera, pivot, MODES[content["mode"]], pins)
    except (ValueError, KeyError, TypeError, UserError):
        return None


class ViewRestoring(QObject):
    """Opens scenes and applies the view that is wanted once they are open."""

    def __init__(
        self,
        context: ControllerContext,
        files: SceneFiles,
        edits: SceneEdits,
        selection: Selection,
    ) -> None:
        super().__init__(context.parent)
        self._context, self._files = context, files
        self._edits, self._selection = edits, selection
        self._state, self._notifications = context.state, context.notifications
        self._wanted: LeftView | PictureView | None = None
        session = context.session
        session.opened.connect(self._on_opened)
        session.opening_started.connect(self._on_opening_started)
        session.open_failed.connect(lambda *_: self._forget())
        session.opening_cancelled.connect(lambda *_: self._forget())

    def open_picture(self, path: Path) -> None:
        """Show what a saved picture shows: its scene, opened if need be, view, mode and edits."""
        reader = QImageReader(str(path))
        try:
            view = view_of_texts({VIEW_KEY: reader.text(VIEW_KEY)}, path)
        except UserError as error:
            self._notifications.show_error(str(error))
            return
        scene = self._state.scene
        if scene is not None and _is_scene_of(view, scene):
            self._show_picture(view, scene)
        elif view.scene is not None and view.scene.exists():
            self._wanted = view
            self._files.open_scene(view.scene)
        else:
            place = f", {view.scene}, is not there" if view.scene else " has no file"
            self._notifications.show_error(
                f"{path.name}: its scene “{view.scene_name}”{place}; open the scene, then drop the "
                "picture again"
            )

    def open_left(self) -> None:
        """Open the scene that was open at the last end, at its view; silent where it is gone."""
        view = left_view_of(self._context.settings.left_at)
        if view is not None and self._context.settings.reopens and view.scene.exists():
            self._wanted = view
            self._files.open(view.scene)

    def keep_left(self) -> None:
        """Remember where the program is left."""
        state = self._state
        scene, camera = state.scene, state.camera
        reopens = self._context.settings.reopens
        if not reopens or scene is None or camera is None or scene.path is None:
            self._context.settings.left_at = ""
            return
        pins = tuple(pin.pixel for pin in self._selection.pins)
        view = LeftView(scene.path.absolute(), camera, state.pivot, state.display_mode, pins)
        self._context.settings.left_at = view.to_text()

    def _on_opened(self, scene: Scene) -> None:
        view, self._wanted = self._wanted, None
        if isinstance(view, PictureView) and _is_scene_of(view, scene):
            self._show_picture(view, scene)
        elif isinstance(view, LeftView) and _is_same_file(view.scene, scene):
            self._look(view.camera, view.pivot, view.mode, scene)
            for pixel in view.pins:
                self._selection.pin(pixel)

    def _show_picture(self, view: PictureView, scene: Scene) -> None:
        self._look(view.camera, view.pivot, MODES.get(view.mode, DisplayMode.RGB), scene)
        try:
            interventions = view.interventions(scene)
        except UserError as error:
            self._notifications.show_error(str(error))
            return
        if interventions != self._edits.interventions:
            self._edits.set_all(interventions, "Edits of the picture")
            self._edits.mark_saved(interventions)  # the picture has them

    def _look(
        self, camera: Camera, pivot: NDArray[np.float64] | None, mode: DisplayMode, scene: Scene
    ) -> None:
        if mode is DisplayMode.RGB or scene.config.knows_depth:
            self._state.set_display_mode(mode)
        if pivot is not None:
            self._state.set_pivot(pivot)
        self._state.set_camera(camera)

    def _on_opening_started(self, path: Path) -> None:
        """What is opened by another wish is shown as it opens."""
        wanted = self._wanted.scene if self._wanted is not None else None
        if wanted is not None and path.absolute() not in (wanted, wanted / SCENE_OF_RUN):
            self._forget()

    def _forget(self) -> None:
        self._wanted = None


def _is_scene_of(view: PictureView, scene: Scene) -> bool:
    """Whether a picture was made of a scene: by its file, else by its name."""
    if view.scene is not None and _is_same_file(view.scene, scene):
        return True
    moved = view.scene is None or not view.scene.exists()
    return moved and view.scene_name == scene.name


def _is_same_file(path: Path, scene: Scene) -> bool:
    """A run's folder counts as the scene in it."""
    if scene.path is None:
        return False
    own = scene.path.absolute()
    return own == path.absolute() or own.parent == path.absolute()
