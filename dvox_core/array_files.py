"""Files of named arrays (.npz) that this program keeps for itself, and may find damaged."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # encrypted, or of a version or packing that there is not
)
"""What numpy and zipfile raise for a file that is cut off or overwritten."""


def read_whole_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """All arrays of a file by name; None if it is not there or not whole. Runs no pickle."""
    try:
        with np.load(path, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}
    except _DAMAGED:
        return None
