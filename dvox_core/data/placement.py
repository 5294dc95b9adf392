"""Places the voxel grid and the near plane: from points where there are any, else from cameras."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement

Array = NDArray[np.float64]

COVERAGE_SIDE = 12
"""Coverage is counted on a lattice of this many samples along each side of the grid."""

FEWEST_POINTS = 50
"""A point cloud with fewer points near the middle is not trusted."""

POINT_PERCENTILES = (3.0, 97.0)
POINT_MARGIN = 1.15
"""The grid is this much larger than the box of the percentiles."""

LARGEST_SHARE_TO_CAMERA = 0.9
"""The grid ends at this share of the way to the nearest camera, at most."""


@dataclass(frozen=True)
class Placed:
    """Where the grid is, and why.

    Attributes:
        near_plane: depth of plane 0 for all cameras, world units.
        reasons: lines for the report.
    """

    placement: GridPlacement
    near_plane: float
    reasons: tuple[str, ...]


def place_grid(
    cameras: Sequence[Camera],
    intrinsics: Intrinsics,
    points: Array,  # [N, 3], may be empty
    center: tuple[float, float, float] | None = None,
    scale: float | None = None,
    near_plane: float | None = None,
) -> Placed:
    """Place the grid; what is given is kept and the rest is fitted to it.

    Every camera is outside the grid, unless the given numbers forbid it.

    Raises:
        CaptureError: the cameras are all at one place, or a given number is impossible.
    """
    _check_given(center, scale, near_plane)
    positions = np.array([camera.position for camera in cameras])
    looked_at, converging = _looked_at(cameras)
    middle = looked_at if center is None else np.array(center, dtype=np.float64)
    reach = float(np.abs(positions - middle).max(axis=1).min())
    reasons = []
    width = _seen_width(cameras, intrinsics, middle)
    near_points = _points_between(points, positions, middle, POINT_MARGIN * width)
    box = _point_box(near_points)
    if center is not None:
        reasons.append("grid centre: as given")
    elif box is not None and _outside(box[0], positions):
        middle = box[0]
        reach = float(np.abs(positions - middle).max(axis=1).min())
        reasons.append(f"grid centre: the middle of {len(near_points)} points")
    elif converging:
        reasons.append("grid centre: where the cameras look")
    else:
        reasons.append(
            "grid centre: guessed, for the cameras look in parallel; check it, and give "
            "--center if it is wrong"
        )
    if scale is None and reach <= 0:
        raise CaptureError(
            "a camera stands in the grid's centre; give another --center, or leave that view out"
        )
    if scale is not None:
        side = scale
        reasons.append("grid side: as given")
    else:
        if box is not None:
            wanted = POINT_MARGIN * 2 * float(np.abs(box[1] - middle).max())
            why = "the points' box and a margin"
        else:
            wanted = width
            why = "what the cameras see at its centre"
        side = min(wanted, 2 * LARGEST_SHARE_TO_CAMERA * reach)
        reasons.append(
            f"grid side: {why}" + (", cut so that all cameras are outside" * (side < wanted))
        )
    placement = GridPlacement((float(middle[0]), float(middle[1]), float(middle[2])), float(side))
    near = _best_near_plane(cameras, intrinsics, placement) if near_plane is None else near_plane
    reasons.append(
        "near plane: as given" if near_plane is not None else "near plane: covers most of the grid"
    )
    return Placed(placement, float(near), tuple(reasons))


def coverage(
    cameras: Sequence[Camera], intrinsics: Intrinsics, placement: GridPlacement, near_plane: float
) -> Array:
    """The share of the grid that lies in each camera's frustum, [N] in 0…1.

    The frustum reaches from the near plane over twice the grid's side.
    """
    shares = []
    for camera in cameras:
        depths, in_picture = _lattice_depths(camera, intrinsics, placement)
        inside = in_picture & (depths >= near_plane) & (depths <= near_plane + 2 * placement.scale)
        shares.append(inside.mean())
    return np.array(shares)


def up_direction(cameras: Sequence[Camera]) -> Array:
    """The world's up [3] for pictures held upright: square to what the cameras call right.

    Rows of cameras that do not settle it (all in one plane of rolls) fall back on the mean of the
    pictures' up; a unit vector always.
    """
    ups = np.array([-camera.down for camera in cameras])
    rights = np.array([camera.right for camera in cameras])
    mean = ups.mean(axis=0)
    if np.linalg.norm(mean) < 1e-6:
        mean = ups[0]
    mean = mean / np.linalg.norm(mean)
    _, strengths, axes = np.linalg.svd(rights, full_matrices=True)
    settled = len(strengths) == 3 and strengths[2] < 0.3 * strengths[1]
    axis = axes[2] if settled else mean
    axis = axis if axis @ mean >= 0 else -axis
    return np.asarray(axis if axis @ mean > 0.5 else mean)


def _check_given(
    center: tuple[float, float, float] | None, scale: float | None, near_plane: float | None
) -> None:
    if center is not None and not np.isfinite(center).all():
        raise CaptureError(f"the grid's centre is {center}; give three finite numbers")
    for name, value in (("grid's side (scale)", scale), ("near plane", near_plane)):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise CaptureError(f"the {name} is {value:g}; give a number above 0")


def _looked_at(cameras: Sequence[Camera]) -> tuple[Array, bool]:
    """The point nearest to all optical axes in the least-squares sense, and whether it is one.

    Axes that pass far from it are left out in a second round. Parallel axes have no such point;
    then one before the cameras is taken, at thrice their spread.
    """
    positions = np.array([camera.position for camera in cameras])
    forwards = np.array([camera.forward for camera in cameras])
    spread = float(np.linalg.norm(positions - positions.mean(axis=0), axis=1).max())
    if spread < 1e-9 * max(1.0, float(np.abs(positions).max())):
        raise CaptureError(
            "all cameras stand at one place, so nothing can be told of the scene's shape; "
            "use pictures from different places"
        )
    point, sharpness = _nearest_to_lines(positions, forwards)
    offsets = point - positions
    along = (offsets * forwards).sum(axis=1)
    misses = np.linalg.norm(offsets - along[:, None] * forwards, axis=1)
    kept = misses <= 3 * np.median(misses) + 1e-12
    if kept.sum() >= 2:
        point, sharpness = _nearest_to_lines(positions[kept], forwards[kept])
    before = ((point - positions) * forwards).sum(axis=1) > 0
    if sharpness > 1e-3 and before.mean() > 0.5:
        return point, True
    forward = forwards.mean(axis=0)
    length = float(np.linalg.norm(forward))
    forward = forward / length if length > 1e-6 else forwards[0]
    return positions.mean(axis=0) + 3 * spread * forward, False


def _nearest_to_lines(positions: Array, directions: Array) -> tuple[Array, float]:
    """Least-squares meeting point of lines, and the smallest eigenvalue of its system in 0…1."""
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    system = across.mean(axis=0)
    goal = (across @ positions[:, :, None]).mean(axis=0)[:, 0]
    sharpness = float(np.linalg.eigvalsh(system)[0])
    return np.asarray(np.linalg.lstsq(system, goal, rcond=None)[0]), sharpness


def _points_between(points: Array, positions: Array, middle: Array, width: float) -> Array:
    """The object's points, not its surroundings'.

    They lie in a cube of what a picture shows whole, and nearer to its middle than most cameras.
    """
    if len(points) == 0:
        return points
    radius = np.percentile(np.linalg.norm(positions - middle, axis=1), 25)
    offsets = points - middle
    near = np.linalg.norm(offsets, axis=1) < LARGEST_SHARE_TO_CAMERA * radius
    return np.asarray(points[near & (np.abs(offsets).max(axis=1) <= width / 2)])


def _point_box(points: Array) -> tuple[Array, Array] | None:
    """(middle, upper corner) of the points' box without outliers; None if they are too few."""
    if len(points) < FEWEST_POINTS:
        return None
    low, high = np.percentile(points, POINT_PERCENTILES, axis=0)
    if (high - low).max() <= 0:
        return None
    return (low + high) / 2, high


def _outside(point: Array, positions: Array) -> bool:
    return bool(np.abs(positions - point).max(axis=1).min() > 0)


def _seen_width(cameras: Sequence[Camera], intrinsics: Intrinsics, middle: Array) -> float:
    """The side of the square that most pictures show whole at the grid's centre."""
    widths = []
    for camera in cameras:
        x, y, depth = camera.rotation.T @ (middle - camera.position)
        if depth <= 0:
            continue
        u = intrinsics.principal_x + intrinsics.focal * x / depth
        v = intrinsics.principal_y + intrinsics.focal * y / depth
        margin = min(u, v, intrinsics.width - u, intrinsics.height - v)
        if margin > 0:
            widths.append(2 * margin * depth / intrinsics.focal)
    if widths:
        return float(np.percentile(widths, 30))
    distances = [float(np.linalg.norm(middle - camera.position)) for camera in cameras]
    return float(np.median(distances)) * min(1.0, intrinsics.width / intrinsics.focal)


def _best_near_plane(
    cameras: Sequence[Camera], intrinsics: Intrinsics, placement: GridPlacement
) -> float:
    """The near plane by which the cameras together see most of the grid.

    Of equally good ones the middle is taken, so that the slack is before and behind.
    """
    seen = []
    for camera in cameras:
        depths, in_picture = _lattice_depths(camera, intrinsics, placement)
        seen.append(depths[in_picture & (depths > 0)])
    depths = np.sort(np.concatenate(seen))
    smallest = 0.01 * placement.scale
    if len(depths) == 0:
        middle = np.array(placement.center)
        distances = [float(np.linalg.norm(middle - camera.position)) for camera in cameras]
        return max(float(np.median(distances)) - placement.scale, smallest)
    reach = 2 * placement.scale
    first, last = max(depths[0] - reach, smallest), max(depths[-1], 2 * smallest)
    candidates = np.linspace(first, last, 1001)
    counts = np.searchsorted(depths, candidates + reach, side="right") - np.searchsorted(
        depths, candidates, side="left"
    )
    best = candidates[counts == counts.max()]
    return float(best[len(best) // 2])


def _lattice_depths(
    camera: Camera, intrinsics: Intrinsics, placement: GridPlacement
) -> tuple[Array, NDArray[np.bool_]]:
    """Depth of every sample of the grid, and whether it lies in the picture's four sides."""
    steps = (np.arange(COVERAGE_SIDE) + 0.5) / COVERAGE_SIDE - 0.5
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    points = np.asarray(placement.center) + placement.scale * lattice
    x, y, depths = camera.rotation.T @ (points - camera.position).T
    safe = np.where(depths > 0, depths, np.inf)
    u = intrinsics.principal_x + intrinsics.focal * x / safe
    v = intrinsics.principal_y + intrinsics.focal * y / safe
    inside = (u >= 0) & (u <= intrinsics.width) & (v >= 0) & (v <= intrinsics.height)
    return depths, inside & (depths > 0)
