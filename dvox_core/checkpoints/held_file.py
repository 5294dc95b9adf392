"""Holds the file that was opened, whatever is put in its place later."""

import functools
import hashlib
import io
import os
import weakref
from pathlib import Path
from typing import BinaryIO

from dvox_core.errors import CheckpointError
from dvox_core.file_kinds import HEAD_BYTES, kind_of_head

_READ_AT_ONCE = 2**26


class HeldFile:
    """A file's content, read by place; any thread may read.

    A file that is replaced (written aside and renamed, as this program does) stays readable here
    as it was. One that is overwritten in place does not: reading it then is refused. It is never
    mapped into memory, where a file that becomes shorter ends the process.

    Attributes:
        path: what was opened.
        size: bytes.

    Raises:
        CheckpointError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # Windows lets nobody replace an open file, so there the content is held.
            self._content = path.read_bytes() if os.name == "nt" else None
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except FileNotFoundError as error:
            raise CheckpointError(f"{path}: not found") from error
        except IsADirectoryError as error:
            raise CheckpointError(f"{path}: is a folder; give the file") from error
        except OSError as error:
            raise CheckpointError(
                f"{path}: cannot be read ({error.strerror or error}); check its permissions"
            ) from error
        status = os.fstat(self._descriptor)
        self.size = status.st_size
        self._changed_ns = status.st_mtime_ns
        self._identity = (status.st_dev, status.st_ino)
        if self._content is not None:
            os.close(self._descriptor)
        else:
            weakref.finalize(self, os.close, self._descriptor)

    def read(self, offset: int, count: int) -> bytearray:
        """`count` bytes from `offset` on.

        Raises:
            CheckpointError: the file was overwritten since it was opened, or cannot be read.
        """
        if self._content is not None:
            return bytearray(self._content[offset : offset + count])
        if not 0 <= offset <= offset + count <= self.size:
            raise CheckpointError(f"{self.path}: is cut off; copy it again")
        data = bytearray(count)
        view, done = memoryview(data), 0
        try:
            while done < count:
                got = self._read_into(view[done : done + _READ_AT_ONCE], offset + done)
                if not got:
                    break
                done += got
            self._require_unchanged()
        except OSError as error:
            raise CheckpointError(
                f"{self.path}: cannot be read any more ({error.strerror or error}); open it again"
            ) from error
        return data

    def _read_into(self, view: memoryview, offset: int) -> int:
        if hasattr(os, "preadv"):  # not on macOS before 11
            return os.preadv(self._descriptor, [view], offset)
        part = os.pread(self._descriptor, len(view), offset)
        view[: len(part)] = part
        return len(part)

    def stream(self) -> BinaryIO:
        """A file object of its own, for readers that want one."""
        return io.BufferedReader(_HeldStream(self))

    def head(self) -> bytes:
        """The first bytes."""
        return bytes(self.read(0, min(HEAD_BYTES, self.size)))

    def kind(self) -> str:
        """What it is if it is something else than a scene or a checkpoint; see `kind_of`."""
        return kind_of_head(self.head())

    @functools.cached_property
    def sha256(self) -> str:
        """Of all its bytes, in hexadecimal."""
        digest = hashlib.sha256()
        for offset in range(0, self.size, _READ_AT_ONCE):
            digest.update(self.read(offset, min(_READ_AT_ONCE, self.size - offset)))
        return digest.hexdigest()

    @property
    def stamp(self) -> tuple[str, int, int]:
        """Path, size and time of its last change (ns): as good as always of this content alone."""
        return str(self.path.absolute()), self.size, self._changed_ns

    def is_replaced(self) -> bool:
        """Whether another file, or nothing, lies at the path now; or another content."""
        try:
            status = self.path.stat()
        except OSError:
            return True
        return (status.st_dev, status.st_ino) != self._identity or self._is_changed(status)

    def _is_changed(self, status: os.stat_result) -> bool:
        return (status.st_size, status.st_mtime_ns) != (self.size, self._changed_ns)

    def _require_unchanged(self) -> None:
        if self._is_changed(os.fstat(self._descriptor)):
            raise CheckpointError(
                f"{self.path}: was overwritten since it was opened; open it again"
            )


class _HeldStream(io.RawIOBase):
    """A file's content as a stream, with a place of its own."""

    def __init__(self, file: HeldFile) -> None:
        self._file, self._place = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._file.size}[whence]
        if start + offset < 0:
            raise ValueError("a place before the file's begin")
        self._place = start + offset
        return self._place

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        count = max(min(len(buffer), self._file.size - self._place), 0)
        buffer[:count] = self._file.read(self._place, count)
        self._place += count
        return count
