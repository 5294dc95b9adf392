"""Cameras: intrinsics and camera-to-world poses, in OpenCV's axes (x right, y down, z forward)."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

OPENGL_TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
"""Turns camera axes: camera-to-world · this, from x right, y up, −z forward."""

FARTHEST = 1e12
"""World units; single precision tells nothing apart out there."""

ROTATION_TOLERANCE = 1e-3
"""Largest |R Rᵀ − 1| of a pose that still counts as a rotation; text files are rounded."""


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera with square pixels, in pixels of a `height` × `width` picture.

    Pixel (u, v) with integer u, v is a sample position: a point on the optical axis projects to
    (principal_x, principal_y).
    """

    focal: float
    principal_x: float
    principal_y: float
    height: int
    width: int

    def scaled_to(self, side: int) -> "Intrinsics":
        """The same camera for a picture of side × side pixels (the authors' scaling)."""
        return Intrinsics(
            focal=self.focal * side / self.height,
            principal_x=self.principal_x * side / self.width,
            principal_y=self.principal_y * side / self.height,
            height=side,
            width=side,
        )

    @property
    def vertical_fov_degrees(self) -> float:
        """The vertical field of view, in degrees."""
        return float(np.degrees(2 * np.arctan2(self.height / 2, self.focal)))


@dataclass(frozen=True, eq=False)
class Camera:
    """Where a view is seen from: a rigid camera-to-world transform.

    Attributes:
        camera_to_world: [4, 4] float64, read-only.

    Raises:
        ValueError: not 4×4, not finite, or not rigid; the message says which.
    """

    camera_to_world: Array = field(repr=False)

    def __post_init__(self) -> None:
        matrix = np.array(self.camera_to_world, dtype=np.float64)
        problem = _pose_problem(matrix)
        if problem:
            raise ValueError(problem)
        matrix.flags.writeable = False
        object.__setattr__(self, "camera_to_world", matrix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Camera) and np.array_equal(
            self.camera_to_world, other.camera_to_world
        )

    def __hash__(self) -> int:
        return hash(self.camera_to_world.tobytes())

    def __repr__(self) -> str:
        position = ", ".join(f"{value:.3g}" for value in self.position)
        return f"Camera(position=({position}))"

    @property
    def rotation(self) -> Array:
        """[3, 3]: columns are the camera's right, down and forward in the world."""
        return self.camera_to_world[:3, :3]

    @property
    def position(self) -> Array:
        """[3]: the camera's centre in world units."""
        return self.camera_to_world[:3, 3]

    @property
    def right(self) -> Array:
        """[3]: unit vector."""
        return self.camera_to_world[:3, 0]

    @property
    def down(self) -> Array:
        """[3]: unit vector."""
        return self.camera_to_world[:3, 1]

    @property
    def forward(self) -> Array:
        """[3]: unit vector, the viewing direction."""
        return self.camera_to_world[:3, 2]

    @cached_property
    def world_to_camera(self) -> Array:
        """[4, 4]: the inverse transform."""
        inverse = np.eye(4)
        inverse[:3, :3] = self.rotation.T
        inverse[:3, 3] = -self.rotation.T @ self.position
        return inverse

    def angle_to(self, other: "Camera") -> float:
        """Angle of the rotation between the two cameras, in degrees."""
        trace = float(np.trace(self.rotation.T @ other.rotation))
        return float(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1.0, 1.0))))

    def distance_to(self, other: "Camera") -> float:
        """Distance between the two centres, in world units."""
        return float(np.linalg.norm(self.position - other.position))


def look_at(position: ArrayLike, target: ArrayLike, up: ArrayLike) -> Camera:
    """The camera at `position` that sees `target` in its middle, with `up` upwards in the picture.

    Args:
        position, target: [3], world units, not the same point.
        up: [3], any length; when it is parallel to the view any upright direction is taken.
    """
    eye = np.asarray(position, dtype=np.float64)
    forward = _unit(np.asarray(target, dtype=np.float64) - eye)
    right = np.cross(forward, np.asarray(up, dtype=np.float64))
    if np.linalg.norm(right) < 1e-9:
        right = np.cross(forward, np.eye(3)[int(np.argmin(np.abs(forward)))])
    right = _unit(right)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    matrix[:3, 3] = eye
    return Camera(matrix)


def nearest_rotation(matrix: Array) -> Array:
    """The rotation nearest to a [3, 3] matrix (polar decomposition), to mend rounding."""
    left, _, right = np.linalg.svd(matrix)
    if np.linalg.det(left @ right) < 0:
        left[:, -1] = -left[:, -1]
    return np.asarray(left @ right)


def without_scale(matrix: Array) -> Array:
    """A [4, 4] similarity with its scale taken out of its rotation; other matrices as they are."""
    with np.errstate(all="ignore"):
        volume = np.linalg.det(matrix[:3, :3])
    if not volume > 0 or not np.isfinite(volume) or abs(volume - 1) < 3e-3:
        return matrix  # rounding is not a scale, and the last bits of a pose are kept
    rigid = matrix.copy()
    rigid[:3, :3] /= np.cbrt(volume)
    return rigid


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))


def _pose_problem(matrix: Array) -> str:
    """What is wrong with a pose, or an empty string."""
    if matrix.shape != (4, 4):
        return f"a pose is a 4×4 matrix, this one has shape {matrix.shape}"
    if not np.isfinite(matrix).all():
        return "the pose has values that are not finite (NaN or infinity)"
    if np.abs(matrix).max() > FARTHEST:
        return f"the pose has values above {FARTHEST:g}, beyond all scenes"
    rotation = matrix[:3, :3]
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > ROTATION_TOLERANCE:
        return "the pose's upper left 3×3 block is not a rotation (its rows are not orthonormal)"
    if np.linalg.det(rotation) < 0:
        return "the pose's upper left 3×3 block mirrors (its determinant is negative)"
    if np.abs(matrix[3] - (0, 0, 0, 1)).max() > ROTATION_TOLERANCE:
        return "the pose's last row is not 0 0 0 1"
    return ""
