"""Small files of this user's cache that stand for scenes and runs on other machines.

A bookmark is a path like any other scene's: it can be opened, remembered and compared with. Only
those in the program's own folder are believed: whoever could give somebody a bookmark could else
have commands run by whom opens it.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from dvox_core.atomic_files import write_text
from dvox_core.errors import UserError
from dvox_core.fact_cache import cache_folder
from dvox_core.remote.address import RemoteAddress, is_address, parse_address

SUFFIX = ".remote"
FORMAT = "dvox-remote"
MAX_BYTES = 2**16

_STRANGE = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True)
class Bookmark:
    """A place on another machine.

    Attributes:
        remote_python: see `RemoteAddress.reached_by`.
    """

    address: RemoteAddress
    remote_python: str = ""

    @property
    def folder(self) -> Path:
        """This machine's folder for the place: its bookmark, edits, what was copied of a run."""
        text = f"{self.address}\n{self.address.pipe}\n{self.address.path}"
        digest = hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
        return _home() / f"{_STRANGE.sub('-', self.address.host_text)[:60]}-{digest}"

    @property
    def path(self) -> Path:
        """Where it is kept."""
        name = _STRANGE.sub("-", Path(self.address.name).stem)[:80] or "scene"
        return self.folder / f"{name}{SUFFIX}"

    def write(self, path: Path | None = None) -> Path:
        """Keep it, by custom at its own path.

        Raises:
            UserError: the cache cannot be written to.
        """
        path = path or self.path
        content = {
            "format": FORMAT,
            "address": "" if self.address.pipe else str(self.address),
            "pipe": self.address.pipe,
            "path": self.address.path,
            "remote_python": self.remote_python,
        }
        write_text(path, json.dumps(content, indent=1) + "\n")
        return path


def place_named(text: str, there: str | None = None, remote_python: str = "") -> Path:
    """The path of what a command line names: a file's own, or a new bookmark's.

    Args:
        text: a path, ssh://…, or pipe:COMMAND.
        there: of a pipe, the scene's path.

    Raises:
        UserError: the address cannot be read, or the cache not be written to.
    """
    if is_address(text):
        return Bookmark(parse_address(text, there or ""), remote_python).write()
    if there is not None:
        raise UserError(f"{there}: one scene is opened at a time; name pipe:COMMAND before a path")
    if remote_python:
        raise UserError(f"--remote-python: {text} is on this machine; write ssh://host/path")
    return Path(text)


def is_bookmark(path: Path) -> bool:
    """Whether a path is one of this program's own bookmarks."""
    if path.suffix not in (SUFFIX, ".dvox") or not _is_ours(path):
        return False
    try:
        with path.open("rb") as stream:
            return FORMAT.encode() in stream.read(200)
    except OSError:
        return False


def read_bookmark(path: Path) -> Bookmark:
    """Read what `Bookmark.write` wrote.

    Raises:
        UserError: it is none of this program's own, or broken.
    """
    if not _is_ours(path):
        raise UserError(
            f"{path}: is a bookmark that was not made here; open the place by its address: "
            "File → Open on another machine…"
        )
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too long")
        content = json.loads(path.read_text(encoding="utf-8"))
        pipe, there = str(content["pipe"]), str(content["path"])
        if pipe:
            address = parse_address(f"pipe:{pipe}", there)
        else:
            address = parse_address(str(content["address"]))
        return Bookmark(address, str(content["remote_python"]))
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror or error}); open the place anew: "
            "File → Open on another machine…"
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path}: the bookmark is broken; open the place anew: File → Open on another machine…"
        ) from error


def _home() -> Path:
    return cache_folder() / "remote"


def _is_ours(path: Path) -> bool:
    return path.absolute().parent.parent == _home().absolute()
