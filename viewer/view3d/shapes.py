"""What a 3D view shows: shapes in the world, in the order in which they are painted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.geometry.grid import GridPlacement
from viewer.view3d.projection import BOX_EDGES, Array

RIM = np.array([(-0.5, -0.5, 1), (0.5, -0.5, 1), (0.5, 0.5, 1), (-0.5, 0.5, 1)])
"""Corners of a camera's frustum of depth 1."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Segments from [N, 3] to [N, 3], world units."""

    starts: Array
    ends: Array
    color: str
    alpha: int = 255
    width: float = 1.0  # pixels


@dataclass(frozen=True, eq=False)
class Dots:
    """Discs at [N, 3]; `sizes` are their diameters in pixels, one for all or [N]."""

    points: Array
    color: str
    sizes: Array | float
    alpha: int = 255


@dataclass(frozen=True, eq=False)
class Sheets:
    """Filled quadrilaterals [N, 4, 3]."""

    corners: Array
    color: str
    alpha: int = 255


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels [G, G, G, 4] (z, y, x), colour and opacity 0…1, in the grid's place."""

    cloud: NDArray[np.float32]
    placement: GridPlacement


@dataclass(frozen=True, eq=False)
class Label:
    """A word beside a point [3]."""

    point: Array
    text: str
    color: str


PaintedShape = Lines | Dots | Sheets | Volume
"""What the painters paint; words are painted over it."""

Shape = PaintedShape | Label


def box_lines(corners: Array, color: str, width: float = 1.0) -> Lines:
    """The edges of a box by its corners [8, 3], as `GridPlacement.corners` orders them."""
    first, last = np.array(BOX_EDGES).T
    return Lines(corners[first], corners[last], color, width=width)


def camera_lines(cameras: Sequence[Camera], size: float, color: str, width: float = 1.0) -> Lines:
    """A small frustum for each camera, `size` world units deep."""
    tips = np.array([camera.position for camera in cameras]).reshape(-1, 1, 3)
    rims = np.array([size * RIM @ camera.rotation.T for camera in cameras]).reshape(-1, 4, 3) + tips
    starts = np.concatenate([rims, np.broadcast_to(tips, rims.shape)], axis=1)
    ends = np.concatenate([np.roll(rims, -1, axis=1), rims], axis=1)
    return Lines(starts.reshape(-1, 3), ends.reshape(-1, 3), color, width=width)


def axis_labels(placement: GridPlacement, color: str) -> list[Label]:
    """The names of the axes, at the grid's first corner."""
    corner = np.asarray(placement.center) - placement.scale / 2
    ends = corner + np.eye(3) * placement.scale * 1.07
    return [Label(end, name, color) for end, name in zip(ends, "xyz", strict=True)]
