"""Writes files and folders that are whole or absent."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dvox_core.errors import UserError

_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and renamed to `path`.

    On any exception the temporary file is deleted and `path` is left as it was.

    Raises:
        UserError: the folder cannot be written to, or the disk is full.
    """
    temporary = _path_aside(path, path.suffix)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The system takes the user's umask off. To ask for the mask means to set it, and two
        # threads that did so at once could leave it at 000 for good.
        descriptor = os.open(temporary, _NEW_FILE, 0o666)
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.close(descriptor)
    except OSError as error:
        raise UserError(
            f"{path}: cannot write here ({error.strerror}); choose another place"
        ) from error
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(mode)  # safetensors puts a private file of its own in its place
        temporary.replace(path)
    except OSError as error:
        raise UserError(
            f"{path}: could not be written ({error.strerror or error}); "
            "free some space or choose another place"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a new folder beside `path`, which takes its place at the end or is removed.

    Args:
        path: where to; there must be nothing, or an empty folder.
        overwrite: a folder that is there is deleted at the end, with all that is in it.

    Raises:
        UserError: it cannot be written there, or the disk is full.
    """
    temporary = _path_aside(path, "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
    except OSError as error:
        raise UserError(
            f"{path}: cannot write here ({error.strerror or error}); choose another place"
        ) from error
    try:
        yield temporary
        if path.is_dir():
            if overwrite:
                shutil.rmtree(path)
            else:
                path.rmdir()
        temporary.rename(path)
    except OSError as error:
        raise UserError(
            f"{path}: could not be written ({error.strerror or error}); free some space or choose "
            "another place"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _path_aside(path: Path, suffix: str) -> Path:
    """A path beside `path` that nobody else has."""
    return path.with_name(f".{path.stem[:60]}-{secrets.token_hex(6)}{suffix}")
