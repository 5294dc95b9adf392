"""Messages between two machines: length-prefixed, a JSON head and raw arrays, of bounded size.

On the wire, numbers big-endian: the head's length (4 bytes), the body's length (4 bytes), the head
(JSON in UTF-8), the body (the arrays one after another, little-endian). The head's `arrays` says
what they are: `[name, type, shape, bytes]`, and whether zlib has packed them. Nothing in a message
is ever run.
"""

import json
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dvox_core.errors import UserError

Array = NDArray[Any]

MAX_HEAD = 16 * 2**20
"""Bytes: facts of a scene with tens of thousands of cameras."""

MAX_BODY = 64 * 2**20
"""Bytes, on the wire and unpacked: a frame of 1024 pixels with its depth weights has half of it."""

MAX_ARRAYS = 64
MAX_DIMENSIONS = 8
WORTH_PACKING = 1024  # bytes

_PREFIX = struct.Struct(">II")
_TYPES = {name: np.dtype(f"<{name}") for name in ("u1", "f2", "f4", "f8", "i4", "i8")}


class ProtocolError(UserError):
    """What came is no message of this program."""


class Readable(Protocol):
    """A stream of bytes to read from."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes; none at its end."""
        ...


class Writable(Protocol):
    """A stream of bytes to write to."""

    def write(self, data: bytes, /) -> Any:
        """Write all or a part."""
        ...

    def flush(self) -> None:
        """Hand over what was written."""
        ...


@dataclass(frozen=True, eq=False)
class Message:
    """What one side says to the other.

    Attributes:
        head: plain JSON values; `type` says what it is, `id` which request it is of.
        arrays: by name.
        size: bytes on the wire, of a message that was read.
    """

    head: dict[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)
    size: int = 0

    @property
    def type(self) -> str:
        """What it is."""
        return str(self.head.get("type", ""))

    @property
    def id(self) -> int:
        """Of which request it is; −1 where it does not say."""
        value = self.head.get("id")
        return value if type(value) is int else -1


def encode_message(message: Message, *, pack: bool = True) -> bytes:
    """A message's bytes on the wire.

    Args:
        pack: try zlib on every array of bytes that is worth it.

    Raises:
        ProtocolError: it is too large to be sent.
    """
    described, parts = [], []
    for name, array in message.arrays.items():
        code = f"{array.dtype.kind}{array.dtype.itemsize}"
        data = np.ascontiguousarray(array, dtype=_TYPES[code]).tobytes()
        packed = zlib.compress(data, 1) if pack and len(data) >= WORTH_PACKING else data
        is_packed = len(packed) < 0.9 * len(data)
        parts.append(packed if is_packed else data)
        described.append([name, code, list(array.shape), len(parts[-1]), is_packed])
    content = {**message.head, "arrays": described} if described else message.head
    head = json.dumps(content, separators=(",", ":")).encode()
    body = b"".join(parts)
    if len(head) > MAX_HEAD or len(body) > MAX_BODY or len(parts) > MAX_ARRAYS:
        raise ProtocolError(
            f"a message of {(len(head) + len(body)) / 1e6:.0f} MB is too large to be sent; "
            "copy the scene here and open it as a file"
        )
    return _PREFIX.pack(len(head), len(body)) + head + body


def write_all(stream: Writable, data: bytes) -> None:
    """Write every byte, also to a raw stream that takes a part at a time."""
    view = memoryview(data)
    while view:
        written = stream.write(view)  # type: ignore[arg-type]
        view = view[len(view) if written is None else written :]
    stream.flush()


def read_message(stream: Readable) -> Message | None:
    """The next message; None at the stream's end.

    Raises:
        ProtocolError: it is none, too large, or the stream ends within it.
        OSError: the stream broke.
    """
    prefix = read_exactly(stream, _PREFIX.size, at_end=True)
    if not prefix:
        return None
    head_size, body_size = _PREFIX.unpack(prefix)
    if head_size > MAX_HEAD or body_size > MAX_BODY:
        raise ProtocolError(
            f"a message claims {head_size + body_size} bytes, more than any may have"
        )
    head = _parse(read_exactly(stream, head_size))
    body = read_exactly(stream, body_size)
    return Message(head, _arrays(head, body), _PREFIX.size + head_size + body_size)


def read_exactly(stream: Readable, size: int, *, at_end: bool = False) -> bytes:
    """Exactly `size` bytes; none if the stream is over before the first and `at_end` allows it.

    Raises:
        ProtocolError: the stream ends before.
    """
    parts, missing = [], size
    while missing:
        part = stream.read(min(missing, 2**20))
        if not part:
            if at_end and missing == size:
                return b""
            raise ProtocolError("the connection ended within a message")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        head = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a message's head is no JSON") from error
    if not isinstance(head, dict):
        raise ProtocolError("a message's head is no JSON object")
    return head


def _arrays(head: Mapping[str, Any], body: bytes) -> dict[str, Array]:
    described = head.get("arrays", [])
    if not isinstance(described, list) or len(described) > MAX_ARRAYS:
        raise ProtocolError("a message's list of arrays is broken")
    arrays: dict[str, Array] = {}
    offset = room = 0
    try:
        for name, code, shape, size, is_packed in described:
            if not _is_shape(shape) or type(size) is not int or not 0 <= size <= len(body):
                raise ValueError("impossible sizes")
            dtype = _TYPES[code]
            whole = math.prod(shape) * dtype.itemsize
            room += whole
            if room > MAX_BODY:
                raise ValueError("more than any message may have")
            data = body[offset : offset + size]
            offset += size
            if is_packed:
                data = _unpack(data, whole)
            if len(data) != whole:
                raise ValueError("bytes and shape do not agree")
            arrays[str(name)] = np.frombuffer(data, dtype).reshape(shape)
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise ProtocolError(f"a message's arrays are broken ({error})") from error
    if offset != len(body):
        raise ProtocolError("a message's arrays do not fill its body")
    return arrays


def _is_shape(shape: object) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) <= MAX_DIMENSIONS
        and all(type(side) is int and 0 <= side <= MAX_BODY for side in shape)
    )


def _unpack(data: bytes, size: int) -> bytes:
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(data, size + 1)  # never more, whatever it would become
    if len(found) != size or not unpacker.eof:
        raise ValueError("packed bytes and shape do not agree")
    return found
