"""Gives a path's keys the times at which the camera has one speed all along."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dvox_core.camera_paths.curve import SAME_POSE, curve_of
from dvox_core.camera_paths.path import SHORTEST_STEP, CameraPath

Array = NDArray[np.float64]


def evenly_timed(path: CameraPath) -> CameraPath:
    """The same keys and duration, with times at which the camera has one speed all along.

    Keys of one pose keep the time between them.
    """
    if len(path.keyframes) < 2:
        return path
    distances = np.array(curve_of(path).key_distances())
    times = np.array([*path.times, path.seconds][: len(distances)])
    steps, ways = np.diff(times), np.diff(distances)
    rests = ways < SAME_POSE
    if rests.all():
        return path
    moving = path.seconds - steps[rests].sum()
    steps = np.where(rests, steps, _shared(np.where(rests, 0.0, ways), moving, ~rests))
    new = np.concatenate([[0.0], np.cumsum(steps)])
    keys = zip(path.keyframes, new[: len(path.keyframes)], strict=True)
    return replace(
        path,
        keyframes=tuple(replace(key, seconds=float(time)) for key, time in keys),
        closing_seconds=float(steps[-1]) if path.closes else path.closing_seconds,
    )


def _shared(ways: Array, seconds: float, counted: NDArray[np.bool_]) -> Array:
    """[N] times by the ways' lengths, none of the counted ones shorter than keys may be apart.

    Views that are nearly one get the shortest step, and the others share what is left.
    """
    steps: Array = ways / ways.sum() * seconds
    short = np.zeros_like(counted)
    while True:
        more = counted & ~short & (steps < SHORTEST_STEP)
        if not more.any():
            return steps
        short |= more
        steps[short] = SHORTEST_STEP
        rest = counted & ~short
        left = seconds - SHORTEST_STEP * short.sum()
        if not rest.any() or left <= 0:
            return np.asarray(np.maximum(steps, SHORTEST_STEP))
        steps[rest] = ways[rest] / ways[rest].sum() * left
