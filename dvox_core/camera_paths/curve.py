"""The curve through a path's keys: from seconds to a camera.

Positions are a Kochanek–Bartels spline (tension), orientations the same spline of quaternions,
normalised: no angles, so no poles to flip at. How fast the curve is gone through is a matter of its
own: a monotone cubic (PCHIP, Fritsch and Carlson 1980) from time to distance travelled, and
distances are measured along the curve, so that speed is even within and across keys.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator
from scipy.spatial.transform import Rotation

from dvox_core.camera_paths.path import CameraPath, Keyframe
from dvox_core.errors import CameraPathError
from dvox_core.geometry.cameras import Camera

Array = NDArray[np.float64]

SAMPLES = 4096
"""Points at which a whole curve's length is measured, shared among its segments."""

MAX_SAMPLES_PER_SEGMENT = 96
SAME_POSE = 1e-9
"""Distance below which two keys are one pose: the camera rests between them."""

FULL_SPEED_SHARE = 0.5
"""A key whose tangent is this share of its neighbours' slopes, or more, is passed at full speed.

Between equal steps that is a turn by 120° and less.
"""

TIGHTEST = 0.02
"""Share of its tangent that a key keeps at tension 1; at 0 the speed along the curve would drop."""


@dataclass(frozen=True)
class PathView:
    """A view on a path.

    Attributes:
        camera: the pose, roll included.
        vertical_fov: degrees; None for the scene's.
    """

    camera: Camera
    vertical_fov: float | None


class PathCurve:
    """A path made ready for scrubbing; immutable, to be shared between threads."""

    def __init__(self, path: CameraPath) -> None:
        """Prepare `path`.

        Raises:
            CameraPathError: it has no keyframes.
        """
        keys = path.keyframes
        if not keys:
            raise CameraPathError("the path has no keyframes; add one from the present camera")
        self.path = path
        paces = 1 - np.array([key.ease for key in keys])
        self._rolls = _timeline(path, np.array([key.roll for key in keys]), paces)
        self._fovs = _fov_timeline(path, paces)
        self._fixed = keys[0].camera
        nodes = _Nodes.of(path)
        self._moves = nodes.moves
        if not nodes.moves:
            return
        self._shape = nodes.shape()
        parameters, travelled = _measure(self._shape, nodes)
        self._length = float(travelled[-1])
        self._parameter = PchipInterpolator(travelled, parameters)
        at_keys = np.interp(nodes.of_keys, parameters, travelled)
        self._travelled = _timeline(
            path, at_keys, paces * nodes.speed_shares(), closing_value=self._length, even_ends=True
        )

    @property
    def seconds(self) -> float:
        """The path's duration."""
        return self.path.seconds

    @property
    def length(self) -> float:
        """Distance travelled from start to end, world units; turning counts as moving."""
        return self._length if self._moves else 0.0

    def camera_at(self, seconds: float) -> Camera:
        """The camera at a time; before the start and after the end those of start and end."""
        return self.view_at(seconds).camera

    def view_at(self, seconds: float) -> PathView:
        """Camera and field of view at a time."""
        return self.views_at((seconds,))[0]

    def views_at(self, seconds: ArrayLike) -> list[PathView]:
        """Cameras and fields of view at times [N]."""
        times = self._within(seconds)
        rolls = None if self._rolls is None else self._rolls(times)
        fovs = None if self._fovs is None else _fov_degrees(self._fovs(times))
        if self._moves:
            values = self._values(times)
            poses = np.zeros((len(times), 4, 4))
            poses[:, :3, :3] = _rotations(values[:, 3:])
            poses[:, :3, 3] = values[:, :3]
            poses[:, 3, 3] = 1
        else:
            poses = np.repeat(self._fixed.camera_to_world[None], len(times), axis=0)
        if rolls is not None:
            poses[:, :3, :3] = poses[:, :3, :3] @ _turned(np.radians(rolls))
        return [
            PathView(Camera(pose), None if fovs is None else float(fovs[index]))
            for index, pose in enumerate(poses)
        ]

    def frames(self) -> list[PathView]:
        """The views of a video's frames, in order."""
        return self.views_at(self.path.frame_seconds())

    def positions_at(self, seconds: ArrayLike) -> Array:
        """[N, 3]: the camera's centres at times [N], world units; for drawing."""
        times = self._within(seconds)
        if not self._moves:
            return np.repeat(self._fixed.position[None], len(times), axis=0)
        return np.asarray(self._values(times)[:, :3])

    def speed_at(self, seconds: float) -> float:
        """Speed at a time, world units a second; turning counts as moving."""
        if not self._moves or self._travelled is None:
            return 0.0
        return float(self._travelled(self._within((seconds,)), 1)[0])

    def key_distances(self) -> tuple[float, ...]:
        """Distance travelled up to each key, and after them for a loop to its end; world units."""
        if not self._moves or self._travelled is None:
            return (0.0,) * (len(self.path.keyframes) + self.path.closes)
        return tuple(float(value) for value in self._travelled(self._travelled.x))

    def _within(self, seconds: ArrayLike) -> Array:
        times = np.atleast_1d(np.asarray(seconds, dtype=np.float64))
        if self.path.closes:
            inside = (times >= 0) & (times <= self.seconds)
            return np.where(inside, times, np.mod(times, self.seconds))
        return np.clip(times, 0.0, self.seconds)

    def _values(self, times: Array) -> Array:
        """[N, 7]: position and quaternion (not normalised) at times within the path."""
        assert self._travelled is not None
        travelled = np.clip(self._travelled(times), 0.0, self._length)
        return np.asarray(self._shape(self._parameter(travelled)))


@lru_cache(maxsize=16)
def curve_of(path: CameraPath) -> PathCurve:
    """The curve of a path; that of the newest few is kept.

    Raises:
        CameraPathError: the path has no keyframes.
    """
    return PathCurve(path)


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Distinct poses in order, one node each, with the parameter at which the curve meets them.

    Attributes:
        values: [M, 7] position and quaternion, neighbours' signs alike; for loops the last is the
            first again.
        knots: [M] parameters, rising; centripetal (Yuksel et al. 2011), against loops at near keys.
        of_keys: [N] each key's parameter.
        tightness: [M] what is kept of each tangent.
        reach: world units that turning by one radian counts as.
    """

    values: Array
    knots: Array
    of_keys: Array
    tightness: Array
    closed: bool
    reach: float

    @classmethod
    def of(cls, path: CameraPath) -> "_Nodes":
        keys = path.keyframes
        positions = np.array([key.camera.position for key in keys])
        turns = Rotation.from_matrix(np.array([key.camera.rotation for key in keys])).as_quat()
        reach = float(np.sqrt(((positions - positions.mean(axis=0)) ** 2).sum(axis=1).mean()))
        reach = reach if reach > SAME_POSE else 1.0
        values = [np.concatenate([positions[0], turns[0]])]
        chosen, node_of_key = [0], [0]
        order = [*range(1, len(keys)), *([0] if path.closes else [])]
        for index in order:
            turn = turns[index] * (1 if values[-1][3:] @ turns[index] >= 0 else -1)
            value = np.concatenate([positions[index], turn])
            if _distance(values[-1], value, reach) > SAME_POSE:
                values.append(value)
                chosen.append(index)
            elif index == 0 and len(values) > 1:  # rests from the last key to the first again
                values[-1] = value
            node_of_key.append(len(values) - 1)
        stacked = np.array(values)
        gaps = [_distance(one, other, reach) for one, other in pairwise(stacked)]
        knots = np.concatenate([[0.0], np.cumsum(np.sqrt(gaps))])
        tensions = np.array([_tension(path, keys[index]) for index in chosen])
        return cls(
            values=stacked,
            knots=knots,
            of_keys=knots[node_of_key[: len(keys)]],
            tightness=np.maximum(1 - tensions, TIGHTEST),
            closed=path.closes,
            reach=reach,
        )

    @property
    def moves(self) -> bool:
        """Whether there is more than one pose."""
        return len(self.values) > 1

    def shape(self) -> CubicHermiteSpline:
        """The spline from parameter to position and quaternion."""
        tightness = self.tightness.copy()
        if self.closed:
            tightness[-1] = tightness[0]
        return CubicHermiteSpline(self.knots, self.values, self.tangents * tightness[:, None])

    @cached_property
    def tangents(self) -> Array:
        """[M, 7]: the curve's slope at each node before tension.

        It is that of the parabola through the node and its neighbours (Catmull–Rom); at the ends
        of an open path, that of the parabola of the node beside.
        """
        steps = np.diff(self.knots)
        slopes = self._slopes
        tangents = np.empty_like(self.values)
        tangents[1:-1] = _between(slopes[:-1], slopes[1:], steps[:-1], steps[1:])
        if self.closed:
            # Once around, a quaternion may come back with the other sign: the same orientation.
            sign = self._sign_once_around
            tangents[0] = _between(slopes[-1] * sign, slopes[0], steps[-1], steps[0])
            tangents[-1] = tangents[0] * sign
        elif len(slopes) == 1:
            tangents[:] = slopes
        else:
            tangents[0] = 2 * slopes[0] - tangents[1]
            tangents[-1] = 2 * slopes[-1] - tangents[-2]
        return tangents

    def speed_shares(self) -> Array:
        """[N]: 1 where the curve goes on through a key, falling to 0 where it turns back.

        Turning back at full speed would be a jolt; the camera slows down there instead.
        """
        weights = np.array([1.0] * 3 + [2 * self.reach] * 4)
        tangents = np.linalg.norm(self.tangents * weights, axis=1)
        slopes = np.linalg.norm(self._slopes * weights, axis=1)
        shares = np.ones(len(self.knots))
        shares[1:-1] = tangents[1:-1] / np.minimum(slopes[:-1], slopes[1:])
        if self.closed:
            shares[0] = shares[-1] = tangents[0] / min(slopes[0], slopes[-1])
        of_nodes = np.clip(shares / FULL_SPEED_SHARE, 0.0, 1.0)
        return np.asarray(of_nodes[np.searchsorted(self.knots, self.of_keys)])

    @cached_property
    def _slopes(self) -> Array:
        return np.asarray(np.diff(self.values, axis=0) / np.diff(self.knots)[:, None])

    @property
    def _sign_once_around(self) -> Array:
        sign = np.ones(7)
        sign[3:] = 1.0 if self.values[0, 3:] @ self.values[-1, 3:] > 0 else -1.0
        return sign


def _between(before: Array, after: Array, step_before: ArrayLike, step_after: ArrayLike) -> Array:
    """The slope at a key of the parabola through it and its neighbours (Catmull–Rom)."""
    one = np.reshape(step_before, (-1, 1))
    other = np.reshape(step_after, (-1, 1))
    slope = (before * other + after * one) / (one + other)
    return np.asarray(slope.reshape(np.shape(before)))


def _measure(shape: CubicHermiteSpline, nodes: _Nodes) -> tuple[Array, Array]:
    """Parameters along the curve, and the distance travelled up to each; both rise strictly."""
    segments = len(nodes.knots) - 1
    count = int(np.clip(SAMPLES // segments, 8, MAX_SAMPLES_PER_SEGMENT))
    # Denser at keys, where a tight curve is slow in its parameter.
    within = (1 - np.cos(np.pi * np.arange(count) / count)) / 2
    starts, steps = nodes.knots[:-1, None], np.diff(nodes.knots)[:, None]
    parameters = np.append((starts + within * steps).ravel(), nodes.knots[-1])
    values = np.asarray(shape(parameters))
    turns = values[:, 3:] / np.linalg.norm(values[:, 3:], axis=1, keepdims=True)
    moved = np.linalg.norm(np.diff(values[:, :3], axis=0), axis=1)
    turned = 2 * np.linalg.norm(np.diff(turns, axis=0), axis=1)
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(moved, nodes.reach * turned))])
    rising = np.concatenate([[True], np.diff(travelled) > travelled[-1] * 1e-14])
    rising[::count] = True
    return parameters[rising], travelled[rising]


def _timeline(
    path: CameraPath,
    values: Array,
    paces: Array,
    *,
    closing_value: float | None = None,
    even_ends: bool = False,
) -> CubicHermiteSpline | None:
    """A monotone cubic from seconds to a value given at each key; None where it is 0 throughout.

    Args:
        values: [N], one a key.
        paces: [N], what each key keeps of its rate: 1 goes through, 0 comes to rest.
        closing_value: of the first key where a loop comes back to it, if another.
        even_ends: an open path begins and ends at speed instead of as flat as PCHIP may have it.
    """
    if closing_value is None and not values.any():
        return None
    times = np.array(path.times)
    if path.closes:
        times = np.append(times, path.seconds)
        values = np.append(values, values[0] if closing_value is None else closing_value)
        paces = np.append(paces, paces[0])
    if len(times) == 1:
        return CubicHermiteSpline([0.0, 1.0], [values[0]] * 2, [0.0, 0.0])
    if path.closes:
        around = values[-1] - values[0]
        wide_times = [times[-2] - times[-1], *times, times[-1] + times[1]]
        wide_values = [values[-2] - around, *values, values[1] + around]
        slopes = _pchip_slopes(np.array(wide_times), np.array(wide_values))[1:-1]
        slopes[-1] = slopes[0]
    else:
        slopes = _pchip_slopes(times, values)
        if even_ends:
            slopes[0] = (values[1] - values[0]) / (times[1] - times[0])
            slopes[-1] = (values[-1] - values[-2]) / (times[-1] - times[-2])
    return CubicHermiteSpline(times, values, slopes * paces)


def _pchip_slopes(times: Array, values: Array) -> Array:
    with np.errstate(over="ignore"):  # inside scipy, where a value hardly changes at all
        return np.asarray(PchipInterpolator(times, values).derivative()(times))


def _fov_timeline(path: CameraPath, paces: Array) -> CubicHermiteSpline | None:
    """log tan of half the field of view over time: zooming is even in it; None for the scene's.

    A key without one, on a path without one, takes it from the keys around that have one.
    """
    known = [(k.seconds, k.vertical_fov) for k in path.keyframes if k.vertical_fov is not None]
    if not known and path.vertical_fov is None:
        return None
    if path.vertical_fov is not None:
        own = [key.vertical_fov or path.vertical_fov for key in path.keyframes]
    else:
        times, fovs = zip(*known, strict=True)
        own = [float(fov) for fov in np.interp(path.times, times, fovs)]
    values = np.log(np.tan(np.radians(own) / 2))
    return _timeline(path, values, paces, closing_value=float(values[0]))


def _fov_degrees(values: Array) -> Array:
    return np.asarray(np.degrees(2 * np.arctan(np.exp(values))))


def _tension(path: CameraPath, key: Keyframe) -> float:
    return path.tension if key.tension is None else key.tension


def _distance(one: Array, other: Array, reach: float) -> float:
    """From pose to pose [7], world units; turning counts by `reach`."""
    half_angle = np.arcsin(min(float(np.linalg.norm(one[3:] - other[3:])) / 2, 1.0))
    return float(np.hypot(np.linalg.norm(one[:3] - other[:3]), 4 * reach * half_angle))


def _rotations(quaternions: Array) -> Array:
    """[N, 3, 3] of [N, 4] x, y, z, w, of any length. By hand: scipy's takes 30 µs for one."""
    x, y, z, w = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rotations = np.empty((len(x), 3, 3))
    rotations[:, 0, 0] = 1 - 2 * (y * y + z * z)
    rotations[:, 0, 1] = 2 * (x * y - z * w)
    rotations[:, 0, 2] = 2 * (x * z + y * w)
    rotations[:, 1, 0] = 2 * (x * y + z * w)
    rotations[:, 1, 1] = 1 - 2 * (x * x + z * z)
    rotations[:, 1, 2] = 2 * (y * z - x * w)
    rotations[:, 2, 0] = 2 * (x * z - y * w)
    rotations[:, 2, 1] = 2 * (y * z + x * w)
    rotations[:, 2, 2] = 1 - 2 * (x * x + y * y)
    return rotations


def _turned(radians: Array) -> Array:
    """[N, 3, 3]: turns around the viewing axis z."""
    turns = np.zeros((len(radians), 3, 3))
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(radians)
    turns[:, 1, 0] = np.sin(radians)
    turns[:, 0, 1] = -turns[:, 1, 0]
    turns[:, 2, 2] = 1
    return turns
