"""Finds the pictures of the capture that a scene was trained on, for comparing with them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dvox_core.data.deepvoxels_layout import DeepVoxelsLayout, LayoutView, read_layout
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene

SAME_POSE = 1e-3
"""Largest difference of two poses' numbers that still counts as rounding, per unit of distance."""


def capture_near(scene: Scene) -> Path | None:
    """A folder near the scene's file that looks like its capture; None if there is none.

    Looked for: what the config.json of a training run names, NAME_capture beside the file, the
    folder of the file itself.
    """
    if scene.path is None:
        return None
    folder = scene.path.parent
    candidates = [folder / f"{scene.path.stem}_capture", folder]
    named = _capture_of_run(folder)
    if named is not None:
        candidates.insert(0, named)
    layout = DeepVoxelsLayout()
    return next((path for path in candidates if layout.recognises(path)), None)


def true_views(folder: Path, scene: Scene) -> tuple[LayoutView, ...]:
    """The views of a capture in the authors' layout whose pictures a scene may be compared with.

    Raises:
        CaptureError: not such a folder, or its cameras are not the scene's.
    """
    views = read_layout(folder).views
    if not views:
        raise CaptureError(f"{folder}: has no pictures; choose the folder the scene was trained on")
    own = [view.camera for view in scene.cameras]
    if own and not any(_is_one_of(view.camera, own) for view in views):
        raise CaptureError(
            f"{folder}: is another capture, none of its {len(views)} poses is one of the scene's; "
            "choose the folder the scene was trained on"
        )
    return views


def _is_one_of(camera: Camera, others: Sequence[Camera]) -> bool:
    tolerance = SAME_POSE * max(1.0, float(np.abs(camera.position).max()))
    return any(
        np.abs(camera.camera_to_world - other.camera_to_world).max() < tolerance for other in others
    )


def _capture_of_run(folder: Path) -> Path | None:
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        named = Path(content["capture"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return named if named.is_absolute() else folder / named
