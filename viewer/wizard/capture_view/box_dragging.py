"""Moves and resizes the grid's box by what the mouse does to it in the picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.grid import GridPlacement
from viewer.view3d.projection import Projection

Array = NDArray[np.float64]

SMALLEST_SHARE = 0.02
"""Of its side a box keeps at least so much in one move."""

HARDLY = 1e-3
"""An axis that moves fewer pixels than this for the box's side is seen end on."""


@dataclass(frozen=True)
class Handle:
    """What can be taken hold of: a face of the box, or its middle (`axis` −1)."""

    axis: int
    side: int  # −1 or +1

    @property
    def is_face(self) -> bool:
        """Whether it is a face."""
        return self.axis >= 0

    def point(self, box: GridPlacement) -> Array:
        """[3]: its place in the world."""
        center = np.asarray(box.center)
        if not self.is_face:
            return center
        return np.asarray(center + self.side * box.scale / 2 * np.eye(3)[self.axis])


HANDLES = (*(Handle(axis, side) for axis in range(3) for side in (-1, 1)), Handle(-1, 0))


def pulled_face(
    projection: Projection,
    box: GridPlacement,
    face: Handle,
    move: Array,  # [2], pixels
) -> GridPlacement | None:
    """The box with one face pulled along its axis; the opposite face stays, the box stays a cube.

    None where the axis is seen end on, so that the mouse says nothing about it.
    """
    direction, side = np.eye(3)[face.axis], face.side
    per_unit = projection.shift_per_unit(face.point(box), direction, 0.01 * box.scale)
    length = float(per_unit @ per_unit)
    if not np.isfinite(length) or length * box.scale**2 < HARDLY:
        return None
    along = float(move @ per_unit) / length
    growth = max(side * along, (SMALLEST_SHARE - 1) * box.scale)
    center = np.asarray(box.center) + side * growth / 2 * direction
    return GridPlacement(_triple(center), box.scale + growth)


def moved_box(projection: Projection, box: GridPlacement, move: Array) -> GridPlacement | None:
    """The box moved in the plane of the picture."""
    center, camera = np.asarray(box.center), projection.camera
    columns = [
        projection.shift_per_unit(center, axis, 0.01 * box.scale)
        for axis in (camera.right, camera.down)
    ]
    matrix = np.stack(columns, axis=1)
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
        return None
    right, down = np.linalg.solve(matrix, move)
    return GridPlacement(_triple(center + right * camera.right + down * camera.down), box.scale)


def _triple(point: Array) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])
