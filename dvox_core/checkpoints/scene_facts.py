"""What a scene file says of its scene beside the tensors, as JSON: there and back, checked."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement
from dvox_core.model.kinds import config_from_json
from dvox_core.model.scene import Scene, SceneCamera

FARTHEST = 1e9
"""World units; anything beyond is no scene, and single precision ends before it."""

LARGEST_PICTURE = 65536
"""Pixels of a side."""


def scene_facts(scene: Scene, half: bool) -> dict[str, Any]:
    """A scene's facts as plain JSON values."""
    return {
        "name": scene.name,
        "precision": "float16" if half else "float32",
        "model": scene.config.to_json(),
        "intrinsics": {
            "focal": scene.intrinsics.focal,
            "principal_point": [scene.intrinsics.principal_x, scene.intrinsics.principal_y],
            "height": scene.intrinsics.height,
            "width": scene.intrinsics.width,
        },
        "grid": {"center": list(scene.placement.center), "scale": scene.placement.scale},
        "near_plane": scene.near_plane,
        "cameras": [
            {
                "name": view.name,
                "split": view.split,
                "camera_to_world": view.camera.camera_to_world.ravel().tolist(),
            }
            for view in scene.cameras
        ],
        "training": dict(scene.training),
        "notes": list(scene.notes),
    }


def read_facts(facts: Any) -> dict[str, Any]:
    """A `Scene`'s arguments from its facts, without name of the file and weights.

    Raises:
        KeyError, ValueError, TypeError: something is missing, or is not what it must be.
        CheckpointError: the model's sizes are impossible.
    """
    intrinsics, grid, notes = facts["intrinsics"], facts["grid"], facts["notes"]
    x, y, z = _numbers("grid, center", grid["center"], 3)
    principal_x, principal_y = _numbers("principal_point", intrinsics["principal_point"], 2)
    if not (isinstance(facts["training"], Mapping) and isinstance(facts["model"], Mapping)):
        raise ValueError("model or training is no object")
    if not isinstance(notes, list):
        raise ValueError("notes are no list")
    return {
        "name": str(facts["name"]),
        "config": config_from_json(facts["model"]),
        "intrinsics": Intrinsics(
            focal=_above_0("focal", intrinsics["focal"]),
            principal_x=principal_x,
            principal_y=principal_y,
            height=_pixels("height", intrinsics["height"]),
            width=_pixels("width", intrinsics["width"]),
        ),
        "placement": GridPlacement((x, y, z), _above_0("grid, scale", grid["scale"])),
        "near_plane": _at_least_0("near_plane", facts["near_plane"]),
        "cameras": tuple(_camera(number, view) for number, view in enumerate(facts["cameras"])),
        "training": dict(facts["training"]),
        "notes": tuple(str(note) for note in notes),
    }


def _camera(number: int, view: Mapping[str, Any]) -> SceneCamera:
    name = f"camera {number}"
    values = _numbers(f"{name}, camera_to_world", view["camera_to_world"], 16)
    try:
        camera = Camera(np.array(values).reshape(4, 4))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    return SceneCamera(str(view["name"]), str(view["split"]), camera)


def _numbers(name: str, values: Any, count: int) -> list[float]:
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        raise ValueError(f"{name} is not a list of {count} numbers")
    return [_number(name, value) for value in values]


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is {str(value)[:40]}, and not a finite number")
    if abs(value) > FARTHEST:
        raise ValueError(f"{name} is {value:g}, which is beyond all scenes")
    return float(value)


def _at_least_0(name: str, value: Any) -> float:
    number = _number(name, value)
    if number < 0:
        raise ValueError(f"{name} is {number:g}, and not 0 or more")
    return number


def _above_0(name: str, value: Any) -> float:
    number = _number(name, value)
    if number < 1 / FARTHEST:
        raise ValueError(f"{name} is {number:g}, and not above 0")
    return number


def _pixels(name: str, value: Any) -> int:
    number = _number(name, value)
    if number != round(number) or not 1 <= number <= LARGEST_PICTURE:
        raise ValueError(f"{name} is {number:g}, and not a number of pixels")
    return round(number)
