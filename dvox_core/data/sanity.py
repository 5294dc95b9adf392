"""Finds what a capture's numbers make unlikely, and what is likely wrong with it."""

from collections.abc import Callable, Sequence

import numpy as np

from dvox_core.data.placement import coverage, place_grid
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import OPENGL_TO_OPENCV, Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement

FEWEST_SEEING = 0.5
"""With a smaller share of cameras that see the grid, something is wrong with all of them."""

SMALLEST_SIDE, LARGEST_SIDE = 1e-3, 1e3
"""The grid's side as a share of the cameras' distance; 0.1 to 2 is usual."""

CONVINCING = 0.8
"""Share of cameras that must see the grid for another reading of the poses to be told."""


def blind_problem(
    cameras: Sequence[Camera],
    shares: Sequence[float],  # of the grid that each camera sees
    intrinsics: Intrinsics,
    placement: GridPlacement | None,
    near_plane: float,
) -> str:
    """What to say where most cameras see nothing of the grid; "" where enough do.

    Args:
        placement: the grid's, if it is the capture's own; None if it follows from the cameras.
    """
    blind = sum(share == 0 for share in shares)
    if len(cameras) - blind >= max(FEWEST_SEEING * len(cameras), 2):
        return ""
    return f"{blind} of {len(cameras)} cameras see nothing of the voxel grid; " + likely_cause(
        cameras, intrinsics, placement, near_plane
    )


def likely_cause(
    cameras: Sequence[Camera],
    intrinsics: Intrinsics,
    placement: GridPlacement | None,
    near_plane: float,
) -> str:
    """Under which other reading of the poses most cameras would see the grid, with the remedy."""
    best, cause = CONVINCING, ""
    for name, change in _READINGS.items():
        share = _seeing(
            [Camera(change(camera.camera_to_world)) for camera in cameras],
            intrinsics,
            placement,
            near_plane,
        )
        if share >= best:
            best, cause = share, f"likely {name}: then {share:.0%} of them would see it"
            if share == 1:
                break
    return cause or (
        "check the poses' direction (camera-to-world, z forward), whether the cameras stand "
        "around an object, and the grid's centre, scale and near plane"
    )


def absurd_numbers(
    cameras: Sequence[Camera], intrinsics: Intrinsics, placement: GridPlacement, near_plane: float
) -> list[str]:
    """Lines about numbers with which nothing can be trained."""
    problems = []
    positions = np.array([camera.position for camera in cameras])
    distances = np.linalg.norm(positions - np.asarray(placement.center), axis=1)
    usual = float(np.median(distances))
    if not SMALLEST_SIDE * usual <= placement.scale <= LARGEST_SIDE * usual:
        nearest = int(np.argmin(distances))
        problems.append(
            f"the grid's side is {placement.scale:.3g} where the cameras stand {usual:.3g} from "
            f"its centre (the nearest, view {nearest + 1}, {distances[nearest]:.3g}): leave out a "
            "camera that stands at the centre, or give --center and --scale"
        )
    u, v = intrinsics.principal_x, intrinsics.principal_y
    if not (0 <= u <= intrinsics.width and 0 <= v <= intrinsics.height):
        problems.append(
            f"the principal point ({u:.4g}, {v:.4g}) is outside the pictures of "
            f"{intrinsics.width}×{intrinsics.height}: check cx and cy"
        )
    if near_plane > 1e3 * usual > 0:
        problems.append(
            f"the near plane is {near_plane:.3g} where the cameras stand {usual:.3g} from the "
            "grid's centre: give --near"
        )
    return problems


def _seeing(
    cameras: Sequence[Camera],
    intrinsics: Intrinsics,
    placement: GridPlacement | None,
    near_plane: float,
) -> float:
    """The share of cameras that see something of the grid."""
    if placement is None:
        try:
            placed = place_grid(cameras, intrinsics, np.zeros((0, 3)))
        except CaptureError:
            return 0.0
        placement, near_plane = placed.placement, placed.near_plane
    return float((coverage(cameras, intrinsics, placement, near_plane) > 0).mean())


def _inverse(pose: np.ndarray) -> np.ndarray:
    return np.asarray(Camera(pose).world_to_camera)


_READINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "the poses are world-to-camera (a sixth line of 1 in intrinsics.txt says so)": _inverse,
    "the poses have OpenGL's axes, y up and −z forward (negate their 2nd and 3rd column)": (
        lambda pose: pose @ OPENGL_TO_OPENCV
    ),
    "the poses are world-to-camera with OpenGL's axes (invert them, then negate the 2nd and 3rd "
    "column)": lambda pose: _inverse(pose) @ OPENGL_TO_OPENCV,
}
"""Other ways in which people write poses, by what to say of them."""
