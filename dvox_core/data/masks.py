"""Masks that lie beside pictures, by the names that COLMAP, nerfstudio and others give them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from dvox_core.data.pictures import PICTURE_ENDINGS
from dvox_core.data.source import SourceView

_FOLDERS = ("masks", "mask")
PHOTOS = "photos"
"""Beside masks/ in a capture whose pictures are masked already: they as they were."""


def with_masks(
    views: Sequence[SourceView], roots: Iterable[Path]
) -> tuple[tuple[SourceView, ...], list[str]]:
    """The views with the masks that lie in masks/ or mask/ of one of `roots`.

    A mask is called as its picture, as its picture with another ending, or, as COLMAP has it, as
    its picture with “.png” after its ending. Views that have a mask keep it.

    Returns:
        The views, and notes for the user.
    """
    folders = [
        folder
        for root in dict.fromkeys(roots)
        for folder in (root / name for name in _FOLDERS)
        if folder.is_dir() and not (root / PHOTOS).is_dir()
    ]
    if not folders:
        return tuple(views), []
    masked = tuple(
        view if view.mask_path else replace(view, mask_path=_mask_of(view.picture_path, folders))
        for view in views
    )
    used = {view.mask_path for view in masked if view.mask_path}
    notes = []
    for folder in folders:
        own = [path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS]
        taken = sum(path in used for path in own)
        if taken:
            notes.append(f"{taken} masks of {folder.name}/ are used")
        if taken < len(own):
            notes.append(
                f"{folder.name}/ holds {len(own) - taken} pictures that look like masks and belong "
                "to no picture: they are not used; name them as their pictures"
            )
    return masked, notes


def _mask_of(picture: Path, folders: Sequence[Path]) -> Path | None:
    names = (f"{picture.name}.png", picture.name, f"{picture.stem}.png")
    for folder in folders:
        for inner in (folder / picture.parent.name, folder):  # images in folders have masks in such
            for name in names:
                if (inner / name).is_file():
                    return inner / name
    return None
