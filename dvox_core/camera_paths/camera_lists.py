"""Reads lists of cameras that other programs write, each camera a frame of a path."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.camera_paths.json_values import Entry
from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import OPENGL_TO_OPENCV, Camera, without_scale

Array = NDArray[np.float64]


def is_camera_list(content: Any) -> bool:
    """Whether JSON content is a list of cameras of a kind that is known."""
    return bool(_items(content)) and _kind(_items(content)[0]) is not None


def cameras_of_list(content: Any, place: str) -> tuple[list[tuple[Camera, float | None]], str]:
    """The cameras, each with its vertical field of view in degrees where that is said, and a note.

    Raises:
        CameraPathError: a line that says which camera is wrong, and how.
    """
    items = _items(content)
    kind = _kind(items[0])
    assert kind is not None
    name, read = kind
    top = content if isinstance(content, Mapping) else {}
    found = []
    for number, item in enumerate(items, 1):
        own = item if isinstance(item, Mapping) else {"matrix": item}
        entry = Entry({**top, **own}, f"{place}, camera {number}")
        try:
            matrix = read(entry)
            camera = camera_from_matrix(without_scale(matrix))
        except ValueError as error:
            raise CameraPathError(f"{entry.place}: {error}; write a camera-to-world pose") from None
        found.append((camera, _fov(entry)))
    return found, f"{len(found)} cameras {name}: each became a key"


def _items(content: Any) -> list[Any]:
    items = content.get("frames") if isinstance(content, Mapping) else content
    return items if isinstance(items, list) else []


def _kind(item: Any) -> tuple[str, Callable[[Entry], Array]] | None:
    if isinstance(item, list):
        return "as bare matrices, taken as camera-to-world with OpenCV's axes", (
            lambda entry: _matrix(entry, "matrix")
        )
    if not isinstance(item, Mapping):
        return None
    if "position" in item and "rotation" in item and _length(item["rotation"]) == 9:
        return "of Gaussian splatting's cameras.json", _position_and_rotation
    for key, name in (
        ("transform_matrix", "of a transforms.json"),
        ("transform", "of nerfstudio's “ns-export cameras”"),
        ("camera_to_world", "with OpenGL's axes, as nerfstudio writes them"),
    ):
        if key in item:
            return name, lambda entry, key=key: _matrix(entry, key) @ OPENGL_TO_OPENCV
    return None


def _length(value: Any) -> int:
    try:
        return int(np.array(value, dtype=np.float64).size)
    except (TypeError, ValueError, OverflowError):
        return 0


def _matrix(entry: Entry, key: str) -> Array:
    """[4, 4] of 16 numbers, or of 12 without the last row."""
    count = 12 if _length(entry.content.get(key)) == 12 else 16
    rows = entry.numbers(key, count).reshape(-1, 4)
    return rows if count == 16 else np.vstack([rows, [0.0, 0.0, 0.0, 1.0]])


def _position_and_rotation(entry: Entry) -> Array:
    pose = np.eye(4)
    pose[:3, :3] = entry.numbers("rotation", 9).reshape(3, 3)
    pose[:3, 3] = entry.numbers("position", 3)
    return pose


def _fov(entry: Entry) -> float | None:
    """The vertical field of view in degrees, where focal length and height or an angle are said."""
    for focal_key, height_key in (("fl_y", "h"), ("fl_x", "h"), ("fy", "height")):
        if entry.has(focal_key) and entry.has(height_key):
            focal, height = entry.number(focal_key), entry.number(height_key)
            if focal > 0 and height > 0:
                return math.degrees(2 * math.atan(height / 2 / focal))
    if entry.has("camera_angle_y"):
        angle = math.degrees(entry.number("camera_angle_y"))
        return angle if 0 < angle < 180 else None
    return None
