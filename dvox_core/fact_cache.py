"""Facts that are slow to find out, kept between runs in the user's cache folder."""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.array_files import read_whole_arrays
from dvox_core.atomic_files import atomic_file, write_text
from dvox_core.errors import UserError


def cache_folder() -> Path:
    """Where the platform keeps what may be deleted at any time; `DVOX_CACHE` overrules it."""
    named = os.environ.get("DVOX_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dvox"


def read_facts(kind: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept under a key; empty if nothing was, or if it cannot be read."""
    try:
        content = json.loads(_path(kind, key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("key") != json.loads(_text(key)):
        return {}
    facts = content.get("facts")
    return facts if isinstance(facts, dict) else {}


def keep_facts(kind: str, key: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Keep plain JSON values under a key; does nothing where the folder cannot be written to."""
    content = {"key": key, "facts": facts}
    try:
        write_text(_path(kind, key), json.dumps(content, indent=1, sort_keys=True) + "\n")
    except UserError:  # it will be found out anew
        return


def read_arrays(kind: str, key: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Arrays that were kept under a key; empty if none were, or if they cannot be read."""
    arrays = read_whole_arrays(_path(kind, key).with_suffix(".npz"))
    if arrays is None:
        return {}
    kept_key = arrays.pop("key", None)
    return arrays if kept_key is not None and str(kept_key) == _text(key) else {}


def keep_arrays(kind: str, key: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep arrays under a key; does nothing where the folder cannot be written to.

    Args:
        arrays: of numbers, by names other than "key".
    """
    with suppress(UserError), atomic_file(_path(kind, key).with_suffix(".npz")) as path:
        named: dict[str, Any] = {"key": np.array(_text(key)), **arrays}
        np.savez_compressed(path, **named)


def _path(kind: str, key: Mapping[str, Any]) -> Path:
    digest = hashlib.blake2b(_text(key).encode(), digest_size=12).hexdigest()
    return cache_folder() / f"{kind}-{digest}.json"


def _text(key: Mapping[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)
