"""Copies what a training run on another machine writes, so that it is followed as one of this.

The copy lies in the folder of the run's bookmark: config.json, status.json, log.jsonl, previews
and volumes, and `scene.dvox`, which is a bookmark of the scene there. Commands that are put into
its control/ go to the run.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dvox_core.atomic_files import atomic_file, write_text
from dvox_core.errors import UserError
from dvox_core.interruption import wanted_while
from dvox_core.remote.bookmarks import SUFFIX, Bookmark, is_bookmark, read_bookmark
from dvox_core.remote.failures import ConnectionLostError
from dvox_core.remote.link import LINKS, Lease, Link, LinkPool
from dvox_core.remote.messages import Message, ProtocolError
from dvox_core.training.run.json_types import require_types
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.status import Status

LOOK_S = 0.5
SIGN_OF_LIFE_S = 60.0
"""How often the copy of an unchanged status is written anew, so that it does not look dead."""

SCENE = "scene.dvox"
FOLDERS = ("previews", "volumes")
MAX_NAME = 80
MAX_FILE = 64 * 2**20

Trouble = Callable[[str], None]
"""Told in one line what went wrong; '' when it is over."""


def is_mirror(folder: Path) -> bool:
    """Whether a run's folder is a copy of one on another machine."""
    return is_bookmark(folder / SCENE) or is_bookmark(_source(folder))


def require_here(folder: Path) -> None:
    """Raise a UserError if a folder is a copy: a run is trained where it lies."""
    if is_mirror(folder):
        address = mirrored(folder).address
        raise UserError(
            f"{address.name}: lies on {address.host_text}; go on with it there: "
            f"dvox train CAPTURE --out {address.path} --resume"
        )


def mirrored(folder: Path) -> Bookmark:
    """Where the run lies that a folder is a copy of.

    Raises:
        UserError: it is no copy.
    """
    return read_bookmark(_source(folder))


def begin_mirror(link: Link, bookmark: Bookmark, path: Path) -> Path | None:
    """Copy the beginning of a run, if a bookmark is of one: the path of its scene here, else None.

    Args:
        path: the bookmark's own.

    Raises:
        UserError: nothing lies there, or the cache cannot be written to.
    """
    folder = path.parent
    if path.name == SCENE:
        return path  # of a copy that is there
    try:
        look = link.request({"type": "run", "path": bookmark.address.path})
    except ConnectionLostError:
        raise
    except UserError:
        return None  # no run; opening it says what else it is
    if not RunDirectory(folder).log_path.exists():  # else somebody may be copying it
        RunMirror(folder, bookmark, link).take(look)
    bookmark.write(_source(folder))
    if look.head.get("has_scene") is True:
        bookmark.write(folder / SCENE)
    return folder / SCENE


class RunMirror:
    """One run's copy. `take` may be called by whoever looks; `RunMirrorThread` does so for long."""

    def __init__(self, folder: Path, bookmark: Bookmark, link: Link) -> None:
        self._directory, self._bookmark, self._link = RunDirectory(folder), bookmark, link
        self._begins = ""
        self._offset = 0
        self._status: Status | None = None

    def look(self) -> bool:
        """Copy what is new, and pass commands on; whether more of the log waits.

        Raises:
            ConnectionLostError: there is no connection now.
            UserError: the run is gone, or this machine's cache cannot be written to.
        """
        path = self._bookmark.address.path
        for command in self._directory.commands.take():
            self._link.request(
                {
                    "type": "command",
                    "path": path,
                    "command": command.name,
                    "factor": command.factor,
                }
            )
        message = self._link.request(
            {"type": "run", "path": path, "offset": self._offset, "begins": self._begins}
        )
        return self.take(message)

    def take(self, message: Message) -> bool:
        """Copy what an answer tells; whether more of the log waits."""
        head, directory = message.head, self._directory
        config = head.get("config")
        if not isinstance(config, dict):
            raise ProtocolError("a run's configuration is broken")
        _write(directory.config_path, json.dumps(config, indent=2))
        more = self._take_log(message)
        self._take_status(head)
        if head.get("has_scene") is True and not (directory.path / SCENE).exists():
            self._bookmark.write(directory.path / SCENE)
        if not more:
            self._take_file(head)
        return more

    def _take_log(self, message: Message) -> bool:
        head, log = message.head, message.arrays.get("log")
        offset, size = head.get("log_offset"), head.get("log_size")
        begins = head.get("log_begins")
        if log is None or type(offset) is not int or type(size) is not int:
            raise ProtocolError("a run's log is broken")
        self._begins = begins if isinstance(begins, str) else ""
        path = self._directory.log_path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab" if offset and offset == self._offset else "wb") as stream:
            stream.write(log.tobytes())
        self._offset = offset + log.nbytes
        return log.nbytes > 0 and self._offset < size

    def _take_status(self, head: Mapping[str, Any]) -> None:
        content = head.get("status")
        try:
            assert isinstance(content, dict)
            known = {field.name for field in fields(Status)}
            status = Status(**{name: value for name, value in content.items() if name in known})
            require_types(status)
        except (AssertionError, TypeError, ValueError) as error:
            raise ProtocolError("a run's status is broken") from error
        # Whether it is alive was found out there; here the time of the last look tells.
        host = f"{self._link.host.name} (remote)"
        now = time.time() if head.get("is_alive") is True else status.updated
        status = replace(status, host=host, pid=0, updated=now)
        before = self._status
        is_news = before is None or replace(status, updated=0) != replace(before, updated=0)
        if is_news or (before is not None and now - before.updated > SIGN_OF_LIFE_S):
            self._directory.write_status(status)
            self._status = status

    def _take_file(self, head: Mapping[str, Any]) -> None:
        """Copy the newest of the files that are not here yet, one at a look."""
        for folder in FOLDERS:
            names = head.get(folder)
            if not isinstance(names, list):
                raise ProtocolError("a run's list of files is broken")
            here = self._directory.path / folder
            for name in reversed(names):
                if not isinstance(name, str) or not _is_plain(name):
                    raise ProtocolError("a run's file has an impossible name")
                if (here / name).exists():
                    continue
                request: dict[str, object] = {
                    "type": "run_file",
                    "path": self._bookmark.address.path,
                    "folder": folder,
                    "name": name,
                }
                content = self._link.request(request).arrays.get("bytes")
                if content is None or content.nbytes > MAX_FILE:
                    raise ProtocolError("a run's file did not come whole")
                here.mkdir(parents=True, exist_ok=True)
                with atomic_file(here / name) as aside:
                    aside.write_bytes(content.tobytes())
                return


class RunMirrorThread:
    """Keeps a run's copy up to date in a thread of its own.

    Args:
        folder: the copy's.
        trouble: told, on that thread, when something goes wrong, and when it is over.
    """

    def __init__(self, folder: Path, trouble: Trouble, links: LinkPool = LINKS) -> None:
        self._folder, self._trouble, self._links = folder, trouble, links
        self._stopped = threading.Event()
        self._said = ""
        self._thread = threading.Thread(target=self._work, name="copying a run", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether its thread lives."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Copy nothing more; the thread ends by itself, and the run there goes on."""
        self._stopped.set()

    def stop(self) -> None:
        """Copy nothing more, and wait for the thread."""
        self.cancel()
        self._thread.join()

    def _work(self) -> None:
        lease: Lease | None = None
        mirror: RunMirror | None = None
        while not self._stopped.is_set():
            try:
                with wanted_while(lambda: not self._stopped.is_set()):
                    if lease is None or mirror is None:
                        bookmark = mirrored(self._folder)
                        lease = self._links.lease(
                            bookmark.address.reached_by(bookmark.remote_python)
                        )
                        mirror = RunMirror(self._folder, bookmark, lease.link)
                    has_more = mirror.look()
                self._say("")
            except ConnectionLostError:
                has_more = False  # the link tells, and reconnects
                if lease is not None and lease.link.is_closed:
                    lease, mirror = None, None
            except Exception as error:
                has_more = False
                text = " ".join(str(error).split()) or type(error).__name__
                self._say(text if isinstance(error, UserError) else f"Copying the run: {text}")
            if not has_more:
                self._stopped.wait(LOOK_S)
        if lease is not None:
            lease.release()

    def _say(self, line: str) -> None:
        if line != self._said and not self._stopped.is_set():
            self._said = line
            self._trouble(line)


def _source(folder: Path) -> Path:
    return folder / f"run{SUFFIX}"


def _write(path: Path, text: str) -> None:
    with suppress(OSError):
        if path.read_text(encoding="utf-8") == text:
            return
    write_text(path, text)


def _is_plain(name: str) -> bool:
    return len(name) <= MAX_NAME and Path(name).name == name and name.startswith("step_")
