"""transforms.json: NeRF's synthetic scenes, instant-ngp and nerfstudio."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.data.deepvoxels_files import camera_from_matrix
from dvox_core.data.lens import Lens
from dvox_core.data.pictures import PICTURE_ENDINGS, picture_info
from dvox_core.data.ply import read_ply_points
from dvox_core.data.source import Progress, Source, SourceView
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera

OPENGL_TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
"""Turns camera axes: camera-to-world · this, from x right, y up, −z forward."""

_SPLIT_FILES = {
    "transforms_train.json": "train",
    "transforms_val.json": "validation",
    "transforms_test.json": "test",
}
_SPLIT_LISTS = {"train_filenames": "train", "val_filenames": "validation", "test_filenames": "test"}
_PERSPECTIVE_MODELS = ("", "OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "PERSPECTIVE", "SIMPLE_RADIAL")
_LENS_KEYS = ("k1", "k2", "k3", "k4", "p1", "p2", "cx", "cy")
_FISHEYE_MODELS = ("OPENCV_FISHEYE", "FISHEYE")

Json = Mapping[str, Any]


class TransformsJson:
    """The format of instant-ngp and nerfstudio, and NeRF's split files."""

    name = "transforms.json"

    def recognises(self, path: Path) -> bool:
        """Whether the path is such a file or a folder with one."""
        return bool(_documents(path))

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Read all frames whose picture exists."""
        found: list[SourceView] = []
        missing: list[Path] = []
        notes: list[str] = []
        points = np.zeros((0, 3))
        documents = _documents(path)
        for document_path, split in documents:
            document = _Document.open(document_path)
            frames = document.frames()
            lists = document.split_lists()
            for index, frame in enumerate(frames):
                progress(index, len(frames), f"reading {document_path.name}")
                picture_path = document.picture_path(frame)
                if picture_path is None:
                    missing.append(Path(str(frame["file_path"])))
                    continue
                found.append(
                    SourceView(
                        name=picture_path.stem,
                        picture_path=picture_path,
                        camera=document.camera(index, frame),
                        lens=document.lens(index, frame, picture_path),
                        split=split or lists.get(Path(str(frame["file_path"])).name, ""),
                        mask_path=document.mask_path(frame),
                    )
                )
            points = np.concatenate([points, document.points(notes)])
        if missing:
            names = ", ".join(name.name for name in missing[:3])
            notes.append(
                f"{len(missing)} frames have no picture and are skipped ({names}"
                f"{', …' if len(missing) > 3 else ''})"
            )
        if not found:
            raise CaptureError(
                f"{documents[0][0]}: none of its {len(missing)} frames has its picture "
                f"(first: {missing[0]}); put the pictures where file_path says"
            )
        notes.append("camera axes turned from OpenGL's (y up) to OpenCV's (y down)")
        return Source(format_name=self.name, views=tuple(found), points=points, notes=tuple(notes))


def _documents(path: Path) -> list[tuple[Path, str]]:
    """(file, split) of every transforms file that a path means."""
    if path.is_file():
        is_one = path.suffix.lower() == ".json" and _mentions_frames(path)
        return [(path, _SPLIT_FILES.get(path.name, ""))] if is_one else []
    if (path / "transforms.json").is_file():
        return [(path / "transforms.json", "")]
    return [(path / name, split) for name, split in _SPLIT_FILES.items() if (path / name).is_file()]


def _mentions_frames(path: Path) -> bool:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    return '"frames"' in text or path.name.startswith("transforms")


@dataclass(frozen=True)
class _Document:
    """One transforms file; every method checks what it reads."""

    path: Path
    content: Json

    @classmethod
    def open(cls, path: Path) -> "_Document":
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
        except json.JSONDecodeError as error:
            raise CaptureError(
                f"{path}, line {error.lineno}: is not valid JSON ({error.msg}); mend it there"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise CaptureError(f"{path}: cannot be read ({error}); check the file") from error
        if not isinstance(content, dict):
            raise CaptureError(f"{path}: has no frames; give a file with a list “frames”")
        return cls(path, content)

    def frames(self) -> list[Json]:
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

    def split_lists(self) -> dict[str, str]:
        """Picture file name → split, where nerfstudio's lists say."""
        return {
            Path(str(name)).name: split
            for key, split in _SPLIT_LISTS.items()
            for name in self.content.get(key) or ()
        }

    def picture_path(self, frame: Json) -> Path | None:
        return self._existing(frame["file_path"])

    def mask_path(self, frame: Json) -> Path | None:
        name = frame.get("mask_path")
        return self._existing(name) if isinstance(name, str) else None

    def camera(self, index: int, frame: Json) -> Camera:
        place = self._place(index, frame)
        try:
            matrix = np.array(frame.get("transform_matrix"), dtype=np.float64)
        except (TypeError, ValueError) as error:
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
            return camera_from_matrix(_without_scale(matrix) @ OPENGL_TO_OPENCV)
        except ValueError as error:
            raise CaptureError(f"{place}: {error}; mend it or leave the frame out") from error

    def lens(self, index: int, frame: Json, picture_path: Path) -> Lens:
        place = self._place(index, frame)
        model = str(self._entry(frame, "camera_model") or "").upper()
        fisheye = model in _FISHEYE_MODELS or bool(self._entry(frame, "is_fisheye"))
        if not fisheye and model not in _PERSPECTIVE_MODELS:
            raise CaptureError(
                f"{place}: camera model {model} is not supported; "
                "undistort the pictures to a perspective camera first"
            )
        width, height = self._size(frame, place, picture_path)
        focal_x = self._focal(frame, place, "x", width)
        focal_y = self._focal(frame, place, "y", height)
        if focal_x is None and focal_y is None:
            raise CaptureError(
                f"{self.path}: has no focal length; add fl_x (pixels) or camera_angle_x (radians)"
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
            info = picture_info(picture_path)
            return (info.height, info.width) if info.sideways else (info.width, info.height)
        if width < 1 or height < 1:
            raise CaptureError(
                f"{place}: w and h are {width:g} and {height:g}; write the picture's size in pixels"
            )
        return round(width), round(height)

    def _focal(self, frame: Json, place: str, axis: str, size: int) -> float | None:
        focal = self._number(frame, f"fl_{axis}", place)
        angle = self._number(frame, f"camera_angle_{axis}", place)
        if focal is None and angle is None:
            return None
        if focal is None:
            if not 0 < (angle or 0) < math.pi:
                raise CaptureError(
                    f"{place}: camera_angle_{axis} is {angle}; write an angle of view in radians"
                )
            return 0.5 * size / math.tan(0.5 * (angle or 0))
        if focal <= 0:
            raise CaptureError(f"{place}: fl_{axis} is {focal:g}; write a focal length above 0")
        return focal

    def _number(self, frame: Json, key: str, place: str) -> float | None:
        value = self._entry(frame, key)
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise CaptureError(f"{place}: {key} is {value!r}; write a finite number")
        return float(value)

    def _entry(self, frame: Json, key: str) -> Any:
        """A frame's own value, else the file's."""
        value = frame.get(key)
        return self.content.get(key) if value is None else value

    def _existing(self, name: str) -> Path | None:
        """The file that a path in the JSON means; its ending may be left out."""
        relative = PureWindowsPath(name).as_posix() if "\\" in name else name
        path = self.path.parent / relative
        if path.is_file():
            return path
        for ending in PICTURE_ENDINGS:
            candidate = path.with_name(path.name + ending)
            if candidate.is_file():
                return candidate
        return None

    def _place(self, index: int, frame: Json) -> str:
        return f"{self.path}, frame {index} ({frame['file_path']})"


def _without_scale(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """A similarity's scale taken out of its rotation; other matrices are left as they are."""
    volume = np.linalg.det(matrix[:3, :3])
    if volume <= 0:
        return matrix
    rigid = matrix.copy()
    rigid[:3, :3] /= np.cbrt(volume)
    return rigid
