"""Brings paths out of the world that nerfstudio trains in, which it turns, moves and scales."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dvox_core.camera_paths.json_values import Entry, load_json
from dvox_core.camera_paths.path import CameraPath
from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera

FILE = "dataparser_transforms.json"
PARENTS_SEARCHED = 3

OWN_WORLD = (
    "nerfstudio's poses stand in a world of its own, turned and scaled: put the run's "
    f"{FILE} beside the path to have them brought into the capture's"
)


def into_capture_world(path: CameraPath, source: Path) -> tuple[CameraPath, str]:
    """The path in the world of the capture's poses, by the file that nerfstudio's run left.

    Args:
        path: of nerfstudio's own, with poses in its world.
        source: its file; the other is looked for beside it and in folders above.

    Returns:
        The path and a note: which file was used, or that there is none and nothing was changed.

    Raises:
        CameraPathError: the file is there and cannot be used.
    """
    folder = source.resolve().parent
    places = [folder / FILE, *(parent / FILE for parent in folder.parents[:PARENTS_SEARCHED])]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        return path, OWN_WORLD
    content = load_json(file)
    if not isinstance(content, dict):
        raise CameraPathError(f"{file}: is no object; take the file that nerfstudio wrote")
    entry = Entry(content, str(file))
    scale = entry.number("scale", 1.0)
    if not 1e-9 < scale < 1e9:
        raise CameraPathError(f"{file}: scale is {scale:g}; take the file that nerfstudio wrote")
    whole = np.eye(4)
    whole[:3] = entry.numbers("transform", 12).reshape(3, 4)
    try:
        back = Camera(whole).world_to_camera  # rigid, so the inverse of any such transform
        keys = tuple(
            replace(key, camera=camera_from_matrix(back @ _unscaled(key.camera, scale)))
            for key in path.keyframes
        )
    except ValueError as error:
        raise CameraPathError(f"{file}: {error}; take the file that nerfstudio wrote") from error
    return replace(path, keyframes=keys), f"brought into the capture's world by {file}"


def _unscaled(camera: Camera, scale: float) -> np.ndarray:
    pose = camera.camera_to_world.copy()
    pose[:3, 3] /= scale
    return np.asarray(pose)
