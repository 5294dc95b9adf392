"""A training run's folder: everything about the run lies in it, whole at every moment.

config.json    what is trained, on what, and how long
capture.json   by what it knows its capture, and which views it holds out
log.jsonl      every event, one JSON object a line
status.json    how it stands now
previews/      a validation view, truth left and rendered right, over time
volumes/       the grid over time
snapshots/     what is needed to go on
events/        TensorBoard's log, where that is installed
control/       commands to the run, and the sign that a hand moves a scene
scene.dvox     the scene, for the viewer
best.dvox      the scene that scored best, where the run ends by patience
"""

import json
import math
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeGuard

from filelock import FileLock, Timeout

from dvox_core.atomic_files import folders_under_way, write_text
from dvox_core.errors import UserError
from dvox_core.training.run.commands import CommandBox
from dvox_core.training.run.events import Event, RolledBack, Started, event_from_json
from dvox_core.training.run.json_types import MAX_WHOLE, require_types
from dvox_core.training.run.pause_for_viewer import ViewerBusyFile
from dvox_core.training.run.snapshots import KEPT, SnapshotFolder
from dvox_core.training.run.status import ACTIVE, Status

LOCK_WAIT_SECONDS = 2.0
"""Longer than anybody holds the lock to see whether a run is alive."""

SILENT_SECONDS = 300.0
"""After so long without a word a run on another machine counts as interrupted."""

_TEMPORARY = (".json", ".pt", ".png", ".dvox", ".safetensors")
"""Endings of the files that former versions wrote aside here."""


class RunError(UserError):
    """A training run that cannot be started, gone on with, or written to."""


class RunDirectory:
    """One run's folder. Reading is free to all; writing needs the lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config_path = path / "config.json"
        self.capture_path = path / "capture.json"
        self.log_path = path / "log.jsonl"
        self.status_path = path / "status.json"
        self.scene_path = path / "scene.dvox"
        self.best_scene_path = path / "best.dvox"
        self.previews = path / "previews"
        self.volumes = path / "volumes"
        self.tensorboard = path / "events"
        self.commands = CommandBox(path / "control")
        self.viewer_busy = ViewerBusyFile(path / "control")

    @property
    def exists(self) -> bool:
        """Whether a run was begun here."""
        return self.config_path.is_file()

    def snapshots(self, kept: int = KEPT) -> SnapshotFolder:
        """The run's snapshots."""
        return SnapshotFolder(self.path / "snapshots", kept)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process that trains here; the system frees the lock when a process dies.

        Raises:
            RunError: another process trains here, or the folder cannot be written to.
        """
        lock = self._file_lock()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=LOCK_WAIT_SECONDS)
        except Timeout as error:
            raise RunError(
                f"{self.path}: another process (number {self.read_status_file().pid}) trains this "
                "run; stop it first, or choose another folder"
            ) from error
        except OSError as error:
            raise RunError(
                f"{self.path}: cannot be written to ({error.strerror or error}); "
                "choose another place"
            ) from error
        try:
            self._remove_leftovers()
            yield
        finally:
            lock.release()

    def is_running(self) -> bool:
        """Whether a process trains here now."""
        if not self._lock_path.exists():
            return False
        lock = self._file_lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            return False
        lock.release()
        return False

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write config.json."""
        write_text(self.config_path, json.dumps(config, indent=2, ensure_ascii=False) + "\n")

    def read_config(self) -> dict[str, Any]:
        """What `write_config` wrote.

        Raises:
            RunError: there is no run here, or its configuration is broken.
        """
        try:
            config = json.loads(self.config_path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise RunError(
                f"{self.path}: holds no training run (no {self.config_path.name}); "
                "give a run's folder, or start a new one without --resume"
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f"{self.config_path}: cannot be read ({error})") from error
        if not _is_config(config):
            raise RunError(f"{self.config_path}: is not a run's configuration; start a new run")
        return config

    def clear(self) -> None:
        """Delete a run's own files, and nothing else that lies there. Needs the lock."""
        self.config_path.unlink(missing_ok=True)
        for path in (
            self.capture_path,
            self.log_path,
            self.status_path,
            self.scene_path,
            self.best_scene_path,
        ):
            path.unlink(missing_ok=True)
        for name in ("snapshots", "previews", "volumes", "events", "control"):
            shutil.rmtree(self.path / name, ignore_errors=True)

    def require_own(self) -> None:
        """Raise a RunError if the config.json that lies here is no training run's.

        One that is broken counts as a run's where a run's lock lies beside it.
        """
        try:
            config = json.loads(self.config_path.read_text(encoding="utf-8"))
            is_ours = isinstance(config, dict) and {"capture", "model", "run"} <= set(config)
        except (OSError, ValueError, RecursionError):
            is_ours = self._lock_path.exists()
        if not is_ours:
            raise RunError(
                f"{self.config_path}: is not of a training run, so nothing here is overwritten; "
                "choose another folder"
            )

    def require_free(self) -> None:
        """Raise a RunError if anything lies here already that a new run would overwrite."""
        if self.exists:
            raise RunError(
                f"{self.path}: holds a training run already; go on with it with --resume, "
                "overwrite it with --force, or choose another folder"
            )
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path}: is a file; choose another name for the run's folder")
        own = {self._lock_path.name, "output.txt"}
        if self.path.is_dir() and any(path.name not in own for path in self.path.iterdir()):
            raise RunError(f"{self.path}: is not empty and no training run; choose another folder")

    def read_status(self) -> Status:
        """How the run stands; a state that only a living process has is not believed of a dead."""
        status = self.read_status_file()
        if status.state in ACTIVE and not self._is_alive(status):
            return replace(status, state="interrupted", pid=0)
        return status

    def _is_alive(self, status: Status) -> bool:
        """Of a run on another machine, whose lock is not seen here, signs of life must do."""
        if status.host in ("", platform.node()):
            return self.is_running()
        return time.time() - status.updated < SILENT_SECONDS

    def read_status_file(self) -> Status:
        """What status.json says; a fresh `Status` if there is none or it cannot be read."""
        try:
            content = json.loads(self.status_path.read_text(encoding="utf-8"))
            known = {item.name for item in fields(Status)}
            status = Status(**{key: value for key, value in content.items() if key in known})
            require_types(status)
            _require_finite(status)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return Status()
        return status

    def write_status(self, status: Status) -> None:
        """Write status.json."""
        write_text(self.status_path, json.dumps(asdict(status), indent=1) + "\n")

    @property
    def _lock_path(self) -> Path:
        return self.path / ".lock"

    def _file_lock(self) -> FileLock:
        return FileLock(self._lock_path, is_singleton=False)

    def _remove_leftovers(self) -> None:
        """Delete what a process that was killed in the middle of writing has left.

        On whatever machine: nobody else writes here while the lock is held.
        """
        for folder in (self.path, self.previews, self.volumes, self.path / "snapshots"):
            for aside in folders_under_way(folder):
                shutil.rmtree(aside, ignore_errors=True)
            for path in folder.glob(".*"):
                ours = "-" in path.stem and path.suffix in _TEMPORARY
                if ours or path.name.startswith(".tmp"):  # safetensors' own temporary files
                    path.unlink(missing_ok=True)


def _require_finite(status: Status) -> None:
    """Refuse times and speeds that are none; losses and scores of a run may be."""
    times = (status.elapsed_seconds, status.steps_per_second, status.eta_seconds or 0.0)
    if not all(map(math.isfinite, (*times, status.memory_mb, status.gpu_memory_mb))):
        raise ValueError("a time or size that is not finite")


_NUMBERS = (
    ("run", "steps"),
    ("run", "minutes"),
    ("run", "patience"),
    ("training", "learning_rate"),
)
"""Numbers of a configuration that are shown and reckoned with before all of it is checked."""


def _is_config(content: object) -> TypeGuard[dict[str, Any]]:
    """Whether JSON content has a configuration's sections, and numbers where numbers must be."""
    if not isinstance(content, dict):
        return False
    for section in ("model", "training", "run"):
        if not isinstance(content.get(section, {}), dict):
            return False
    values = [content.get(section, {}).get(name) for section, name in _NUMBERS]
    return all(value is None or _is_count_or_share(value) for value in values)


def _is_count_or_share(value: object) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < MAX_WHOLE
    )


class LogWriter:
    """Appends events to a run's log, each line handed to the system at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = _ends_within_a_line(path)
        self._stream = path.open("a", encoding="utf-8", buffering=1)
        if torn:
            self._stream.write("\n")

    def write(self, event: Event) -> None:
        """Append an event.

        Raises:
            OSError: the disk is full.
        """
        line = {"time": round(time.time(), 3), **event.to_json()}
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Make the lines last and close the file."""
        with suppress(OSError):
            self._stream.flush()
            os.fsync(self._stream.fileno())
        with suppress(OSError):
            self._stream.close()


PORTION_BYTES = 2**18
"""How much of a log is read at a time."""

HEAD_BYTES = 60
"""By which a log is known: its first line begins with the time."""


@dataclass(frozen=True)
class LogEntry:
    """A line of a run's log.

    Attributes:
        time: when it was written, in seconds since the epoch; 0 where the line does not say.
    """

    time: float
    event: Event


class LogReader:
    """Reads a run's log as it grows, from any process."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self._head = path, 0, b""

    def new_events(self) -> list[Event]:
        """The events since the last call; a line that is still being written waits."""
        events = self.some_events()
        while more := self.some_events():
            events += more
        return events

    def some_events(self) -> list[Event]:
        """As `new_events`, a thousand or so at a time; none left where it returns none."""
        return [entry.event for entry in self.some_entries()]

    def share_read(self) -> float:
        """How much of the log has been read, 0…1."""
        try:
            return min(1.0, self._offset / max(1, self._path.stat().st_size))
        except OSError:
            return 1.0

    def some_entries(self) -> list[LogEntry]:
        """As `some_events`, with the time of each."""
        try:
            with self._path.open("rb") as stream:
                head = stream.read(HEAD_BYTES)
                if not head.startswith(self._head):
                    self._offset = 0  # the run was begun anew
                self._head = head
                stream.seek(self._offset)
                content = stream.read(PORTION_BYTES)
                while b"\n" not in content and (more := stream.read(PORTION_BYTES)):
                    content += more
        except OSError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        entries = []
        for line in whole.splitlines():
            # Torn by a kill, or written by nobody of us.
            with suppress(ValueError, AttributeError, TypeError, OverflowError, RecursionError):
                content = json.loads(line)
                event = event_from_json(content)
                entries.append(LogEntry(float(content.get("time", 0.0)), event))
        return entries


def counted_events(events: list[Event]) -> list[Event]:
    """The events without what was undone: after going back, later steps no longer count."""
    counted: list[Event] = []
    for event in events:
        if isinstance(event, (Started, RolledBack)):
            counted = [
                earlier
                for earlier in counted
                if earlier.step <= event.step or isinstance(earlier, (Started, RolledBack))
            ]
        counted.append(event)
    return counted


def _ends_within_a_line(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) != b"\n"
    except OSError:
        return False
