"""Finds the pictures that a file names: as it says, or where they lie instead."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path, PureWindowsPath

from dvox_core.data.pictures import PICTURE_ENDINGS

DEEPEST = 4
"""Folders in folders that are looked into."""

MOST_FILES = 200_000

_OTHER_ENCODINGS = ("cp1252", "cp932", "gbk", "cp437")
"""In which programs for Windows write names; tried where a name is not UTF-8."""

_SCALED = re.compile(r"images_(\d+)", re.IGNORECASE)
_UNDISTORTED = "dense"


class PictureSearch:
    """Looks for pictures by the names that a capture's file gives them.

    Where a name leads nowhere, its last parts are looked for below the capture's folder: in
    another case or Unicode form, with backslashes, in another encoding, under an absolute path
    of another machine, in images_2, images_4, … What is found so is told by `notes`.

    Args:
        folders: to which names are relative, the first that has a picture wins.
        root: below which pictures are looked for; COLMAP's dense/ is left out, as its pictures
            are undistorted and belong to a model of their own.
    """

    def __init__(self, folders: Sequence[Path], root: Path) -> None:
        self._folders, self._root = folders, root
        self._elsewhere: list[tuple[str, Path]] = []

    def find(self, name: str) -> Path | None:
        """The picture's file, or None."""
        for form in _forms(name):
            for folder in self._folders:
                found = _existing(folder / form)
                if found is not None:
                    if form != name:
                        self._elsewhere.append((name, found))
                    return found
        for form in _forms(name):
            found = self._fall_back(form)
            if found is not None:
                self._elsewhere.append((name, found))
                return found
        return None

    def notes(self) -> list[str]:
        """A line that tells how many pictures were found elsewhere, and one of them."""
        if not self._elsewhere:
            return []
        name, found = self._elsewhere[0]
        return [
            f"{len(self._elsewhere)} pictures were found under another name or folder than the "
            f"file says ({printable(name)} is {printable(str(self._relative(found)))})"
        ]

    def what_lies_there(self) -> str:
        """The folders below the root that hold pictures, for a message; "" if there are none."""
        counts: dict[Path, int] = defaultdict(int)
        for path in _pictures_below(self._root, leave_out=()):
            counts[path.parent] += 1
        largest = sorted(counts.items(), key=lambda item: -item[1])[:3]
        return ", ".join(
            f"{count} in {printable(str(self._relative(folder)))}/" for folder, count in largest
        )

    def _fall_back(self, name: str) -> Path | None:
        wanted = [_key(part) for part in name.split("/") if part not in ("", ".", "..")]
        if not wanted:
            return None
        ranked: list[tuple[int, int, Path]] = []
        for ending in ("", *PICTURE_ENDINGS):
            for path in self._index.get(wanted[-1] + ending, ()):
                folders = [_key(part) for part in self._relative(path).parts[:-1]]
                equal = 0
                for part, own in zip(reversed(wanted[:-1]), reversed(folders), strict=False):
                    if part != own:
                        break
                    equal += 1
                scaled = _SCALED.fullmatch(path.parent.name)
                ranked.append((-equal, int(scaled[1]) if scaled else 1, path))
            if ranked:
                break
        ranked.sort(key=lambda item: item[:2])
        if not ranked or (len(ranked) > 1 and ranked[0][:2] == ranked[1][:2]):
            return None  # two are as good: to take one would be to guess
        return ranked[0][2]

    @cached_property
    def _index(self) -> dict[str, list[Path]]:
        index: dict[str, list[Path]] = defaultdict(list)
        for path in _pictures_below(self._root, leave_out=(_UNDISTORTED,)):
            index[_key(path.name)].append(path)
        return index

    def _relative(self, path: Path) -> Path:
        try:
            return path.relative_to(self._root)
        except ValueError:
            return path


def printable(name: str) -> str:
    """A name that any terminal takes: bytes of an unknown encoding become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _forms(name: str) -> Iterator[str]:
    """A name as it stands, and as another system or encoding means it; each once."""
    forms: list[str] = [name]
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        try:
            raw = name.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # a lone surrogate of JSON's: no file has such a name
            return
        for encoding in _OTHER_ENCODINGS:
            try:
                forms.append(raw.decode(encoding))
            except UnicodeDecodeError:
                continue
    forms += [PureWindowsPath(form).as_posix() for form in forms if "\\" in form]
    for form in list(forms):
        forms += [unicodedata.normalize(kind, form) for kind in ("NFC", "NFD")]
    yield from dict.fromkeys(form for form in forms if "\0" not in form)


def _existing(path: Path) -> Path | None:
    """The file, or the one with a picture's ending where the name has none."""
    try:
        if path.is_file():
            return path
        for ending in PICTURE_ENDINGS:
            candidate = path.with_name(path.name + ending) if path.name else path
            if candidate.is_file():
                return candidate
    except (OSError, ValueError):  # a name that no system takes
        return None
    return None


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _pictures_below(root: Path, leave_out: Iterable[str]) -> Iterator[Path]:
    passed = 0
    for folder, inner, files in os.walk(root):
        depth = len(Path(folder).relative_to(root).parts)
        inner[:] = sorted(
            name
            for name in inner
            if depth < DEEPEST and not name.startswith(".") and name.lower() not in leave_out
        )
        for name in sorted(files):
            passed += 1
            if passed > MOST_FILES:
                return
            if name.lower().endswith(PICTURE_ENDINGS) and not name.startswith("."):
                yield Path(folder) / name
