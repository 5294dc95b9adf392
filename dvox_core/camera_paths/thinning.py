"""Leaves out keys that a path hardly needs: of a hand's motion, or of a folder of poses."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dvox_core.camera_paths.curve import curve_of
from dvox_core.camera_paths.path import CameraPath

DEFAULT_TOLERANCE = 0.01
"""How far the camera may be from where it was, as a share of the path's reach."""

MAX_TIMES = 1000
"""At which the two paths are compared."""


def thinned(
    path: CameraPath,
    tolerance: float = DEFAULT_TOLERANCE,
    progress: Callable[[float], None] = lambda _: None,
) -> CameraPath:
    """The path with as few of its keys as keep every view within `tolerance`.

    Key after key is taken where the thinned path is farthest from `path`, the first and the last
    to begin with. A turn by one radian counts like a way as long as the path reaches.

    Args:
        tolerance: share of the path's reach, its keys' mean distance from their middle.
        progress: told a rough share of what is to be done; what it raises ends it.

    Raises:
        CameraPathError: the path has no keyframes.
    """
    count = len(path.keyframes)
    if count < 3:
        return path
    times = np.unique(
        np.concatenate([np.linspace(0, path.seconds, MAX_TIMES), np.array(path.times)])
    )
    wanted, turns = _poses(path, times)
    middle = wanted.mean(axis=0)
    reach = max(float(np.linalg.norm(wanted - middle, axis=1).mean()), 1e-9)
    key_times = np.array(path.times)
    chosen = {0, count - 1}
    while len(chosen) < count:
        candidate = replace(path, keyframes=tuple(path.keyframes[i] for i in sorted(chosen)))
        found, found_turns = _poses(candidate, times)
        away = np.linalg.norm(found - wanted, axis=1) / reach
        away = np.maximum(away, _angles(turns, found_turns))
        if away.max() <= tolerance:
            break
        left = np.array(sorted(set(range(count)) - chosen))
        worst = float(times[int(np.argmax(away))])
        chosen.add(int(left[np.argmin(np.abs(key_times[left] - worst))]))
        progress(min(tolerance / float(away.max()), 1.0))
    return replace(path, keyframes=tuple(path.keyframes[i] for i in sorted(chosen)))


def _poses(
    path: CameraPath, times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions [N, 3] and rotations [N, 3, 3]."""
    poses = np.stack([view.camera.camera_to_world for view in curve_of(path).views_at(times)])
    return poses[:, :3, 3], poses[:, :3, :3]


def _angles(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """[N]: radians between rotations [N, 3, 3]."""
    cosines = (np.einsum("nij,nij->n", one, other) - 1) / 2
    return np.asarray(np.arccos(np.clip(cosines, -1, 1)))
