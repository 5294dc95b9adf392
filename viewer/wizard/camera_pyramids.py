"""A capture's cameras as pyramids in the world."""

from collections.abc import Sequence

import numpy as np

from dvox_core.data.lens import Lens
from dvox_core.data.source import SourceView
from dvox_core.geometry.cameras import Camera
from viewer.view3d.projection import Array

PYRAMID_SHARE = 0.09
"""Size of the cameras' pyramids against their distance to the grid."""


def frustum_corners(camera: Camera, lens: Lens, depth: float) -> Array:
    """[4, 3]: the corners of what a camera sees at a depth, in the world, around the picture."""
    x = (np.array([0, 1, 1, 0]) * lens.width - lens.principal_x) / lens.focal_x
    y = (np.array([0, 0, 1, 1]) * lens.height - lens.principal_y) / lens.focal_y
    rays = np.stack([x, y, np.ones(4)], axis=1)
    return np.asarray(camera.position + depth * rays @ camera.rotation.T)


def camera_pyramids(views: Sequence[SourceView], center: Array) -> Array:
    """[V, 8, 2, 3]: the edges of a small pyramid for each view's camera, in the world."""
    positions = np.array([view.camera.position for view in views])
    depth = PYRAMID_SHARE * float(np.median(np.linalg.norm(positions - center, axis=1)))
    pyramids = []
    for view, position in zip(views, positions, strict=True):
        corners = frustum_corners(view.camera, view.lens, depth)
        sides = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
        spokes = np.stack([np.broadcast_to(position, corners.shape), corners], axis=1)
        pyramids.append(np.concatenate([sides, spokes]))
    return np.array(pyramids)
