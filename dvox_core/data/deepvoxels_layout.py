"""The authors' layout: rgb/, pose/ and intrinsics.txt, or train/, validation/, test/ of them."""

from dataclasses import dataclass
from pathlib import Path

from dvox_core.data.deepvoxels_files import (
    IntrinsicsFile,
    list_files,
    read_intrinsics,
    read_pose_folder,
)
from dvox_core.data.lens import pinhole_lens
from dvox_core.data.masks import with_masks
from dvox_core.data.pairing import pair_names
from dvox_core.data.pictures import PICTURE_ENDINGS
from dvox_core.data.source import Progress, Source, SourceView
from dvox_core.errors import CaptureError
from dvox_core.geometry.cameras import Camera

_SPLIT_FOLDERS = {"train": "train", "validation": "validation", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class LayoutView:
    """A picture of the layout and its pose; `split` is "" if the layout has no split folders."""

    name: str
    picture_path: Path
    camera: Camera
    split: str


@dataclass(frozen=True)
class Layout:
    """All that a folder in the authors' layout says."""

    content: IntrinsicsFile
    views: tuple[LayoutView, ...]
    notes: tuple[str, ...]


class DeepVoxelsLayout:
    """The format that import writes and training reads."""

    name = "DeepVoxels layout"

    def recognises(self, path: Path) -> bool:
        """Whether the folder, or a split folder in it, has poses or pictures and intrinsics."""
        return bool(_parts(path))

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Read the layout as a source."""
        layout = read_layout(path)
        lens = pinhole_lens(layout.content.intrinsics)
        views = [
            SourceView(view.name, view.picture_path, view.camera, lens, view.split)
            for view in layout.views
        ]
        splits = [view.picture_path.parent.parent for view in views]
        masked, mask_notes = with_masks(views, [path, *splits])
        return Source(
            format_name=self.name,
            views=masked,
            placement=layout.content.placement,
            near_plane=layout.content.near_plane,
            turned_pixels=False,
            notes=(*layout.notes, *mask_notes),
        )


def read_layout(path: Path) -> Layout:
    """Read poses and intrinsics of a folder in the authors' layout; pictures are paired, not read.

    Raises:
        CaptureError: not such a folder, unequal counts, or files that cannot be used.
    """
    parts = _parts(path)
    if not parts:
        raise CaptureError(
            f"{path}: is no capture in the DeepVoxels layout (rgb/, pose/ and intrinsics.txt, or "
            "train/ and test/ of them); give such a folder, or import this one first"
        )
    notes: list[str] = []
    views: list[LayoutView] = []
    contents: dict[Path, IntrinsicsFile] = {}
    for split, folder in parts:
        if not (folder / "rgb").is_dir():
            notes.append(f"{folder.name}/ has poses but no pictures (rgb/) and is left out")
            continue
        own = folder / "intrinsics.txt"
        intrinsics_path = own if own.exists() or not split else path / "intrinsics.txt"
        if intrinsics_path not in contents:
            contents[intrinsics_path] = read_intrinsics(intrinsics_path)
            notes += contents[intrinsics_path].notes
        flag = contents[intrinsics_path].world_to_camera_poses
        views += _paired_views(folder, split, flag, notes)
    if not contents:
        raise CaptureError(f"{path}: has poses but no rgb/ folder; put the pictures into rgb/")
    first_path, first = next(iter(contents.items()))
    for other_path, other in contents.items():
        if (other.intrinsics, other.placement, other.near_plane) != (
            first.intrinsics,
            first.placement,
            first.near_plane,
        ):
            raise CaptureError(
                f"{other_path}: differs from {first_path}; all splits of a capture share one "
                "camera and one grid, so make the two files equal"
            )
    return Layout(first, tuple(views), tuple(dict.fromkeys(notes)))


def _parts(path: Path) -> list[tuple[str, Path]]:
    """(split, folder) of every rgb/pose/intrinsics.txt folder of a capture."""
    if not path.is_dir():
        return []
    if (path / "rgb").is_dir() and ((path / "pose").is_dir() or _has_intrinsics(path)):
        return [("", path)]
    parts = []
    for name, split in _SPLIT_FOLDERS.items():
        folder = path / name
        if (folder / "pose").is_dir() or (
            (folder / "rgb").is_dir() and (_has_intrinsics(folder) or _has_intrinsics(path))
        ):
            parts.append((split, folder))
    return parts


def _has_intrinsics(folder: Path) -> bool:
    return (folder / "intrinsics.txt").is_file()


def _paired_views(
    folder: Path, split: str, world_to_camera: bool, notes: list[str]
) -> list[LayoutView]:
    """Pictures and the poses that belong to them."""
    pictures = list_files(folder / "rgb", PICTURE_ENDINGS)
    if not pictures:
        raise CaptureError(
            f"{folder / 'rgb'}: holds no pictures; put PNG, JPEG or WebP files there"
        )
    if not (folder / "pose").is_dir():
        raise CaptureError(f"{folder / 'pose'}: not found; it needs one pose file for each picture")
    poses = read_pose_folder(folder / "pose", world_to_camera)
    pairs, note = pair_names(
        folder, [picture.stem for picture in pictures], [name for name, _ in poses]
    )
    notes += [note] if note else []
    return [
        LayoutView(picture.stem, picture, poses[pose][1], split)
        for picture, pose in zip(pictures, pairs, strict=True)
    ]
