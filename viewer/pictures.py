"""Saves the picture, and puts pictures and poses on the clipboard."""

import json
from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage

from dvox_core.errors import UserError
from dvox_core.files import whole_file
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from viewer.poses import pose_to_json
from viewer.state.viewer_state import DisplayMode


def picture_name(scene: Scene, mode: DisplayMode) -> str:
    """The proposed name of a picture's file."""
    return f"{scene.name}-{mode.value}.png"


def save_picture(
    path: Path, picture: QImage, scene: Scene, camera: Camera, mode: DisplayMode
) -> None:
    """Save a picture as PNG, whole or not at all; its text says what it shows.

    Raises:
        UserError: the file cannot be written.
    """
    labelled = QImage(picture)
    for key, text in picture_texts(scene, camera, mode).items():
        labelled.setText(key, text)
    with whole_file(path) as temporary:
        if not labelled.save(str(temporary), "PNG"):
            raise UserError(f"{path}: could not be written; choose another place")


def picture_texts(scene: Scene, camera: Camera, mode: DisplayMode) -> dict[str, str]:
    """What a saved picture carries: which scene, which mode, and from where."""
    pose: Any = json.loads(pose_to_json(camera))
    return {
        "Software": "DeepVoxels viewer",
        "Title": f"{scene.name}, {mode.title}",
        "dvox-scene": str(scene.path or scene.name),
        "dvox-mode": mode.value,
        "dvox-pose": json.dumps(pose),
    }
