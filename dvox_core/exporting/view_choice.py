"""Which views of a scene are rendered for an export."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dvox_core.camera_paths.path import CameraPath
from dvox_core.exporting.depth_views import NamedCamera
from dvox_core.geometry.cameras import Camera, look_at
from dvox_core.model.scene import Scene, SceneCamera
from dvox_core.safe_names import safe_file_names

DEFAULT_COUNT = 48

_ELEVATIONS = (15.0, 45.0)
"""Degrees above the middle, of the rings of views around a scene without cameras."""


def spread_views(scene: Scene, count: int = DEFAULT_COUNT) -> list[NamedCamera]:
    """Up to `count` of the scene's own cameras, as different in direction as can be.

    The first is the scene's start view; each next one is the farthest in direction, seen from the
    pivot, from all before it. A scene without cameras is looked at from rings around its pivot.
    """
    if not scene.cameras:
        return _rings(scene, count)
    cameras = [view.camera for view in scene.cameras]
    offsets = np.stack([camera.position for camera in cameras]) - scene.pivot
    directions = offsets / np.maximum(np.linalg.norm(offsets, axis=1, keepdims=True), 1e-12)
    chosen = [cameras.index(scene.start_camera)]
    nearest = directions @ directions[chosen[0]]  # cosines: the larger, the nearer
    while len(chosen) < min(count, len(cameras)):
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, directions @ directions[chosen[-1]])
    return named_views([scene.cameras[number] for number in chosen])


def named_views(views: Sequence[SceneCamera]) -> list[NamedCamera]:
    """A scene's cameras under names that are safe for files and differ; splits are named first."""
    splits = {view.split for view in views}
    words = [f"{view.split}-{view.name}" if len(splits) > 1 else view.name for view in views]
    names = safe_file_names(words)
    return [NamedCamera(name, view.camera) for name, view in zip(names, views, strict=True)]


def path_views(path: CameraPath) -> list[NamedCamera]:
    """Every frame of a camera path, named by its number.

    Raises:
        CameraPathError: the path has no keyframes.
    """
    from dvox_core.camera_paths.curve import curve_of  # scipy, which the window need not hold

    return numbered_views([view.camera for view in curve_of(path).frames()])


def numbered_views(cameras: Sequence[Camera]) -> list[NamedCamera]:
    """Cameras under their numbers."""
    return [NamedCamera(f"{number:06d}", camera) for number, camera in enumerate(cameras)]


def _rings(scene: Scene, count: int) -> list[NamedCamera]:
    up: NDArray[np.float64] = scene.up_axis
    distance = scene.start_camera.distance_to(Camera(_at(scene.pivot)))
    right = np.cross(up, np.eye(3)[int(np.argmin(np.abs(up)))])
    ahead = np.cross(up, right)
    cameras = []
    for number in range(count):
        elevation = np.radians(_ELEVATIONS[number % len(_ELEVATIONS)])
        angle = 2 * np.pi * number / count
        flat = np.cos(angle) * right + np.sin(angle) * ahead
        direction = np.cos(elevation) * flat + np.sin(elevation) * up
        cameras.append(look_at(scene.pivot + distance * direction, scene.pivot, up))
    return numbered_views(cameras)


def _at(position: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.eye(4)
    matrix[:3, 3] = position
    return matrix
