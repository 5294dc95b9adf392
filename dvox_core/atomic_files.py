"""Writes files and folders that are whole or absent.

What is under way lies beside them, in a hidden folder whose name says which process writes it. A
process that is killed leaves that behind; the next one that writes there takes it away.
"""

import functools
import hashlib
import os
import platform
import re
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
    """Yield a temporary path; on success it is synced and renamed to `path`.

    On any exception the temporary file is deleted and `path` is left as it was.

    Raises:
        UserError: the folder cannot be written to, or the disk is full.
    """
    # In a folder of its own, as safetensors writes to a file beside the one that it is given.
    aside = _path_aside(path)
    temporary = aside / f"file{path.suffix}"
    try:
        _prepare_folder(path.parent)
        aside.mkdir()
        # The system takes the user's umask off. To ask for the mask means to set it, and two
        # threads that did so at once could leave it at 000 for good.
        descriptor = os.open(temporary, _NEW_FILE, 0o666)
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.close(descriptor)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
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
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a new folder beside `path`, which takes its place at the end or is removed.

    Args:
        path: where to; there must be nothing, or an empty folder.
        overwrite: a folder that is there is deleted at the end, with all that is in it.

    Raises:
        UserError: it cannot be written there, or the disk is full.
    """
    temporary = _path_aside(path)
    try:
        _prepare_folder(path.parent)
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


def folders_under_way(folder: Path) -> list[Path]:
    """The hidden folders in `folder` in which something is being written, or was at a kill."""
    try:
        found = [entry for entry in os.scandir(folder) if _OWN_NAME.fullmatch(entry.name)]
        return [Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False)]
    except OSError:  # it is not there, or may not be listed
        return []


_OWN_NAME = re.compile(r"\..*-dvox-(?P<place>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{8}")

_looked_through: set[Path] = set()
"""Folders in which this process has looked for what dead ones left."""


def _path_aside(path: Path) -> Path:
    """A path beside `path` that nobody else has."""
    unique = f"{_place()}-{os.getpid()}-{secrets.token_hex(4)}"
    return path.with_name(f".{path.stem[:60]}-dvox-{unique}")


def _prepare_folder(folder: Path) -> None:
    """Make it; once a process, take away what killed ones have left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve()
    if place in _looked_through:
        return
    _looked_through.add(place)
    for aside in folders_under_way(place):
        if _is_left(aside):
            shutil.rmtree(aside, ignore_errors=True)


def _is_left(aside: Path) -> bool:
    """Whether its process has run here and is dead."""
    found = _OWN_NAME.fullmatch(aside.name)
    return found is not None and found["place"] == _place() and not _is_alive(int(found["process"]))


@functools.cache
def _place() -> str:
    """Where process numbers mean the same: a folder may be shared by machines and containers."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{platform.node()} {namespace}".encode()).hexdigest()[:8]


def _is_alive(process: int) -> bool:
    """Whether a process of this number runs, or may run."""
    if os.name == "nt":  # asking would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # it is another user's, or no number of a process here
    return True
