"""Finds what an object stands on or hangs at: floors and walls, which bound everything seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.geometry.cameras import Camera
from dvox_core.radiance_field.field import RadianceField

Points = NDArray[np.float64]

THICKNESS = 1.5
"""Voxels: how far from a plane a place lies in it."""

CLEARANCE = 1.5
"""Voxels above a plane from which on a place is not the support's."""

DEEP = 3.0
"""Voxels below a plane from which on a place contradicts that it bounds everything."""

LEAST_IN_PLANE = 0.06
MOST_BEHIND = 0.03
LEAST_SPREAD = 0.4
"""Share of the plane's part in the cube that is seen to be filled: a support goes on beyond the
object, a flat side of the object does not."""

MOST_PLANES = 3
LARGEST_COSINE = 0.35
"""Of two planes' normals: a floor and walls stand upright on each other, and what is nearly
parallel to one of them is the object's."""

DRAWS = 1500
DRAWN_POINTS = 6000
SPREAD_CELL = 6
"""Voxels, an edge of the cells that the spread is counted by."""


@dataclass(frozen=True, eq=False)
class SupportPlane:
    """A floor or a wall.

    Attributes:
        point, normal: [3], in the world; the normal is a unit vector towards the cameras.
    """

    point: Points
    normal: Points

    def heights(self, points: Points) -> Points:
        """[…] above the plane, of places […, 3]."""
        return np.asarray((points - self.point) @ self.normal)

    def feet(self, points: Points, reach: float) -> Points:
        """[M, 3]: where those of the places [N, 3] that are within reach of the plane meet it."""
        heights = self.heights(points)
        near = heights < reach
        return np.asarray(points[near] - heights[near, None] * self.normal)


def support_planes(
    points: Points, cameras: Sequence[Camera], field: RadianceField
) -> tuple[SupportPlane, ...]:
    """Floor and walls among places that are seen.

    All cameras are on one side of such a plane, hardly anything is seen behind it, and it goes on
    to the cube's faces.
    """
    positions = np.array([camera.position for camera in cameras])
    voxel = field.voxel_size
    random = np.random.default_rng(0)
    total, planes = len(points), list[SupportPlane]()
    while len(planes) < MOST_PLANES and len(points) > LEAST_IN_PLANE * total:
        plane = _best_plane(points, positions, voxel, [known.normal for known in planes], random)
        if plane is None:
            break
        heights = plane.heights(points) / voxel
        inside = np.abs(heights) < THICKNESS
        if (
            inside.sum() < LEAST_IN_PLANE * total
            or (heights < -DEEP).sum() > MOST_BEHIND * total
            or _spread(plane, points[inside], field) < LEAST_SPREAD
        ):
            break
        planes.append(plane)
        points = points[heights > CLEARANCE]
    return tuple(planes)


def _best_plane(
    points: Points,
    positions: Points,
    voxel: float,
    known: Sequence[Points],  # normals
    random: np.random.Generator,
) -> SupportPlane | None:
    """The plane with most places in it and fewest behind it, by random triples; then fitted."""
    drawn = points[random.permutation(len(points))[:DRAWN_POINTS]]
    best, best_score = None, -np.inf
    for _ in range(DRAWS):
        one, two, three = drawn[random.integers(len(drawn), size=3)]
        normal = np.cross(two - one, three - one)
        length = float(np.linalg.norm(normal))
        if length < 1e-12:
            continue
        normal = normal / length
        if any(abs(other @ normal) > LARGEST_COSINE for other in known):
            continue
        sides = (positions - one) @ normal
        if sides.min() < 0 < sides.max():
            continue
        plane = SupportPlane(one, normal if sides.max() > 0 else -normal)
        heights = plane.heights(drawn) / voxel
        score = (np.abs(heights) < THICKNESS).mean() - 2 * (heights < -DEEP).mean()
        if score > best_score:
            best, best_score = plane, float(score)
    for _ in range(5 if best is not None else 0):
        assert best is not None
        near = drawn[np.abs(best.heights(drawn)) < THICKNESS * voxel]
        if len(near) < 3:
            return best
        middle = near.mean(axis=0)
        normal = np.linalg.svd(near - middle, full_matrices=False)[2][2]
        best = SupportPlane(middle, normal if normal @ best.normal > 0 else -normal)
    if best is None or best.heights(positions).min() <= 0:
        return None
    is_upright = all(abs(other @ best.normal) <= LARGEST_COSINE for other in known)
    return best if is_upright else None


def _spread(plane: SupportPlane, inside: Points, field: RadianceField) -> float:
    """The share of the plane's part in the cube that its places fill, 0…1."""
    across = np.linalg.svd(plane.normal[None])[2][1:]  # two axes in the plane
    cell = SPREAD_CELL * field.voxel_size
    reach = int(np.ceil(field.placement.scale / cell))
    steps = np.arange(-reach, reach + 1) * cell
    one, two = np.meshgrid(steps, steps, indexing="ij")
    cells = plane.point + one[..., None] * across[0] + two[..., None] * across[1]
    away = np.abs(cells - np.asarray(field.placement.center)).max(axis=-1)
    in_cube = away < field.placement.scale / 2 - cell / 2
    places = np.round(((inside - plane.point) @ across.T) / cell).astype(int) + reach
    places = places[((places >= 0) & (places <= 2 * reach)).all(axis=1)]
    filled = np.zeros(in_cube.shape, dtype=bool)
    filled[places[:, 0], places[:, 1]] = True
    return float((filled & in_cube).sum() / max(1, in_cube.sum()))
