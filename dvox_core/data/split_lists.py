"""Which frames a file's split lists mean, and what to do with pictures that stand twice."""

import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath

from dvox_core.data.source import SourceView

_STRICTEST = ("test", "validation", "train")
"""A picture in two splits stays in the one that training may not touch."""


def splits_by_lists(
    frames: Sequence[str], lists: Mapping[str, Sequence[str]], notes: list[str]
) -> list[str]:
    """The split of every frame, "" for all where there are no lists.

    Names are compared with their folders, as cameras of a rig call their pictures alike; without
    folders only where that tells all frames apart.

    Args:
        frames: their pictures' paths, as the file says.
        lists: split → names, as the file says.
        notes: gets lines about names in two lists, frames in none, and names that mean no frame.
    """
    if not any(lists.values()):
        return [""] * len(frames)
    keys = [_key(name) for name in frames]
    bare = [posixpath.basename(key) for key in keys]
    bare_is_enough = len(set(bare)) == len(bare)
    places = {key: index for index, key in reversed(list(enumerate(keys)))}
    bare_places = {name: index for index, name in enumerate(bare)} if bare_is_enough else {}
    found: list[set[str]] = [set() for _ in frames]
    lost: list[str] = []
    for split, names in lists.items():
        for name in names:
            key = _key(name)
            index = places.get(key, bare_places.get(posixpath.basename(key)))
            if index is None:
                lost.append(name)
            else:
                for place, own in enumerate(keys):
                    if own == keys[index]:
                        found[place].add(split)
    twice = [name for name, own in zip(frames, found, strict=True) if len(own) > 1]
    unlisted = [name for name, own in zip(frames, found, strict=True) if not own]
    if twice:
        notes.append(
            f"{len(twice)} frames are in two split lists and stay in the stricter one"
            f"{_example(twice)}"
        )
    if unlisted:
        notes.append(f"{len(unlisted)} frames are in no split list and train{_example(unlisted)}")
    if lost:
        notes.append(f"{len(lost)} names in the split lists mean no frame{_example(lost)}")
    return [next((split for split in _STRICTEST if split in own), "train") for own in found]


def without_doubles(views: Sequence[SourceView], notes: list[str]) -> list[SourceView]:
    """The views with each picture once; notes tell which are dropped and why."""
    by_picture: dict[object, list[SourceView]] = {}
    for view in views:
        by_picture.setdefault(view.picture_path.resolve(), []).append(view)
    kept: set[int] = set()
    reasons: Counter[str] = Counter()
    example: dict[str, str] = {}
    for same in by_picture.values():
        chosen = min(same, key=lambda view: _strictness(view.split))
        kept.add(id(chosen))
        for view in same:
            if view is chosen:
                continue
            if view.split != chosen.split:
                reason = f"of {view.split or 'no split'} are in {chosen.split} too, and stay there"
            elif view.camera == chosen.camera:
                reason = "stand twice, and are taken once"
            else:
                reason = "stand twice with different poses, of which the first is taken"
            reasons[reason] += 1
            example.setdefault(reason, view.picture_path.name)
    notes += [f"{count} pictures {reason} ({example[reason]})" for reason, count in reasons.items()]
    return [view for view in views if id(view) in kept]


def _strictness(split: str) -> int:
    return _STRICTEST.index(split) if split in _STRICTEST else len(_STRICTEST)


def _key(name: str) -> str:
    """A path without ./ and ending, with slashes."""
    path = posixpath.normpath(PureWindowsPath(name).as_posix() if "\\" in name else name)
    return posixpath.splitext(path)[0]


def _example(names: Sequence[str]) -> str:
    return f" ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
