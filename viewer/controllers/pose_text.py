"""Camera poses as text: what copy puts on the clipboard and paste takes from it."""

import json
from typing import Any

import numpy as np

from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera

POSE_FORMAT = "dvox-pose"


def pose_to_json(camera: Camera, pivot: Any = None) -> str:
    """A pose as JSON: camera-to-world, OpenCV's axes, world units.

    Args:
        camera: the pose.
        pivot: [3], the point it turns around; left out if None.
    """
    pose: dict[str, Any] = {"format": POSE_FORMAT, "axes": "opencv"}
    rows = [json.dumps([_short(value) for value in row]) for row in camera.camera_to_world]
    lines = [f'  "{key}": {json.dumps(value)}' for key, value in pose.items()]
    lines.append('  "camera_to_world": [\n    ' + ",\n    ".join(rows) + "\n  ]")
    if pivot is not None:
        lines.append(f'  "pivot": {json.dumps([_short(value) for value in pivot])}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def pose_from_text(text: str) -> tuple[Camera, Any]:
    """Read what `pose_to_json` writes, a bare 4×4 JSON array, or the 16 numbers of a pose file.

    Returns:
        The camera, and its pivot, [3] float64, or None where the text has none.

    Raises:
        CaptureError: no pose, or not a rigid one; a line that says what is wrong.
    """
    text = text.strip()
    if not text:
        raise CaptureError("The clipboard holds no text; copy a pose first")
    pivot = None
    try:
        content = json.loads(text)
    except ValueError:
        values: Any = text.replace(",", " ").split()
    else:
        values = content
        if isinstance(content, dict):
            if "camera_to_world" not in content:
                raise CaptureError("The clipboard's JSON holds no “camera_to_world”")
            values, pivot = content["camera_to_world"], content.get("pivot")
    numbers = _numbers(values)
    if numbers is None:
        raise CaptureError("The clipboard holds no pose: expected 16 numbers or JSON of a pose")
    if numbers.size != 16:
        raise CaptureError(f"The clipboard's pose has {numbers.size} numbers; a pose has 16")
    try:
        camera = camera_from_matrix(numbers.reshape(4, 4))
    except ValueError as error:
        raise CaptureError(f"The clipboard's pose cannot be used: {error}") from error
    if pivot is not None:
        pivot = _numbers(pivot)
        if pivot is None or pivot.shape != (3,) or not np.isfinite(pivot).all():
            raise CaptureError("The clipboard's pivot must be three finite numbers")
    return camera, pivot


def _numbers(values: Any) -> Any:
    """`values` as a float64 array, or None if they are not numbers."""
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _short(value: float) -> float:
    """Twelve decimals are far below what a picture shows, and −0 is written as 0."""
    return round(float(value), 12) + 0.0
