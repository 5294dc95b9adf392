"""Masks that lie beside pictures without being named: they are not used, and that is told."""

from collections.abc import Iterable
from pathlib import Path

from dvox_core.data.pictures import PICTURE_ENDINGS

_FOLDERS = ("mask", "masks")


def mask_notes(folders: Iterable[Path]) -> list[str]:
    """One line for each folder of masks in one of `folders`."""
    notes = []
    for place in dict.fromkeys(folder / name for folder in folders for name in _FOLDERS):
        if not place.is_dir():
            continue
        count = sum(path.suffix.lower() in PICTURE_ENDINGS for path in place.iterdir())
        if count:
            notes.append(
                f"{place.name}/ holds {count} pictures that look like masks and that no view "
                "names: they are not used; name them with mask_path in a transforms.json"
            )
    return notes
