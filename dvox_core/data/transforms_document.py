"""One transforms.json: its frames' cameras and lenses, each value checked as it is read."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.data.lens import LONGEST_SIDE, Lens
from dvox_core.data.pictures import picture_info
from dvox_core.data.ply import read_ply_points
from dvox_core.errors import CaptureError
from dvox_core.file_kinds import kind_of
from dvox_core.geometry.cameras import OPENGL_TO_OPENCV, Camera, without_scale

_SPLIT_LISTS = {"train_filenames": "train", "val_filenames": "validation", "test_filenames": "test"}
_PERSPECTIVE_MODELS = ("", "OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "PERSPECTIVE", "SIMPLE_RADIAL")
_LENS_KEYS = ("k1", "k2", "k3", "k4", "p1", "p2", "cx", "cy")
_FISHEYE_MODELS = ("OPENCV_FISHEYE", "FISHEYE")
_OTHER_LENSES = {
    "ftheta_p0": "f-theta",
    "latlong": "equirectangular",
    "equirectangular": "equirectangular",
    "orthographic": "orthographic",
}
"""Keys of instant-ngp that make a lens something else than a perspective one."""

_MOST_SCALED = 16
"""Pictures are at most so many times smaller than those that the numbers are of."""

Json = Mapping[str, Any]


class UnsupportedLensError(CaptureError):
    """A frame's lens is none that a perspective picture can be made of here."""


@dataclass(frozen=True)
class TransformsDocument:
    """One transforms file; every method checks what it reads.

    Attributes:
        notes: gets lines for the user about what is guessed.
    """

    path: Path
    content: Json
    notes: list[str]

    @classmethod
    def open(cls, path: Path, notes: list[str]) -> "TransformsDocument":
        """Read a file; `notes` as among the attributes."""
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
        except json.JSONDecodeError as error:
            if kind := kind_of(path):
                raise CaptureError(f"{path}: is {kind}; give a transforms.json") from error
            raise CaptureError(
                f"{path}, line {error.lineno}: is not valid JSON ({error.msg}); mend it there"
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            problem = f"is {kind}" if (kind := kind_of(path)) else f"cannot be read ({error})"
            raise CaptureError(f"{path}: {problem}; check the file") from error
        if not isinstance(content, dict):
            raise CaptureError(f"{path}: has no frames; give a file with a list “frames”")
        return cls(path, content, notes)

    def frames(self) -> list[Json]:
        """Its frames, each with a file_path."""
        frames = self.content.get("frames")
        if not isinstance(frames, list) or not frames:
            raise CaptureError(
                f"{self.path}: has no frames; give a file whose “frames” lists the pictures' "
                "file_path and transform_matrix"
            )
        for index, frame in enumerate(frames):
            if not isinstance(frame, dict) or not isinstance(frame.get("file_path"), str):
                raise CaptureError(
                    f"{self.path}, frame {index}: has no file_path; name its picture there"
                )
        return frames

    def split_lists(self) -> dict[str, list[str]]:
        """Split → names of pictures, where nerfstudio's lists say."""
        lists = {}
        for key, split in _SPLIT_LISTS.items():
            names = self.content.get(key) or []
            if not isinstance(names, list):
                raise CaptureError(f"{self.path}: {key} is no list; write the pictures' names")
            lists[split] = [str(name) for name in names]
        return lists

    def mask_name(self, frame: Json) -> str:
        """What a frame calls its mask; "" where it names none."""
        name = frame.get("mask_path")
        return name if isinstance(name, str) else ""

    def camera(self, index: int, frame: Json) -> Camera:
        """A frame's pose, in OpenCV's axes."""
        place = self._place(index, frame)
        try:
            matrix = np.array(frame.get("transform_matrix"), dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise CaptureError(
                f"{place}: transform_matrix is not a matrix of numbers; write 4 rows of 4"
            ) from error
        if matrix.shape == (3, 4):
            matrix = np.vstack([matrix, [0, 0, 0, 1]])
        if matrix.shape != (4, 4):
            raise CaptureError(
                f"{place}: transform_matrix has shape {matrix.shape}; write 4 rows of 4 numbers"
            )
        if not np.isfinite(matrix).all():
            raise CaptureError(
                f"{place}: transform_matrix has NaN or infinite values; "
                "write its pose again or leave the frame out"
            )
        try:
            return camera_from_matrix(without_scale(matrix) @ OPENGL_TO_OPENCV)
        except ValueError as error:
            raise CaptureError(f"{place}: {error}; mend it or leave the frame out") from error

    def lens(self, index: int, frame: Json, picture_path: Path) -> Lens:
        """A frame's lens, of the picture as stored.

        Raises:
            UnsupportedLensError: it is none that can be straightened here.
        """
        place = self._place(index, frame)
        model = str(self._entry(frame, "camera_model") or "").upper()
        fisheye = model in _FISHEYE_MODELS or bool(self._entry(frame, "is_fisheye"))
        other = next((name for key, name in _OTHER_LENSES.items() if self._entry(frame, key)), "")
        if other or (not fisheye and model not in _PERSPECTIVE_MODELS):
            raise UnsupportedLensError(
                f"{place}: camera model {other or model} is not supported; "
                "undistort the pictures to a perspective camera first"
            )
        width, height = self._size(frame, place, picture_path)
        focal_x = self._focal(frame, place, "x", width)
        focal_y = self._focal(frame, place, "y", height)
        if focal_x is None and focal_y is None:
            raise CaptureError(
                f"{self.path}: has no focal length; add fl_x (pixels), camera_angle_x (radians) or "
                "x_fov (degrees)"
            )
        k1, k2, k3, k4, p1, p2, cx, cy = (self._number(frame, key, place) for key in _LENS_KEYS)
        return Lens(
            width=width,
            height=height,
            focal_x=focal_x or focal_y or 0.0,
            focal_y=focal_y or focal_x or 0.0,
            principal_x=width / 2 if cx is None else cx,
            principal_y=height / 2 if cy is None else cy,
            radial=tuple(value or 0.0 for value in (k1, k2, k3, k4)),
            tangential=(0.0, 0.0) if fisheye else (p1 or 0.0, p2 or 0.0),
            fisheye=fisheye,
        )

    def points(self, notes: list[str]) -> NDArray[np.float64]:
        """nerfstudio's point cloud, if it is there."""
        name = self.content.get("ply_file_path")
        if not isinstance(name, str) or not (self.path.parent / name).is_file():
            return np.zeros((0, 3))
        try:
            return read_ply_points(self.path.parent / name)
        except CaptureError as error:
            notes.append(f"point cloud left out: {error}")
            return np.zeros((0, 3))

    def _size(self, frame: Json, place: str, picture_path: Path) -> tuple[int, int]:
        width, height = self._number(frame, "w", place), self._number(frame, "h", place)
        if width is None or height is None:
            return self._guessed_size(frame, place, picture_path)
        if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
            raise CaptureError(
                f"{place}: w and h are {width:g} and {height:g}; write the picture's size in pixels"
            )
        return round(width), round(height)

    def _guessed_size(self, frame: Json, place: str, picture_path: Path) -> tuple[int, int]:
        """Without w and h: the picture's, or a multiple of it where cx and cy say so."""
        info = picture_info(picture_path)
        cx, cy = self._number(frame, "cx", place), self._number(frame, "cy", place)
        if cx is None or cy is None or self._number(frame, "fl_x", place) is None:
            return info.width, info.height
        factor = round(2 * cx / info.width)
        fits = all(
            abs(2 * value / side / max(factor, 1) - 1) < 0.1
            for value, side in ((cx, info.width), (cy, info.height))
        )
        if fits and 2 <= factor <= _MOST_SCALED:
            self.notes.append(
                f"{self.path.name}: w and h are missing, and cx and cy are those of pictures "
                f"{factor} times as large: the pictures are taken as shrunk by {factor}"
            )
            return factor * info.width, factor * info.height
        if not (0 <= cx <= info.width and 0 <= cy <= info.height):
            raise CaptureError(
                f"{place}: w and h are missing, and cx, cy ({cx:g}, {cy:g}) is outside the picture "
                f"of {info.width}×{info.height}; write w and h of the pictures that fl_x is of"
            )
        return info.width, info.height

    def _focal(self, frame: Json, place: str, axis: str, size: int) -> float | None:
        focal = self._number(frame, f"fl_{axis}", place)
        if focal is not None:
            if focal <= 0:
                raise CaptureError(f"{place}: fl_{axis} is {focal:g}; write a focal length above 0")
            return focal
        for key, unit in ((f"camera_angle_{axis}", 1.0), (f"{axis}_fov", math.pi / 180)):
            value = self._number(frame, key, place)
            if value is None:
                continue
            angle = value * unit
            if not 1e-4 < angle < math.pi - 1e-4:
                raise CaptureError(
                    f"{place}: {key} is {value:g}; write an angle of view in "
                    + ("radians" if unit == 1 else "degrees")
                )
            return 0.5 * size / math.tan(0.5 * angle)
        return None

    def _number(self, frame: Json, key: str, place: str) -> float | None:
        value = self._entry(frame, key)
        if value is None:
            return None
        try:
            fits = not isinstance(value, bool | str) and math.isfinite(value)
        except (TypeError, OverflowError):
            fits = False
        if not fits:
            raise CaptureError(f"{place}: {key} is {str(value)[:40]!r}; write a finite number")
        return float(value)

    def _entry(self, frame: Json, key: str) -> Any:
        """A frame's own value, else the file's."""
        value = frame.get(key)
        return self.content.get(key) if value is None else value

    def _place(self, index: int, frame: Json) -> str:
        return f"{self.path}, frame {index} ({frame['file_path']})"
