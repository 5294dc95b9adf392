"""Reads the points of a PLY point cloud, text or binary."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import CaptureError

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip


def read_ply_points(path: Path) -> NDArray[np.float64]:
    """The vertices' positions, [N, 3]; those that are not finite are left out.

    Raises:
        CaptureError: no PLY file, or its first element is not vertices with x, y and z.
    """
    try:
        data = path.read_bytes()
        points = _parse(data)
    except (OSError, ValueError, KeyError, IndexError, StopIteration, OverflowError) as error:
        raise CaptureError(
            f"{path}: is not a PLY file with vertices ({error}); export it again or remove it"
        ) from error
    return np.asarray(points[np.isfinite(points).all(axis=1)])


def _parse(data: bytes) -> NDArray[np.float64]:
    head, separator, body = data.partition(b"end_header")
    if not data.startswith(b"ply") or not separator:
        raise ValueError("no PLY header")
    body = body[2:] if body.startswith(b"\r\n") else body[1:]
    lines = [line.split() for line in head.decode("ascii", "replace").splitlines()]
    layout = next(words[1] for words in lines if words[:1] == ["format"])
    elements = [number for number, words in enumerate(lines) if words[:1] == ["element"]]
    first = lines[elements[0]]
    if first[1] != "vertex":
        raise ValueError("its first element is not vertex")
    end = elements[1] if len(elements) > 1 else len(lines)
    properties = [words for words in lines[elements[0] : end] if words[:1] == ["property"]]
    if any(words[1] == "list" for words in properties):
        raise ValueError("its vertices have lists")
    count = int(first[2])
    if count < 0:
        raise ValueError("a negative number of vertices")
    names = [words[2] for words in properties]
    columns = [names.index(axis) for axis in "xyz"]
    if layout == "ascii":
        rows = body.decode("ascii", "replace").splitlines()[:count]
        places = [[float(row.split()[column]) for column in columns] for row in rows]
        return np.array(places, dtype=np.float64).reshape(-1, 3)
    order = "<" if layout == "binary_little_endian" else ">"
    kind = np.dtype([(words[2], order + _TYPES[words[1]]) for words in properties])
    vertices = np.frombuffer(body, dtype=kind, count=count)
    return np.stack([vertices[axis].astype(np.float64) for axis in "xyz"], axis=1)
