"""Converts between scene files and the authors' checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dvox_core.checkpoints.scene_file import SUFFIX, is_half, write_scene
from dvox_core.checkpoints.upstream import write_upstream
from dvox_core.data.deepvoxels_files import IntrinsicsFile, write_intrinsics, write_pose
from dvox_core.errors import UserError
from dvox_core.model.scene import Scene
from dvox_core.safe_names import safe_file_name, safe_file_names

UPSTREAM_SUFFIXES = (".pth", ".pt")


@dataclass(frozen=True)
class Conversion:
    """What was written.

    Attributes:
        target: the scene file or the checkpoint.
        half: whether a scene file is of float16.
        beside: intrinsics.txt and the poses, beside a checkpoint.
        filled: parts of a checkpoint that the scene lacks: zeros, so that the authors' code loads
            the file (it renders, but cannot train on).
    """

    target: Path
    half: bool = False
    beside: tuple[Path, ...] = ()
    filled: tuple[str, ...] = ()


def convert_scene(
    scene: Scene,
    target: Path,
    *,
    half: bool = False,
    rendering_only: bool = False,
    overwrite: bool = False,
) -> Conversion:
    """Write a scene as the suffix of `target` says: .dvox, or .pth for the authors' code.

    Args:
        half: store float16; a scene of float16 stays one anyway. For .dvox.
        rendering_only: leave out the networks that only training needs. For .dvox.
        overwrite: replace files that are there.

    Raises:
        UserError: another suffix, something is there already, or it cannot be written.
    """
    suffix = target.suffix.lower()
    if suffix not in (SUFFIX, *UPSTREAM_SUFFIXES):
        raise UserError(f"{target}: end the name in {SUFFIX}, or in .pth for the authors'")
    if suffix == SUFFIX:
        _require_free([target], overwrite)
        half = half or is_half(scene)
        write_scene(target, scene, half=half, rendering_only=rendering_only)
        return Conversion(target, half)
    beside = _files_beside(target.parent, scene)
    _require_free([target, *beside], overwrite)
    filled = write_upstream(target, scene.voxel_config, scene.weights.load(""))
    intrinsics, *poses = beside
    write_intrinsics(
        intrinsics, IntrinsicsFile(scene.intrinsics, scene.placement, scene.near_plane)
    )
    for path, view in zip(poses, scene.cameras, strict=True):
        write_pose(path, view.camera)
    return Conversion(target, beside=tuple(beside), filled=tuple(filled))


def _require_free(targets: Sequence[Path], overwrite: bool) -> None:
    there = [path for path in targets if path.exists()]
    if there and not overwrite:
        raise UserError(
            f"{there[0]}: exists already; choose another --out, or replace it with --force"
        )


def _files_beside(folder: Path, scene: Scene) -> list[Path]:
    """intrinsics.txt and a pose file a camera, where an authors' checkpoint has them."""
    paths: dict[int, Path] = {}
    for split in dict.fromkeys(view.split for view in scene.cameras):
        inner = folder if split == "pose" else folder / safe_file_name(split)
        own = [index for index, view in enumerate(scene.cameras) if view.split == split]
        names = safe_file_names([scene.cameras[index].name for index in own])
        paths |= {
            index: inner / "pose" / f"{name}.txt" for index, name in zip(own, names, strict=True)
        }
    return [folder / "intrinsics.txt", *(paths[index] for index in range(len(scene.cameras)))]
