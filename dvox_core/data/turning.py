"""Turns a source's world so that a direction of it is up, +z."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.source import Source, SourceView
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera, nearest_rotation

Array = NDArray[np.float64]


def turn_source(source: Source, up: tuple[float, float, float] | None) -> Source:
    """The source with cameras, points and grid turned so that `up` is +z; None changes nothing.

    A grid of the source's own keeps its centre's place in the scene and its side.

    Raises:
        CaptureError: the direction is no direction.
    """
    if up is None:
        return source
    rotation = rotation_to_z(up)
    placement = source.placement
    if placement is not None:
        x, y, z = rotation @ np.asarray(placement.center)
        placement = replace(placement, center=(float(x), float(y), float(z)))
    return replace(
        source,
        views=turn_views(source.views, up),
        points=source.points @ rotation.T,
        placement=placement,
    )


def turn_views(
    views: Sequence[SourceView], up: tuple[float, float, float] | None
) -> tuple[SourceView, ...]:
    """The views with their cameras turned so that `up` is +z; None changes nothing."""
    if up is None:
        return tuple(views)
    turn = np.eye(4)
    turn[:3, :3] = rotation_to_z(up)
    return tuple(replace(view, camera=Camera(turn @ view.camera.camera_to_world)) for view in views)


def rotation_to_z(up: tuple[float, float, float]) -> Array:
    """[3, 3]: the smallest rotation that takes `up` to +z.

    Raises:
        CaptureError: not finite, or of no length.
    """
    from scipy.spatial.transform import Rotation  # 15 MiB that the window need not hold

    direction = np.asarray(up, dtype=np.float64)
    length = float(np.linalg.norm(direction))
    if not np.isfinite(length) or length == 0:
        raise CaptureError(f"up is {up}; give three finite numbers that are not all 0")
    direction = direction / length
    if direction[2] < -1 + 1e-12:
        return np.diag([1.0, -1.0, -1.0])
    axis = np.cross(direction, (0.0, 0.0, 1.0))
    sine = float(np.linalg.norm(axis))
    if sine == 0:
        return np.eye(3)
    angle = np.arctan2(sine, direction[2])
    return nearest_rotation(Rotation.from_rotvec(axis / sine * angle).as_matrix())
