"""Reads the camera paths of instant-ngp (base_cam.json and its like)."""

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from dvox_core.camera_paths.json_values import Entry
from dvox_core.camera_paths.path import DEFAULT_STEP, SHORTEST_STEP, CameraPath, Keyframe
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera

SCALE = 0.33
"""Of the world in instant-ngp's unit cube, unless a transforms.json says otherwise."""

OFFSET = 0.5

LARGEST_STAMP = 1e7

FROM_NGP_AXES = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""instant-ngp holds the world's y, z, x as x, y, z."""


def is_instant_ngp(content: Any) -> bool:
    """Whether JSON content looks like a camera path of instant-ngp."""
    if not isinstance(content, dict):
        return False
    path = content.get("path")
    return isinstance(path, list) and (not path or (isinstance(path[0], dict) and "R" in path[0]))


def from_instant_ngp(content: dict[str, Any], place: str) -> tuple[CameraPath, list[str]]:
    """A path from instant-ngp's JSON, in the world of its transforms.json, and notes.

    Its cameras have OpenCV's axes; its curve passes by its keys where ours passes through them.

    Raises:
        CameraPathError: a line that says what is wrong, where, and what to do.
    """
    top = Entry(content, place)
    entries = top.entries("path", "keyframe")
    if not entries:
        raise CameraPathError(f"{place}: has no keyframes; add a key and save it again")
    loop = top.flag("loop")
    times, closing = _times(top, entries, loop)
    keys = []
    for entry, seconds in zip(entries, times, strict=True):
        fov = entry.number("fov", 0.0)
        try:
            keys.append(Keyframe(_camera(entry), seconds, vertical_fov=fov if fov > 0 else None))
        except CameraPathError as error:
            if str(error).startswith(place):
                raise
            raise CameraPathError(f"{entry.place}: {error}") from error
    try:
        path = CameraPath(tuple(keys), loop=loop, closing_seconds=closing)
    except CameraPathError as error:
        raise CameraPathError(f"{place}: {error}") from error
    note = f"brought from instant-ngp's cube into the world by its default scale {SCALE:g}"
    return path, [note]


def _times(top: Entry, entries: list[Entry], loop: bool) -> tuple[list[float], float]:
    """Each key's time, and that from the last to the first, in seconds.

    A key's time stamp says when its successor is reached.
    """
    stamps = [entry.number("timestamp", 0.0) for entry in entries]
    seconds = top.number("duration_seconds", 0.0)
    count = len(entries)
    if max(stamps, default=0.0) > LARGEST_STAMP or seconds > LARGEST_STAMP:
        raise CameraPathError(
            f"{top.place}: a time stamp or duration_seconds is beyond {LARGEST_STAMP:g}; write "
            "seconds"
        )
    if min(np.diff([0.0, *stamps])) <= 0 or seconds <= 0:
        return [index * DEFAULT_STEP for index in range(count)], DEFAULT_STEP
    whole = stamps[-1] if loop or count == 1 else stamps[-2]
    times = [0.0, *(stamp / whole * seconds for stamp in stamps[:-1])]
    return times, max(stamps[-1] / whole * seconds - times[-1], SHORTEST_STEP)


def _camera(entry: Entry) -> Camera:
    quaternion = entry.numbers("R", 4)  # x, y, z, w
    place = entry.numbers("T", 3)
    if np.abs(quaternion).max() < 1e-6:
        raise CameraPathError(f"{entry.place}: R is 0; write a quaternion x, y, z, w")
    pose = np.eye(4)
    try:
        unit = quaternion / np.abs(quaternion).max()  # else huge ones overflow
        pose[:3, :3] = FROM_NGP_AXES @ Rotation.from_quat(unit).as_matrix()
        with np.errstate(over="ignore"):
            pose[:3, 3] = FROM_NGP_AXES @ (place - OFFSET) / SCALE
        return Camera(pose)
    except ValueError as error:
        raise CameraPathError(
            f"{entry.place}: {error}; write R and T of a camera in the unit cube"
        ) from error
