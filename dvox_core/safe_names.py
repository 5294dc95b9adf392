"""File names made of names that come out of files: they never lead to another folder."""

import re
from collections.abc import Sequence

LONGEST = 100
"""Characters of a name; folders take 255 bytes, and endings come after it."""

_UNSAFE = re.compile(r"[^\w.-]+")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, with any ending."""


def safe_file_name(name: str, instead: str = "view") -> str:
    """A name that is one file's on every system: letters, digits, _, - and dots inside.

    Args:
        name: from anywhere; folders in it, drives, and characters of no use become “_”.
        instead: what to call it where nothing is left.
    """
    safe = _UNSAFE.sub("_", name)[:LONGEST].strip("._")
    if not safe:
        return instead
    return f"_{safe}" if _DEVICES.fullmatch(safe) else safe


def safe_file_names(names: Sequence[str]) -> list[str]:
    """A safe name for each, all different: where two would be one, or differ by case, numbers."""
    safe = [safe_file_name(name) for name in names]
    if len({name.lower() for name in safe}) == len(safe):
        return safe
    return [f"{index:06d}" for index in range(len(names))]
