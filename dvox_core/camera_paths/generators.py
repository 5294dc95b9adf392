"""Makes paths: orbits, turntables, spirals, figure eights, dollies, ways through given cameras."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation, Slerp

from dvox_core.camera_paths.even_timing import evenly_timed
from dvox_core.camera_paths.path import SHORTEST_STEP, CameraPath, Keyframe
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera, look_at

Array = NDArray[np.float64]

KEYS_A_TURN = 12
"""A curve through 12 keys is within 0.2 % of a circle."""

DEFAULT_SECONDS = 10.0
REST = 0.1
"""Seconds between two keys of a recorded motion at least."""

POLE_MARGIN = 2.0
"""Degrees that generated cameras keep from the poles, where "up" has no direction."""


def turntable(
    start: Camera,
    center: ArrayLike,  # [3]
    up: ArrayLike,  # [3]
    *,
    turns: float = 1.0,
    seconds: float = DEFAULT_SECONDS,
) -> CameraPath:
    """As if the scene stood on a turntable: `start` carried round the axis `up` through `center`.

    Whole turns make a loop. Negative turns go the other way round.
    """
    if not np.isfinite(turns) or turns == 0 or abs(turns) > 1000:
        raise CameraPathError(f"{turns:g} turns cannot be made; choose up to 1000, but not 0")
    axis = _unit(np.asarray(up, dtype=np.float64))
    middle = np.asarray(center, dtype=np.float64)
    steps = max(int(np.ceil(abs(turns) * KEYS_A_TURN)), 2)
    cameras = []
    for angle in np.linspace(0, 2 * np.pi * turns, steps + 1):
        turn = Rotation.from_rotvec(angle * axis).as_matrix()
        pose = np.eye(4)
        pose[:3, :3] = turn @ start.rotation
        pose[:3, 3] = turn @ (start.position - middle) + middle
        cameras.append(Camera(pose))
    whole = abs(turns - round(turns)) < 1e-9
    return _timed(cameras, seconds, loop=whole)


def orbit(
    start: Camera,
    center: ArrayLike,
    up: ArrayLike,
    *,
    turns: float = 1.0,
    seconds: float = DEFAULT_SECONDS,
) -> CameraPath:
    """Round `center` at the height and distance of `start`, with `center` in the middle."""
    middle = np.asarray(center, dtype=np.float64)
    aimed = _on_sphere(middle, up, *_sphere(start.position - middle, up, start.right))
    return turntable(aimed, center, up, turns=turns, seconds=seconds)


def spiral(
    start: Camera,
    center: ArrayLike,
    up: ArrayLike,
    *,
    turns: float = 3.0,
    end_elevation: float = 60.0,  # degrees above the middle
    distance_factor: float = 1.0,  # of the distance at the end to that at the start
    seconds: float = DEFAULT_SECONDS,
) -> CameraPath:
    """Round `center`, from the height of `start` evenly to `end_elevation`, looking at `center`."""
    middle = np.asarray(center, dtype=np.float64)
    frame, distance, elevation, _ = _sphere(start.position - middle, up, start.right)
    steps = max(int(np.ceil(abs(turns) * KEYS_A_TURN)), 2)
    shares = np.linspace(0, 1, steps + 1)
    end = np.radians(end_elevation)
    cameras = [
        _on_sphere(
            middle,
            up,
            frame,
            distance * distance_factor**share,
            elevation + share * (end - elevation),
            2 * np.pi * turns * share,
        )
        for share in shares
    ]
    return evenly_timed(_timed(cameras, seconds))


def figure_eight(
    start: Camera,
    center: ArrayLike,
    up: ArrayLike,
    *,
    width: float = 60.0,  # degrees from the middle to the outermost left
    height: float = 20.0,  # degrees from the middle to the uppermost
    seconds: float = DEFAULT_SECONDS,
) -> CameraPath:
    """A lying eight on the sphere around `center`, crossing at `start`; a loop."""
    middle = np.asarray(center, dtype=np.float64)
    frame, distance, elevation, _ = _sphere(start.position - middle, up, start.right)
    angles = np.linspace(0, 2 * np.pi, 2 * KEYS_A_TURN, endpoint=False)
    cameras = [
        _on_sphere(
            middle,
            up,
            frame,
            distance,
            elevation + np.radians(height) * np.sin(2 * angle),
            np.radians(width) * np.sin(angle),
        )
        for angle in angles
    ]
    return evenly_timed(_timed([*cameras, cameras[0]], seconds, loop=True))


def dolly(
    start: Camera,
    center: ArrayLike,
    *,
    end_factor: float = 0.6,  # of the distance to `center` at the end to that at the start
    seconds: float = DEFAULT_SECONDS / 2,
) -> CameraPath:
    """Along the line of sight, nearer (or farther), with the direction kept."""
    if not 0 < end_factor < 1000 or end_factor == 1:
        raise CameraPathError(
            f"a dolly to {end_factor:g} of the distance cannot be made; choose a number above 0, "
            "but not 1"
        )
    reach = float((np.asarray(center, dtype=np.float64) - start.position) @ start.forward)
    if reach <= 0:
        raise CameraPathError("the camera looks away from the scene; turn it around for a dolly")
    pose = start.camera_to_world.copy()
    pose[:3, 3] += start.forward * reach * (1 - end_factor)
    return _timed([start, Camera(pose)], seconds)


def through_cameras(
    cameras: Sequence[Camera], *, seconds: float = DEFAULT_SECONDS, loop: bool = False
) -> CameraPath:
    """Through given cameras in their order at an even speed: a capture's own, for instance."""
    if len(cameras) < 2:
        raise CameraPathError(f"{len(cameras)} cameras make no path; choose two or more")
    chosen = [*cameras, cameras[0]] if loop else list(cameras)
    return evenly_timed(_timed(chosen, seconds, loop=loop))


def between_views(
    cameras: Sequence[Camera],
    center: ArrayLike,
    *,
    seconds: float = DEFAULT_SECONDS,
    degrees_a_key: float = 15.0,
) -> CameraPath:
    """From view to view on the sphere around `center`, as DeepVoxels' videos go.

    The direction from `center` and the orientation go along great circles, the distance linearly;
    so views far apart are joined around the scene and not through it.
    """
    if len(cameras) < 2:
        raise CameraPathError(f"{len(cameras)} views make no path; choose two or more")
    middle = np.asarray(center, dtype=np.float64)
    found = [cameras[0]]
    for one, other in pairwise(cameras):
        offsets = one.position - middle, other.position - middle
        lengths = [float(np.linalg.norm(offset)) for offset in offsets]
        if min(lengths) < 1e-9:
            raise CameraPathError("a view stands in the middle of the scene; leave it out")
        between = Rotation.align_vectors(offsets[1][None], offsets[0][None])[0].as_rotvec()
        angle = max(float(np.degrees(np.linalg.norm(between))), one.angle_to(other))
        steps = max(int(np.ceil(angle / degrees_a_key)), 1)
        turns = Slerp([0, 1], Rotation.from_matrix(np.stack([one.rotation, other.rotation])))
        for share in np.arange(1, steps + 1) / steps:
            pose = np.eye(4)
            pose[:3, :3] = turns(share).as_matrix()
            direction = Rotation.from_rotvec(share * between).apply(offsets[0] / lengths[0])
            pose[:3, 3] = middle + direction * (lengths[0] + share * (lengths[1] - lengths[0]))
            found.append(other if share == 1 else Camera(pose))
    return evenly_timed(_timed(found, seconds))


def recorded(times: Sequence[float], cameras: Sequence[Camera], *, fps: float = 30.0) -> CameraPath:
    """A path from cameras as a hand moved them, with the times they were seen at in seconds.

    Keys closer than a tenth of a second are thinned out, as a hand's small jumps are no motion;
    not the one with which a rest begins, so that the camera does not drift through the rest.
    """
    if len(times) != len(cameras) or not cameras:
        raise CameraPathError("nothing was recorded; move the camera while recording")
    keys = [Keyframe(cameras[0])]
    gaps = [*np.diff(times)[1:], 0.0][: len(times) - 1]
    for seconds, camera, gap in zip(times[1:], cameras[1:], gaps, strict=True):
        least = SHORTEST_STEP if gap >= REST else REST
        if seconds - times[0] >= keys[-1].seconds + least:
            keys.append(Keyframe(camera, seconds - times[0]))
    end = times[-1] - times[0]
    if len(keys) > 1 and end > keys[-1].seconds:  # the last view is kept as it was
        keys[-1] = Keyframe(cameras[-1], end)
    elif end >= SHORTEST_STEP and end > keys[-1].seconds:
        keys.append(Keyframe(cameras[-1], end))
    return CameraPath(tuple(keys), fps=fps)


def _timed(cameras: Sequence[Camera], seconds: float, *, loop: bool = False) -> CameraPath:
    """Cameras at even times; of a loop the last one is the first again and is left out."""
    if not np.isfinite(seconds) or seconds <= 0:
        raise CameraPathError(f"a path of {seconds:g} s cannot be made; choose a time above 0")
    times = np.linspace(0, seconds, len(cameras))
    keys = [Keyframe(camera, float(time)) for camera, time in zip(cameras, times, strict=True)]
    if not loop:
        return CameraPath(tuple(keys))
    closing = keys[-1].seconds - keys[-2].seconds
    return replace(CameraPath(tuple(keys[:-1]), loop=True), closing_seconds=closing)


def _sphere(offset: Array, up: ArrayLike, right: Array) -> tuple[Array, float, float, float]:
    """Where a camera stands around the origin: frame, distance, elevation, azimuth 0.

    The frame's columns are the horizontal direction to the camera, the one left of it, and up.
    """
    axis = _unit(np.asarray(up, dtype=np.float64))
    distance = float(np.linalg.norm(offset))
    if distance < 1e-9:
        raise CameraPathError("the camera stands in the middle of the scene; move it back first")
    height = float(offset @ axis)
    flat = offset - height * axis
    if np.linalg.norm(flat) < 1e-6 * distance:  # straight above: the picture's lower edge is front
        flat = np.cross(right, axis)
    front = _unit(flat)
    frame = np.stack([front, np.cross(axis, front), axis], axis=1)
    return frame, distance, float(np.arcsin(np.clip(height / distance, -1, 1))), 0.0


def _on_sphere(
    center: Array, up: ArrayLike, frame: Array, distance: float, elevation: float, azimuth: float
) -> Camera:
    """The camera at a place on a sphere (radians) that looks at its centre."""
    limit = np.pi / 2 - np.radians(POLE_MARGIN)
    high = float(np.clip(elevation, -limit, limit))
    local = np.array([np.cos(high) * np.cos(azimuth), np.cos(high) * np.sin(azimuth), np.sin(high)])
    return look_at(center + distance * (frame @ local), center, np.asarray(up, dtype=np.float64))


def _unit(vector: Array) -> Array:
    length = float(np.linalg.norm(vector))
    if length < 1e-12:
        raise CameraPathError("the direction “up” is 0; give one that points somewhere")
    return np.asarray(vector / length)
