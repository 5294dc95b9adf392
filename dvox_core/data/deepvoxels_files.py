"""Reads and writes the text files of the authors' layout: intrinsics.txt and pose files."""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.atomic_files import write_text
from dvox_core.errors import CaptureError
from dvox_core.file_kinds import kind_of
from dvox_core.geometry.cameras import Camera, Intrinsics, nearest_rotation
from dvox_core.geometry.frustum import DEFAULT_NEAR_PLANE
from dvox_core.geometry.grid import GridPlacement

Array = NDArray[np.float64]

MENDABLE_ERROR = 1e-2
"""Largest |R Rᵀ − 1| of a pose file that counts as a rotation written with few digits."""

UNTOUCHED_ERROR = 1e-6
"""Below this |R Rᵀ − 1| a pose is kept to the last bit, so that writing and reading agree."""

LARGEST_PICTURE = 65536
"""Pixels of a side."""

SQUARE_PIXELS = 0.02
"""Focal lengths of both axes that differ by a smaller share are taken for one."""

INTRINSICS_LINES = (
    "line 1: focal cx cy, line 2: grid centre x y z, line 3: near plane, "
    "line 4: grid side (scale), line 5: height width"
)


@dataclass(frozen=True)
class IntrinsicsFile:
    """What intrinsics.txt says.

    Attributes:
        intrinsics: of the stored pictures, in their pixels.
        placement: the grid's cube.
        near_plane: world units; the file's 0 is already resolved to √3/2.
        world_to_camera_poses: the pose files beside it are world-to-camera.
        notes: lines for the user about what was guessed or passed over in it.
    """

    intrinsics: Intrinsics
    placement: GridPlacement
    near_plane: float
    world_to_camera_poses: bool = False
    notes: tuple[str, ...] = field(default=(), compare=False)


def read_intrinsics(path: Path) -> IntrinsicsFile:
    """Read an intrinsics.txt.

    Raises:
        CaptureError: missing, unreadable, incomplete, or with impossible numbers; the message
            names file, line and remedy.
    """
    lines = _numbered_lines(path)
    if len(lines) < 5:
        raise CaptureError(
            f"{path}: has {len(lines)} lines of 5; write the missing ones ({INTRINSICS_LINES})"
        )
    notes: list[str] = []
    first = _numbers(path, lines[0], 3, "focal length, cx and cy")
    center_x, center_y, center_z = _numbers(path, lines[1], 3, "the grid's centre x, y and z")
    (near_plane,) = _numbers(path, lines[2], 1, "the near plane (0 stands for √3/2)")
    (scale,) = _numbers(path, lines[3], 1, "scale, the side of the whole grid in world units")
    height, width = _numbers(path, lines[4], 2, "the pictures' height and width in pixels")
    flag = _flag(path, lines[5], notes) if lines[5:] else False
    focal, principal_x, principal_y = _pinhole(path, lines[0], first, (width, height), notes)
    _require_positive(path, lines[0], "the focal length", focal)
    _require_positive(path, lines[3], "scale (the side of the whole grid)", scale)
    _require_positive(path, lines[4], "the height", height)
    _require_positive(path, lines[4], "the width", width)
    if max(height, width) > LARGEST_PICTURE:
        raise CaptureError(
            f"{path}, line {lines[4].number}: height and width are {height:g} {width:g}; "
            "write the pictures' size in pixels"
        )
    if height != round(height) or width != round(width):
        raise CaptureError(
            f"{path}, line {lines[4].number}: height and width are whole pixels, "
            f"this is {height:g} {width:g}; write the pictures' size"
        )
    if near_plane < 0:
        raise CaptureError(
            f"{path}, line {lines[2].number}: the near plane is {near_plane:g}; "
            "write a distance before the cameras, or 0 for √3/2"
        )
    return IntrinsicsFile(
        intrinsics=Intrinsics(focal, principal_x, principal_y, round(height), round(width)),
        placement=GridPlacement((center_x, center_y, center_z), scale),
        near_plane=near_plane or DEFAULT_NEAR_PLANE,
        world_to_camera_poses=flag,
        notes=tuple(notes),
    )


def write_intrinsics(path: Path, content: IntrinsicsFile) -> None:
    """Write an intrinsics.txt that the authors' code reads too, whole or not at all."""
    camera = content.intrinsics
    lines = [
        _text(camera.focal, camera.principal_x, camera.principal_y, 0.0),
        _text(*content.placement.center),
        _text(content.near_plane),
        _text(content.placement.scale),
        f"{camera.height} {camera.width}",
    ]
    if content.world_to_camera_poses:
        lines.append("1")
    write_text(path, "\n".join(lines) + "\n")


def read_pose(path: Path, world_to_camera: bool = False) -> Camera:
    """Read a pose file: 16 numbers, row by row, on one line or on 4 lines of 4.

    Args:
        path: the file.
        world_to_camera: the file holds the inverse of a camera-to-world matrix.

    Raises:
        CaptureError: not 16 finite numbers, or not a rigid transform.
    """
    lines = _numbered_lines(path)
    values = [value for line in lines for value in _numbers(path, line, 0, "numbers")]
    if len(values) != 16:
        raise CaptureError(
            f"{path}: expected 16 numbers (a 4×4 matrix on one line or 4 lines of 4), "
            f"got {len(values)}; write the whole camera-to-world matrix"
        )
    try:
        return camera_from_matrix(np.array(values).reshape(4, 4), world_to_camera)
    except ValueError as error:
        raise CaptureError(
            f"{path}: {error}; write a rigid 4×4 camera-to-world matrix, or leave this view out"
        ) from error


def camera_from_matrix(matrix: Array, world_to_camera: bool = False) -> Camera:
    """A camera from a [4, 4] matrix out of a text file, with the rounding of its digits mended.

    Raises:
        ValueError: the matrix is not rigid, even within `MENDABLE_ERROR`.
    """
    mended = np.array(matrix, dtype=np.float64)
    rotation = mended[:3, :3]
    if np.isfinite(rotation).all() and np.abs(rotation).max() < 2:
        error = np.abs(rotation @ rotation.T - np.eye(3)).max()
        if UNTOUCHED_ERROR < error < MENDABLE_ERROR and np.linalg.det(rotation) > 0:
            mended[:3, :3] = nearest_rotation(rotation)
    camera = Camera(mended)
    return Camera(camera.world_to_camera) if world_to_camera else camera


def read_pose_folder(folder: Path, world_to_camera: bool = False) -> list[tuple[str, Camera]]:
    """Read all poses of `folder`/pose, or of `folder` itself, sorted by name.

    Returns:
        (file name without its ending, camera), in the order in which pictures are paired.

    Raises:
        CaptureError: there is no pose file, or one cannot be used.
    """
    inner = folder / "pose"
    paths = list_files(inner if inner.is_dir() else folder, (".txt",))
    paths = [path for path in paths if path.name != "intrinsics.txt"]
    if not paths:
        raise CaptureError(
            f"{inner if inner.is_dir() else folder}: holds no pose files; "
            "it needs one .txt file of 16 numbers for each view"
        )
    return [(path.stem, read_pose(path, world_to_camera)) for path in paths]


def write_pose(path: Path, camera: Camera) -> None:
    """Write a camera-to-world matrix as 16 numbers on one line, whole or not at all."""
    write_text(path, _text(*camera.camera_to_world.ravel()) + "\n")


def list_files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files of a folder with one of `endings`, sorted with their numbers as numbers.

    Hidden files are left out.

    Raises:
        CaptureError: there is no such folder, or it cannot be read.
    """
    try:
        paths = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in endings and not path.name.startswith(".") and path.is_file()
        ]
    except OSError as error:
        raise CaptureError(
            f"{folder}: cannot be read ({error.strerror or error}); give the capture's folder"
        ) from error
    return sorted(paths, key=natural_key)


def natural_key(path: Path) -> tuple[tuple[str, int, str], ...]:
    """A sorting key by which view2 comes before view10."""
    parts = re.split(r"(\d+)", path.stem)
    return tuple(
        (text, int(number or -1), number)
        for text, number in zip(parts[::2], [*parts[1::2], ""], strict=True)
    )


@dataclass(frozen=True)
class _Line:
    number: int  # counted from 1, as an editor shows it
    words: tuple[str, ...]


def _numbered_lines(path: Path) -> list[_Line]:
    """The lines of a text file that are not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise CaptureError(f"{path}: not found; give the capture's folder") from error
    except UnicodeDecodeError as error:
        raise CaptureError(f"{path}: is not a text file; it must hold numbers") from error
    except OSError as error:
        raise CaptureError(
            f"{path}: cannot be read ({error.strerror or error}); check its permissions"
        ) from error
    if text and (kind := kind_of(path)):
        raise CaptureError(f"{path}: is {kind}; it must hold numbers")
    numbered = (_Line(i, tuple(line.split())) for i, line in enumerate(text.splitlines(), 1))
    return [line for line in numbered if line.words]


def _numbers(path: Path, line: _Line, count: int, meaning: str) -> list[float]:
    """The first `count` words of a line as finite numbers; all of its words if `count` is 0."""
    place = f"{path}, line {line.number}"
    if len(line.words) < count:
        raise CaptureError(
            f"{place}: expected {meaning}, got {len(line.words)} of {count} numbers; add the others"
        )
    values = []
    for word in line.words[: count or None]:
        try:
            value = float(word)
        except ValueError as error:
            raise CaptureError(
                f"{place}: expected {meaning}, got “{word[:40]}”; write a number there"
            ) from error
        if not math.isfinite(value):
            raise CaptureError(f"{place}: expected {meaning}, got {word}; write a finite number")
        values.append(value)
    return values


def _flag(path: Path, line: _Line, notes: list[str]) -> bool:
    """The sixth line: whether poses are world-to-camera.

    The authors' code takes a line that is no number for a 0; the script that made their captures
    out of COLMAP's writes such a line.
    """
    try:
        return bool(_numbers(path, line, 1, "1 for world-to-camera poses, else 0")[0])
    except CaptureError:
        notes.append(
            f"{path.name}, line {line.number}: “{' '.join(line.words)[:40]}” is no number, so the "
            "poses are taken as camera-to-world, as the authors' code takes them"
        )
        return False


def _pinhole(
    path: Path,
    line: _Line,
    three: list[float],
    size: tuple[float, float],  # (width, height)
    notes: list[str],
) -> tuple[float, float, float]:
    """(focal, cx, cy) of the first line, which may say fx fy cx cy instead of f cx cy 0."""
    focal, second, third = three
    try:
        fourth = float(line.words[3])
    except (IndexError, ValueError):
        return focal, second, third
    if fourth == 0 or not (_in_middle(third, fourth, size) and focal > 0 < second):
        return focal, second, third
    if abs(second / focal - 1) > SQUARE_PIXELS:
        if _in_middle(second, third, size):
            return focal, second, third
        raise CaptureError(
            f"{path}, line {line.number}: “{' '.join(line.words)}” looks like fx fy cx cy with two "
            "focal lengths; scale the pictures to square pixels and write one: f cx cy 0"
        )
    notes.append(
        f"{path.name}, line {line.number}: read as fx fy cx cy and not as f cx cy 0, for its "
        "fourth number is not 0; the focal length is the mean of the two"
    )
    return (focal + second) / 2, third, fourth


def _in_middle(x: float, y: float, size: tuple[float, float]) -> bool:
    """Whether a point lies in the middle half of a picture, as principal points do."""
    return all(
        0.25 * side <= value <= 0.75 * side for value, side in zip((x, y), size, strict=True)
    )


def _text(*values: float) -> str:
    """Numbers in a row, each with all its digits."""
    return " ".join(repr(float(value)) for value in values)


def _require_positive(path: Path, line: _Line, name: str, value: float) -> None:
    if value <= 0:
        raise CaptureError(
            f"{path}, line {line.number}: {name} is {value:g}; write a number above 0"
        )
