"""Steps through the views of a scene's capture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import SceneCamera
from viewer.text.scenes import SPLIT_NAMES

KEPT = 4
"""Lists of views whose stacked poses are kept: a scene's, and its splits."""


@dataclass(frozen=True, eq=False)
class _Poses:
    """The poses of views, stacked; hundreds are compared with every camera of a drag."""

    views: Sequence[SceneCamera]
    rotations: NDArray[np.float64]  # [N, 9]
    positions: NDArray[np.float64]  # [N, 3]


_stacked_last: list[_Poses] = []  # the newest first; views are known by identity


def _stacked(views: Sequence[SceneCamera]) -> _Poses:
    for poses in _stacked_last:
        if poses.views is views:
            return poses
    poses = _Poses(
        views,
        np.array([view.camera.rotation.reshape(9) for view in views]),
        np.array([view.camera.position for view in views]),
    )
    _stacked_last[:] = [poses, *_stacked_last][:KEPT]
    return poses


def nearest_view(camera: Camera, views: Sequence[SceneCamera]) -> SceneCamera | None:
    """The view turned least from `camera`; of several, the one nearest to it in space."""
    if not views:
        return None
    poses = _stacked(views)
    traces = poses.rotations @ camera.rotation.reshape(9)
    angles = np.degrees(np.arccos(np.clip((traces - 1) / 2, -1.0, 1.0))).round(6)
    distances = np.linalg.norm(poses.positions - camera.position, axis=1)
    return views[int(np.lexsort((distances, angles))[0])]


def view_index(camera: Camera, views: Sequence[SceneCamera]) -> int | None:
    """The number of the view that `camera` stands on, or None if it stands on none."""
    if not views:
        return None
    poses = _stacked(views)
    same = (poses.positions == camera.position).all(axis=1)
    same &= (poses.rotations == camera.rotation.reshape(9)).all(axis=1)
    return int(same.argmax()) if same.any() else None


def stepped_view(camera: Camera, views: Sequence[SceneCamera], step: int) -> SceneCamera | None:
    """The view `step` after the one `camera` stands on, around the end; else the nearest one."""
    index = view_index(camera, views)
    if index is None:
        return nearest_view(camera, views)
    return views[(index + step) % len(views)]


def view_label(view: SceneCamera) -> str:
    """A view's name and split, e.g. "000012, training"."""
    split = SPLIT_NAMES.get(view.split)
    return f"{view.name}, {split}" if split else view.name
