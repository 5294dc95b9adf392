"""transforms.json: NeRF's synthetic scenes, instant-ngp and nerfstudio."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dvox_core.data.masks import with_masks
from dvox_core.data.picture_search import PictureSearch
from dvox_core.data.source import Progress, Source, SourceView
from dvox_core.data.split_lists import splits_by_lists, without_doubles
from dvox_core.data.transforms_document import TransformsDocument, UnsupportedLensError
from dvox_core.errors import CaptureError

_SPLIT_FILES = {
    "transforms_train.json": "train",
    "transforms_val.json": "validation",
    "transforms_test.json": "test",
}


class TransformsJson:
    """The format of instant-ngp and nerfstudio, and NeRF's split files."""

    name = "transforms.json"

    def recognises(self, path: Path) -> bool:
        """Whether the path is such a file or a folder with one."""
        return bool(_documents(path))

    def read(self, path: Path, workspace: Path, progress: Progress) -> Source:
        """Read all frames whose picture exists and whose lens is supported."""
        found: list[SourceView] = []
        missing: list[str] = []
        lost_masks: list[str] = []
        refused: list[UnsupportedLensError] = []
        notes: list[str] = []
        points = np.zeros((0, 3))
        documents = _documents(path)
        has_masks = False
        for document_path, split in documents:
            document = TransformsDocument.open(document_path, notes)
            search = PictureSearch([document_path.parent], document_path.parent)
            frames = document.frames()
            names = [str(frame["file_path"]) for frame in frames]
            splits = splits_by_lists(names, document.split_lists(), notes)
            for index, frame in enumerate(frames):
                progress(index, len(frames), f"reading {document_path.name}")
                picture_path = search.find(names[index])
                if picture_path is None:
                    missing.append(names[index])
                    continue
                try:
                    lens = document.lens(index, frame, picture_path)
                except UnsupportedLensError as error:
                    refused.append(error)
                    continue
                mask_name = document.mask_name(frame)
                mask_path = search.find(mask_name) if mask_name else None
                has_masks |= bool(mask_name)
                if mask_name and mask_path is None:
                    lost_masks.append(mask_name)
                found.append(
                    SourceView(
                        name=picture_path.stem,
                        picture_path=picture_path,
                        camera=document.camera(index, frame),
                        lens=lens,
                        split=split or splits[index],
                        mask_path=mask_path,
                    )
                )
            notes += search.notes()
            points = np.concatenate([points, document.points(notes)])
        if not found and refused:
            raise refused[0]
        if not found:
            there = search.what_lies_there()
            raise CaptureError(
                f"{documents[0][0]}: none of its {len(missing)} frames has its picture "
                f"(first: {missing[0]}); put the pictures where file_path says"
                + (f" (there are {there})" if there else "")
            )
        if refused:
            notes.append(
                f"{len(refused)} frames have a lens that is not supported and are left out "
                f"({refused[0]})"
            )
        notes += _told(missing, "frames have no picture and are skipped")
        notes += _told(lost_masks, "frames name a mask that is not there: they are used without")
        if not has_masks:
            masked, mask_notes = with_masks(found, [documents[0][0].parent])
            found, notes = list(masked), [*notes, *mask_notes]
        found = without_doubles(found, notes)
        notes.append("camera axes turned from OpenGL's (y up) to OpenCV's (y down)")
        return Source(
            format_name=self.name,
            views=tuple(found),
            points=points,
            turned_pixels=False,
            notes=tuple(dict.fromkeys(notes)),
        )


def _told(names: Sequence[str], what: str) -> list[str]:
    if not names:
        return []
    listed = ", ".join(name.rpartition("/")[2] for name in names[:3])
    return [f"{len(names)} {what} ({listed}{', …' if len(names) > 3 else ''})"]


def _documents(path: Path) -> list[tuple[Path, str]]:
    """(file, split) of every transforms file that a path means."""
    if path.is_file():
        is_one = path.suffix.lower() == ".json" and _mentions_frames(path)
        return [(path, _SPLIT_FILES.get(path.name, ""))] if is_one else []
    if (path / "transforms.json").is_file():
        return [(path / "transforms.json", "")]
    return [(path / name, split) for name, split in _SPLIT_FILES.items() if (path / name).is_file()]


def _mentions_frames(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise CaptureError(f"{path}: cannot be read ({error.strerror or error})") from error
    return '"frames"' in text or path.name.startswith("transforms")
