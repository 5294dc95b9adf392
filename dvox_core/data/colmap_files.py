"""Reads COLMAP's model files, binary and text: cameras, images and points3D.

File layout: https://colmap.github.io/format.html
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.lens import LONGEST_SIDE, Lens
from dvox_core.errors import CaptureError
from dvox_core.file_kinds import kind_of
from dvox_core.geometry.cameras import Camera, nearest_rotation

Array = NDArray[np.float64]
Content = TypeVar("Content")


@dataclass(frozen=True)
class ColmapImage:
    """A registered picture."""

    name: str  # with folders, relative to the pictures' folder
    camera: Camera
    lens_id: int


@dataclass(frozen=True, eq=False)
class ColmapPoints:
    """The sparse cloud.

    Attributes:
        positions: [N, 3].
        errors: [N], mean reprojection error in pixels.
        track_lengths: [N], how many pictures see the point.
    """

    positions: Array
    errors: Array
    track_lengths: Array


def read_lenses(folder: Path) -> dict[int, Lens | str]:
    """cameras.bin or cameras.txt as camera id → lens, or the name of a model not supported.

    Raises:
        CaptureError: cut short, damaged, or of a camera model that is not known.
    """
    return _read(folder, "cameras", _binary_lenses, _text_lenses)


def read_images(folder: Path) -> list[ColmapImage]:
    """images.bin or images.txt, sorted by name.

    Raises:
        CaptureError: cut short or damaged.
    """
    images = _read(folder, "images", _binary_images, _text_images)
    return sorted(images, key=lambda image: image.name)


def read_points(folder: Path) -> ColmapPoints:
    """points3D.bin or points3D.txt; empty if there is neither.

    Raises:
        CaptureError: cut short or damaged.
    """
    if not any((folder / f"points3D{ending}").is_file() for ending in (".bin", ".txt")):
        return ColmapPoints(np.zeros((0, 3)), np.zeros(0), np.zeros(0))
    rows = _read(folder, "points3D", _binary_points, _text_points)
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    table = table[np.isfinite(table).all(axis=1)]
    return ColmapPoints(table[:, :3], table[:, 3], table[:, 4])


def is_model(folder: Path) -> bool:
    """Whether a folder holds a COLMAP model."""
    return any(
        (folder / f"cameras{ending}").is_file() and (folder / f"images{ending}").is_file()
        for ending in (".bin", ".txt")
    )


def _simple(focal: float, cx: float, cy: float, *radial: float) -> dict[str, Any]:
    return _pinhole(focal, focal, cx, cy) | {"radial": radial}


def _simple_fisheye(*values: float) -> dict[str, Any]:
    return _simple(*values) | {"fisheye": True}


def _pinhole(fx: float, fy: float, cx: float, cy: float) -> dict[str, Any]:
    return {"focal_x": fx, "focal_y": fy, "principal_x": cx, "principal_y": cy}


def _fisheye(*values: float) -> dict[str, Any]:
    return _pinhole(*values[:4]) | {"radial": values[4:], "fisheye": True}


def _opencv(*values: float) -> dict[str, Any]:
    k1, k2, p1, p2, *more = values[4:]
    return _pinhole(*values[:4]) | {
        "radial": (k1, k2, *more[:1]),
        "radial_denominator": tuple(more[1:]),
        "tangential": (p1, p2),
    }


_MODELS: dict[int, tuple[str, int, Callable[..., dict[str, Any]] | None]] = {
    0: ("SIMPLE_PINHOLE", 3, _simple),
    1: ("PINHOLE", 4, _pinhole),
    2: ("SIMPLE_RADIAL", 4, _simple),
    3: ("RADIAL", 5, _simple),
    4: ("OPENCV", 8, _opencv),
    5: ("OPENCV_FISHEYE", 8, _fisheye),
    6: ("FULL_OPENCV", 12, _opencv),
    7: ("FOV", 5, None),
    8: ("SIMPLE_RADIAL_FISHEYE", 4, _simple_fisheye),
    9: ("RADIAL_FISHEYE", 5, _simple_fisheye),
    10: ("THIN_PRISM_FISHEYE", 12, None),
    11: ("RAD_TAN_THIN_PRISM_FISHEYE", 16, None),
    12: ("SIMPLE_DIVISION", 4, None),
    13: ("DIVISION", 5, None),
    14: ("SIMPLE_FISHEYE", 3, _simple_fisheye),
    15: ("FISHEYE", 4, _fisheye),
    16: ("EUCM", 6, None),
    17: ("EQUIRECTANGULAR", 2, None),
}
_MODEL_NUMBERS = {name: number for number, (name, _, _) in _MODELS.items()}


def unsupported(place: Path, model: str) -> CaptureError:
    """What to say of a camera model that is not supported."""
    return CaptureError(
        f"{place}: camera model {model} is not supported; "
        "run “colmap image_undistorter” and import its result"
    )


def _lens(model: str, width: int, height: int, values: list[float]) -> Lens | str:
    _, count, build = _MODELS.get(_MODEL_NUMBERS.get(model, -1), (model, 0, None))
    if build is None:
        return model
    if len(values) != count:
        raise ValueError(f"a {model} camera has {len(values)} parameters, not {count}")
    lens = Lens(width=width, height=height, **build(*values))
    if not np.isfinite(values).all() or min(lens.focal_x, lens.focal_y, width, height) <= 0:
        raise ValueError("a camera's size or focal length is not above 0")
    if max(width, height) > LONGEST_SIDE:
        raise ValueError(f"a camera's picture is more than {LONGEST_SIDE} pixels wide or high")
    return lens


def _camera(quaternion: tuple[float, ...], translation: tuple[float, ...]) -> Camera:
    """Camera-to-world from COLMAP's world-to-camera quaternion (w, x, y, z) and translation."""
    w, x, y, z = np.array(quaternion) / np.linalg.norm(quaternion)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = nearest_rotation(rotation).T
    matrix[:3, 3] = -matrix[:3, :3] @ translation
    return Camera(matrix)


def _read(
    folder: Path,
    stem: str,
    from_binary: Callable[[Path, "_Bytes"], Content],
    from_text: Callable[[Path, list[str]], Content],
) -> Content:
    binary, text = folder / f"{stem}.bin", folder / f"{stem}.txt"
    path = binary if binary.is_file() else text
    try:
        if path == binary:
            return from_binary(path, _Bytes(path.read_bytes()))
        return from_text(
            path, path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        )
    except (OSError, ValueError, IndexError, struct.error, np.linalg.LinAlgError) as error:
        kind = kind_of(path)
        what = kind or f"no whole COLMAP file ({error})"
        raise CaptureError(f"{path}: is {what}; export the model again") from error


class _Bytes:
    """A cursor over little-endian values."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def skip(self, count: int) -> None:
        self.position += count
        if self.position > len(self.data):
            raise ValueError("cut short")

    def take_name(self) -> str:
        end = self.data.index(b"\0", self.position)
        name = self.data[self.position : end].decode("utf-8", "surrogateescape")
        self.position = end + 1
        return name


def _binary_lenses(path: Path, data: _Bytes) -> dict[int, Lens | str]:
    lenses: dict[int, Lens | str] = {}
    for _ in range(data.take("Q")[0]):
        number, model_number, width, height = data.take("iiQQ")
        if model_number not in _MODELS:  # how many numbers follow is not known
            raise unsupported(path, f"number {model_number}")
        name, count, _ = _MODELS[model_number]
        lenses[number] = _lens(name, width, height, list(data.take(f"{count}d")))
    return lenses


def _text_lenses(path: Path, lines: list[str]) -> dict[int, Lens | str]:
    lenses: dict[int, Lens | str] = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            number, model, width, height, *values = line.split()
            parameters = [float(value) for value in values]
            lenses[int(number)] = _lens(model, int(width), int(height), parameters)
    return lenses


def _binary_images(path: Path, data: _Bytes) -> list[ColmapImage]:
    images = []
    for _ in range(data.take("Q")[0]):
        _, *pose = data.take("i7d")
        (lens_id,) = data.take("i")
        name = data.take_name()
        (observations,) = data.take("Q")
        data.skip(24 * observations)
        images.append(ColmapImage(name, _camera(tuple(pose[:4]), tuple(pose[4:])), lens_id))
    return images


def _text_images(path: Path, lines: list[str]) -> list[ColmapImage]:
    images = []
    after_image = False
    for line in lines:
        if line.startswith("#"):
            continue
        if not line.strip() or (after_image and _is_observations(line)):
            after_image = False  # an image's own line of observations, often an empty one
            continue
        _, *pose, lens_id, name = line.split(maxsplit=9)
        values = [float(value) for value in pose]
        images.append(
            ColmapImage(name.strip(), _camera(tuple(values[:4]), tuple(values[4:])), int(lens_id))
        )
        after_image = True  # some programs leave the line of observations out
    return images


def _is_observations(line: str) -> bool:
    """Whether a line holds triples of x, y and a point's whole number."""
    words = line.split()
    try:
        return len(words) % 3 == 0 and all(
            np.isfinite(float(x)) and np.isfinite(float(y)) and int(point) >= -1
            for x, y, point in zip(words[::3], words[1::3], words[2::3], strict=True)
        )
    except ValueError:
        return False


def _binary_points(path: Path, data: _Bytes) -> list[tuple[float, ...]]:
    points: list[tuple[float, ...]] = []
    for _ in range(data.take("Q")[0]):
        _, x, y, z, _, _, _, error, track_length = data.take("Q3d3BdQ")
        data.skip(8 * track_length)
        points.append((x, y, z, error, float(track_length)))
    return points


def _text_points(path: Path, lines: list[str]) -> list[tuple[float, ...]]:
    points: list[tuple[float, ...]] = []
    for line in lines:
        if line.strip() and not line.startswith("#"):
            words = line.split()
            x, y, z = (float(word) for word in words[1:4])
            points.append((x, y, z, float(words[7]), (len(words) - 8) / 2))
    return points
