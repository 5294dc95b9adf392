"""Reads safetensors files tensor by tensor, without mapping them into memory.

The library maps the whole file: one that is overwritten while a scene is open would end the
process (SIGBUS). The format is a length, a JSON object and the tensors' bytes; it is checked here
as the library checks it (https://huggingface.co/docs/safetensors), and written by the library.
"""

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dvox_core.checkpoints.held_file import HeldFile
from dvox_core.errors import CheckpointError

LARGEST_HEAD = 100_000_000
"""Bytes; the library's own limit."""

_TYPES: Mapping[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}

_BROKEN = "not a scene file, or cut off"


@dataclass(frozen=True)
class _Entry:
    """Where a tensor stands: its bytes from `begin` to `end` in the file."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


class TensorFile:
    """An open safetensors file.

    Attributes:
        held: the file itself.
        metadata: text by name, as stored.

    Raises:
        CheckpointError: it cannot be read, or is no whole safetensors file.
    """

    def __init__(self, file: HeldFile | Path) -> None:
        self.held = file if isinstance(file, HeldFile) else HeldFile(file)
        try:
            self.metadata, self._entries = _parse(self.held)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise CheckpointError(
                f"{self.held.path}: {_BROKEN} ({error}); copy or convert it again"
            ) from error

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor's name and shape."""
        return {name: entry.shape for name, entry in self._entries.items()}

    def holds_half(self) -> bool:
        """Whether any tensor is stored as float16."""
        return any(entry.dtype is torch.float16 for entry in self._entries.values())

    def read(self, name: str, checksum: int | None = None) -> Tensor:
        """A tensor as stored, in memory of its own.

        Args:
            name: of one that is there.
            checksum: what `checksum_of` said of it when it was written, if that is known.

        Raises:
            CheckpointError: it cannot be read, or is not as it was written.
        """
        entry = self._entries[name]
        data = self.held.read(entry.begin, entry.end - entry.begin)
        if checksum is not None and zlib.crc32(data) != checksum:
            raise CheckpointError(
                f"{self.held.path}: tensor {name} is not as it was written: the file is damaged; "
                "copy or convert it again"
            )
        if not data:
            return torch.zeros(entry.shape, dtype=entry.dtype)
        return torch.frombuffer(data, dtype=entry.dtype).reshape(entry.shape)


def checksum_of(tensor: Tensor) -> int:
    """CRC-32 of a tensor's bytes as they are stored.

    It finds damage, not forgery, and costs a second for 1 to 3 GB.
    """
    if not tensor.numel():
        return zlib.crc32(b"")
    return zlib.crc32(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)


def _parse(held: HeldFile) -> tuple[dict[str, str], dict[str, _Entry]]:
    if held.size < 8:
        raise ValueError("it is too short")
    length = int.from_bytes(held.read(0, 8), "little")
    if length > min(LARGEST_HEAD, held.size - 8):
        raise ValueError("its head is longer than the file")
    head = json.loads(bytes(held.read(8, length)).decode("utf-8"))
    if not isinstance(head, dict):
        raise ValueError("its head is no object")
    metadata = head.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict) or not all(
        isinstance(value, str) for value in metadata.values()
    ):
        raise ValueError("its metadata is not text")
    start = 8 + length
    entries = {name: _entry(name, value, start) for name, value in head.items()}
    place = start
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin != place:
            raise ValueError(f"tensor {name} does not follow the one before it")
        place = entry.end
    if place != held.size:
        raise ValueError(f"its tensors take {place} bytes and it has {held.size}")
    return metadata, entries


def _entry(name: str, value: Any, start: int) -> _Entry:
    dtype = _TYPES.get(value["dtype"])
    if dtype is None:
        raise ValueError(f"tensor {name} is of type {value['dtype']}, which is not known")
    shape, (begin, end) = value["shape"], value["data_offsets"]
    for number in (*shape, begin, end):
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ValueError(f"tensor {name} has a size or place that is no whole number")
    if end - begin != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"tensor {name} of shape {shape} does not fill its {end - begin} bytes")
    return _Entry(dtype, tuple(shape), start + begin, start + end)
