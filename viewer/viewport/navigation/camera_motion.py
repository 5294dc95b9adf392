"""Moves the camera: pure functions, a view in and a view out.

Angles are in radians, lengths in world units. A view's camera may look past its pivot (a training
view rarely looks at it exactly): every motion keeps that offset, so that nothing jumps when one
begins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dvox_core.geometry.cameras import Camera, nearest_rotation
from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.rendering.frame import Frame

Array = NDArray[np.float64]

POLE_MARGIN = np.radians(1.0)
"""How near the view may come to straight up or down by orbiting."""

DOLLY_FACTOR = 0.9
"""What one step towards the pivot leaves of the distance to it."""


@dataclass(frozen=True, eq=False)
class OrbitPose:
    """A camera and the point that it turns around.

    Attributes:
        camera: where the view is seen from.
        pivot: [3], world units.
    """

    camera: Camera
    pivot: Array

    @property
    def distance(self) -> float:
        """From the camera to the pivot."""
        return float(np.linalg.norm(self.camera.position - self.pivot))

    @property
    def pivot_depth(self) -> float:
        """Of the pivot along the optical axis; the distance where the pivot is not in front."""
        depth = float((self.pivot - self.camera.position) @ self.camera.forward)
        return depth if depth > 1e-3 * self.distance else self.distance


def orbit(view: OrbitPose, up: ArrayLike, yaw: float, pitch: float) -> OrbitPose:
    """Turn around the pivot like a turntable: `yaw` about `up`, `pitch` raises the gaze.

    The distance to the pivot and the camera's roll are kept. The gaze stops `POLE_MARGIN` short
    of straight up and down, so the picture never flips; a view that begins nearer may stay.
    """
    axis = np.asarray(up, dtype=np.float64)
    axis = axis / np.linalg.norm(axis)
    forward = view.camera.forward
    # atan2 rather than acos: exact near the poles too.
    horizontal = np.cross(forward, axis)
    polar = float(np.arctan2(np.linalg.norm(horizontal), forward @ axis))
    lowest, highest = min(POLE_MARGIN, polar), max(np.pi - POLE_MARGIN, polar)
    pitch = polar - float(np.clip(polar - pitch, lowest, highest))
    if np.linalg.norm(horizontal) < 1e-9:
        horizontal = view.camera.right
    horizontal = horizontal / np.linalg.norm(horizontal)
    turn = rotation_about(axis, yaw) @ rotation_about(horizontal, pitch)
    offset = turn @ (view.camera.position - view.pivot)
    length = np.linalg.norm(offset)
    if length > 0:
        offset = offset * (view.distance / length)  # rounding must not add up over a long drag
    return OrbitPose(_camera(turn @ view.camera.rotation, view.pivot + offset), view.pivot)


def pan(view: OrbitPose, right: float, down: float) -> OrbitPose:
    """Shift camera and pivot together along the picture's axes."""
    return move(view, right * view.camera.right + down * view.camera.down)


def dolly(
    view: OrbitPose,
    steps: float,  # above 0 towards the pivot
    nearest: float,  # distances to the pivot that are not passed, world units
    farthest: float,
) -> OrbitPose:
    """Move towards the pivot or away from it; every step changes the distance by the same share.

    The pivot is never reached, and as many steps back undo it, unless a limit was met. A view
    that begins beyond a limit may stay there.
    """
    distance = view.distance
    if distance == 0:
        return view
    limits = min(nearest, distance), max(farthest, distance)
    # In logarithms, so that a wild number of steps meets a limit and not an overflow.
    wanted = np.clip(np.log(distance) + steps * np.log(DOLLY_FACTOR), *np.log(limits))
    offset = (view.camera.position - view.pivot) * (float(np.exp(wanted)) / distance)
    return OrbitPose(_camera(view.camera.rotation, view.pivot + offset), view.pivot)


def dolly_to(
    view: OrbitPose, point: Array, steps: float, nearest: float, farthest: float
) -> OrbitPose:
    """Move as `dolly` does, but towards a point that stays where it is in the picture.

    The pivot keeps its place in the picture too, and comes nearer by the same share.
    """
    moved = dolly(view, steps, nearest, farthest)
    if view.distance == 0:
        return view
    share = moved.distance / view.distance
    position = point + share * (view.camera.position - point)
    return OrbitPose(_camera(view.camera.rotation, position), point + share * (view.pivot - point))


def move(view: OrbitPose, shift: Array) -> OrbitPose:
    """Move camera and pivot by `shift`, [3] in world units."""
    return OrbitPose(
        _camera(view.camera.rotation, view.camera.position + shift), view.pivot + shift
    )


def at_distance(view: OrbitPose, distance: float) -> OrbitPose:
    """See the pivot in the same direction, from another distance."""
    offset = view.camera.position - view.pivot
    length = float(np.linalg.norm(offset))
    away = offset / length if length > 0 else -view.camera.forward
    return OrbitPose(_camera(view.camera.rotation, view.pivot + distance * away), view.pivot)


def focus(view: OrbitPose, point: Array) -> OrbitPose:
    """Turn around `point` from now on, from as far away, and see it in the middle.

    The direction of the gaze is kept: the camera slides sideways, as it does in other viewers.
    """
    distance = float(np.linalg.norm(point - view.camera.position))
    position = point - distance * view.camera.forward
    return OrbitPose(_camera(view.camera.rotation, position), np.array(point, dtype=np.float64))


def fly(start: OrbitPose, end: OrbitPose, share: float) -> OrbitPose:
    """The view a `share` of 0…1 of the way: it arcs around the moving pivot.

    Exactly `start` at 0 and `end` at 1.
    """
    if share <= 0:
        return start
    if share >= 1:
        return end
    pivot = start.pivot + share * (end.pivot - start.pivot)
    first, last = start.camera.rotation, end.camera.rotation
    axis, angle = axis_and_angle(first.T @ last)
    rotation = first @ rotation_about(axis, share * angle)
    # The pivot as each camera sees it: between the two it moves on a straight line.
    seen_first = first.T @ (start.pivot - start.camera.position)
    seen_last = last.T @ (end.pivot - end.camera.position)
    seen = seen_first + share * (seen_last - seen_first)
    return OrbitPose(_camera(rotation, pivot - rotation @ seen), pivot)


def eased(share: float) -> float:
    """A share of time 0…1 as a share of the way: slow at both ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def point_under(
    frame: Frame,
    frustum: Frustum,
    surface: NDArray[np.bool_],  # [64, 64], where rays meet something
    u: float,  # pixel of the picture with its border, column and row
    v: float,
) -> Array | None:
    """[3]: the world point that `frame` shows at a pixel; None where there is no surface.

    Takes the contribution depth of the nearest ray: between two rays a silhouette would mix.
    """
    depths = frame.contribution_depth if frame.contribution_depth is not None else frame.depth
    if depths is None:
        return None
    scale = FEATURE_MAP_SIDE / frame.picture.shape[0]
    column, row = (
        int(np.clip(np.rint(value * scale), 0, FEATURE_MAP_SIDE - 1)) for value in (u, v)
    )
    depth = float(depths[row, column])
    if not surface[row, column] or not np.isfinite(depth) or depth <= 0:
        return None
    camera = frustum.map_intrinsics
    ray = np.array(
        [
            (u * scale - camera.principal_x) / camera.focal,
            (v * scale - camera.principal_y) / camera.focal,
            1.0,
        ]
    )
    return np.asarray(frame.camera.position + frame.camera.rotation @ (ray * depth))


# Written out here: scipy's Rotation takes a third of a second to import, and the window waits.


def rotation_about(axis: Array, angle: float) -> Array:
    """[3, 3]: the right-handed rotation about a unit vector."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross))


def axis_and_angle(rotation: Array) -> tuple[Array, float]:
    """The unit axis and the angle 0…π of a [3, 3] rotation; any axis where nothing turns."""
    double_sine = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    angle = float(np.arctan2(np.linalg.norm(double_sine), np.trace(rotation) - 1))
    if angle < 1e-9:
        return np.array([0.0, 0.0, 1.0]), 0.0
    if angle < 3.0:
        return double_sine / np.linalg.norm(double_sine), angle
    # Near half a turn the sines vanish: the symmetric part is axis · axisᵀ there.
    symmetric = (rotation + rotation.T) / 2 + np.eye(3) * (1 - np.trace(rotation)) / 2
    axis = symmetric[:, int(np.argmax(np.diag(symmetric)))]
    axis = axis / np.linalg.norm(axis)
    return np.asarray(axis if axis @ double_sine >= 0 else -axis), angle


def _camera(rotation: Array, position: Array) -> Camera:
    matrix = np.eye(4)
    matrix[:3, :3] = nearest_rotation(rotation)
    matrix[:3, 3] = position
    return Camera(matrix)
