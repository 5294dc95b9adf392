"""Opens whatever a person calls a camera path, and saves paths."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dvox_core.atomic_files import atomic_folder, write_text
from dvox_core.camera_paths.camera_lists import cameras_of_list, is_camera_list
from dvox_core.camera_paths.curve import curve_of
from dvox_core.camera_paths.instant_ngp import from_instant_ngp, is_instant_ngp
from dvox_core.camera_paths.json_values import load_json
from dvox_core.camera_paths.nerfstudio import (
    EXTRAS,
    from_nerfstudio,
    is_nerfstudio,
    path_of_frames,
    to_nerfstudio,
)
from dvox_core.camera_paths.nerfstudio_world import into_capture_world
from dvox_core.camera_paths.path import CameraPath
from dvox_core.data.deepvoxels_files import read_intrinsics, read_pose_folder, write_pose
from dvox_core.errors import CameraPathError, CaptureError
from dvox_core.geometry.cameras import Intrinsics


@dataclass(frozen=True)
class ReadPath:
    """A path that was read.

    Attributes:
        file_format: "nerfstudio", "instant-ngp", "cameras" or "poses".
        notes: lines for the user about how it was read.
        is_own: whether this program wrote it: written back, nothing of it is lost.
    """

    path: CameraPath
    file_format: str
    notes: tuple[str, ...] = ()
    is_own: bool = False


def read_path(source: Path) -> ReadPath:
    """Read a nerfstudio or instant-ngp camera path, or the authors' folder of poses.

    Raises:
        CameraPathError, CaptureError: it cannot be used; one line says what, where and what to do.
    """
    if source.is_dir():
        return _read_pose_folder(source)
    content = load_json(source)
    found = path_from_json(content, str(source))
    if found.file_format != "nerfstudio" or found.is_own:  # what we wrote is in our world
        return found
    path, note = into_capture_world(found.path, source)
    return replace(found, path=path, notes=(*found.notes, note))


def path_from_json(content: Any, place: str) -> ReadPath:
    """A path from JSON content of any format we read.

    Args:
        place: what to call it in messages, a file's name as a rule.

    Raises:
        CameraPathError: it is no camera path, or a broken one.
    """
    if is_nerfstudio(content):
        path, notes = from_nerfstudio(content, place)
        return ReadPath(path, "nerfstudio", tuple(notes), is_own=EXTRAS in content)
    if is_instant_ngp(content):
        path, notes = from_instant_ngp(content, place)
        return ReadPath(path, "instant-ngp", tuple(notes))
    if is_camera_list(content):
        views, note = cameras_of_list(content, place)
        try:
            path = path_of_frames([camera for camera, _ in views], CameraPath())
            keys = [
                replace(key, vertical_fov=fov)
                for key, (_, fov) in zip(path.keyframes, views, strict=True)
            ]
            return ReadPath(replace(path, keyframes=tuple(keys)), "cameras", (note,))
        except CameraPathError as error:
            raise CameraPathError(f"{place}: {error}") from error
    raise CameraPathError(
        f"{place}: is no camera path; give a camera_path.json of this program or nerfstudio, "
        "a path of instant-ngp, a list of cameras (transforms.json, cameras.json), or a folder of "
        "pose files"
    )


def path_to_json(path: CameraPath, intrinsics: Intrinsics) -> Mapping[str, Any]:
    """The JSON content that `write_path` writes."""
    return to_nerfstudio(path, intrinsics)


def write_path(target: Path, path: CameraPath, intrinsics: Intrinsics) -> None:
    """Write a camera_path.json that nerfstudio reads too, whole or not at all.

    Args:
        intrinsics: the scene's, for other programs: what it frames where the path says nothing.

    Raises:
        UserError: it cannot be written there.
    """
    write_text(target, json.dumps(path_to_json(path, intrinsics), indent=1) + "\n")


def write_pose_folder(folder: Path, path: CameraPath, *, overwrite: bool = False) -> int:
    """Write every frame's camera-to-world as `pose/NNNNNN.txt` in `folder`, all or nothing.

    Returns:
        How many were written.

    Raises:
        CameraPathError: the path has no keyframes, or there are poses and `overwrite` is off.
        UserError: it cannot be written there.
    """
    views = curve_of(path).frames()
    target = folder / "pose"
    if target.exists() and not overwrite:
        raise CameraPathError(f"{target}: is there already; choose another folder or overwrite it")
    if target.exists():
        _require_own_poses(target)
    with atomic_folder(target, overwrite=overwrite) as made:
        for index, view in enumerate(views):
            write_pose(made / f"{index:06d}.txt", view.camera)
    return len(views)


def _require_own_poses(target: Path) -> None:
    """Refuse to replace what holds more than a path's poses, or the poses of a capture.

    Raises:
        CameraPathError: in one line.
    """
    if not target.is_dir():
        raise CameraPathError(f"{target}: is a file; choose another folder")
    if (target.parent / "rgb").is_dir():
        raise CameraPathError(f"{target}: holds the poses of a capture; choose another folder")
    names = sorted(path.name for path in target.iterdir())
    numbered = {f"{index:06d}.txt" for index in range(len(names))}
    foreign = next((name for name in names if name not in numbered), None)
    if foreign is not None:
        raise CameraPathError(
            f"{target}: holds {foreign}, which is no pose of a path; choose another folder"
        )


def _read_pose_folder(folder: Path) -> ReadPath:
    """Every pose is a frame and a key."""
    flag = False
    for beside in (folder / "intrinsics.txt", folder.resolve().parent / "intrinsics.txt"):
        if beside.is_file():
            try:
                flag = read_intrinsics(beside).world_to_camera_poses
            except CaptureError:
                continue  # they are not needed for more than this
            break
    cameras = [camera for _, camera in read_pose_folder(folder, flag)]
    path = path_of_frames(cameras, CameraPath())
    return ReadPath(path, "poses", (f"{len(cameras)} poses: each became a key",))
