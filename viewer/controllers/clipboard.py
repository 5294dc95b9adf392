"""Saves the picture, and puts pictures and poses on the clipboard."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from dvox_core.atomic_files import atomic_file
from dvox_core.errors import UserError
from dvox_core.geometry.cameras import Camera
from dvox_core.inspection.picture_text import describe_picture
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import NO_INTERVENTIONS, Interventions
from viewer.controllers.context import ControllerContext
from viewer.controllers.pose_text import pose_from_text, pose_to_json
from viewer.dialogs.files import ask_where_to_save, ask_where_to_save_picture
from viewer.state.viewer_state import DisplayMode
from viewer.viewport.viewport import Viewport


class PictureCommands(QObject):
    """Copies and saves pictures, copies and pastes poses."""

    def __init__(self, context: ControllerContext, viewport: Viewport) -> None:
        super().__init__(context.parent)
        self._parent, self._state = context.parent, context.state
        self._settings, self._notifications = context.settings, context.notifications
        self._viewport = viewport

    def copy_pose(self) -> None:
        """Put the camera's pose on the clipboard as JSON."""
        if self._state.camera is not None:
            text = pose_to_json(self._state.camera, self._state.pivot)
            QGuiApplication.clipboard().setText(text)
            self._notifications.show_info("The pose is on the clipboard")

    def paste_pose(self) -> None:
        """Look from the pose on the clipboard."""
        if self._state.scene is None:
            return
        try:
            camera, pivot = pose_from_text(QGuiApplication.clipboard().text())
        except UserError as error:
            self._notifications.show_error(str(error))
            return
        if pivot is not None:
            self._state.set_pivot(pivot)
        self._state.set_camera(camera)

    def copy_picture(self) -> None:
        """Put what the network painted on the clipboard."""
        picture = self._viewport.grab_picture()
        if picture.isNull():
            self._notifications.show_info("There is no picture to copy in this mode")
            return
        QGuiApplication.clipboard().setImage(picture)
        self._notifications.show_info("The picture is on the clipboard")

    def ask_where_to_save_picture(self) -> None:
        """Save what the network painted, as it was seen before the question."""
        scene, frame, mode = self._state.scene, self._state.frame, self._state.display_mode
        picture, pivot = self._viewport.grab_picture(), self._state.pivot
        if scene is None or frame is None or picture.isNull():
            self._notifications.show_info("There is no picture to save in this mode")
            return

        def save(path: Path) -> None:
            try:
                save_picture(
                    path,
                    picture,
                    scene,
                    frame.camera,
                    mode,
                    pivot=pivot,
                    interventions=frame.interventions,
                )
            except UserError as error:
                self._notifications.show_error(str(error))
                return
            self._settings.keep_save_folder(scene.path, path.parent)
            self._notifications.show_info(f"Saved {path}")

        proposal = self._settings.save_folder(scene.path) / picture_name(scene, mode)
        ask_where_to_save_picture(self._parent, proposal, save)

    def ask_where_to_save(
        self, name: str, filters: str, save: Callable[[Path], object]
    ) -> QFileDialog:
        """Ask for a file where things of the scene are saved, and hand it to `save`."""
        scene = self._state.scene
        scene_path = scene.path if scene is not None else None

        def keep_folder_and_save(path: Path) -> None:
            self._settings.keep_save_folder(scene_path, path.parent)
            save(path)

        proposal = self._settings.save_folder(scene_path) / name
        return ask_where_to_save(self._parent, proposal, filters, keep_folder_and_save)


def picture_name(scene: Scene, mode: DisplayMode) -> str:
    """The proposed name of a picture's file."""
    return f"{scene.name}-{mode.value}.png"


def save_picture(
    path: Path,
    picture: QImage,
    scene: Scene,
    camera: Camera,
    mode: DisplayMode,
    *,
    pivot: NDArray[np.float64] | None = None,
    interventions: Interventions = NO_INTERVENTIONS,
) -> None:
    """Save a picture as PNG, whole or not at all; its text says what it shows.

    Raises:
        UserError: the file cannot be written.
    """
    labelled = QImage(picture)
    texts = describe_picture(
        scene,
        camera,
        mode.value,
        mode.title,
        pivot=pivot,
        interventions=interventions,
        target=path.absolute(),
    )
    for key, text in texts.items():
        labelled.setText(key, text)
    with atomic_file(path) as temporary:
        if not labelled.save(str(temporary), "PNG"):  # type: ignore[call-overload]  # a str it is
            raise UserError(f"{path}: could not be written; choose another place")
