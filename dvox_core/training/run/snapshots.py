"""Snapshots of a training run: written whole, checksummed, the last good ones kept.

torch is imported where tensors are read or written only: a window lists runs before it is there.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvox_core.atomic_files import atomic_file, write_text
from dvox_core.errors import UserError

log = logging.getLogger(__name__)

KEPT = 3
"""Snapshots kept, the newest ones."""

_NAME = re.compile(r"snapshot_(\d{6})_step_(\d{8})\.json")
SUFFIX = ".pt"
_STEM = re.compile(r"snapshot_(\d+)_step_(\d+)")


class SnapshotError(UserError):
    """A snapshot that could not be written or read."""


@dataclass(frozen=True)
class Snapshot:
    """One snapshot on disk.

    Attributes:
        serial: counts up; the highest is the newest, whatever its step.
        step: training steps done.
        path: the tensors, written by torch.save; its seal (size and SHA-256) lies beside it.
    """

    serial: int
    step: int
    path: Path

    @property
    def seal_path(self) -> Path:
        """The file that makes the snapshot count; it is written last."""
        return self.path.with_suffix(".json")

    def is_whole(self) -> bool:
        """Whether the file is there, to the last bit as it was written."""
        try:
            seal = json.loads(self.seal_path.read_text(encoding="utf-8"))
            if self.path.stat().st_size != seal["bytes"]:
                return False
            return bool(_digest(self.path) == seal["sha256"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return False

    def load(self) -> dict[str, Any]:
        """What was saved, on the CPU; runs no code from the file.

        Raises:
            SnapshotError: it cannot be read.
        """
        from dvox_core.checkpoints.held_file import HeldFile
        from dvox_core.checkpoints.torch_file import load_dictionary

        try:
            return load_dictionary(HeldFile(self.path))
        except UserError as error:
            raise SnapshotError(str(error)) from error


def named_snapshot(path: Path) -> Snapshot | None:
    """What a path is named as; None if not as a run's snapshot."""
    match = _STEM.fullmatch(path.stem) if path.suffix == SUFFIX else None
    return None if match is None else Snapshot(int(match[1]), int(match[2]), path)


class SnapshotFolder:
    """The snapshots of one run, with one writer."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self._folder, self._kept = folder, max(2, kept)

    def all(self) -> list[Snapshot]:
        """Every sealed snapshot, the oldest first; not yet verified."""
        if not self._folder.is_dir():
            return []
        found = []
        for path in self._folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match:
                found.append(Snapshot(int(match[1]), int(match[2]), path.with_suffix(SUFFIX)))
        return sorted(found, key=lambda snapshot: snapshot.serial)

    def newest(self) -> Snapshot | None:
        """The newest snapshot that is whole; broken ones are passed over and logged."""
        for snapshot in reversed(self.all()):
            if snapshot.is_whole():
                return snapshot
            log.warning("%s: is broken, an older snapshot is taken", snapshot.path)
        return None

    def save(self, step: int, state: Mapping[str, Any]) -> Snapshot:
        """Write a snapshot and drop the oldest ones.

        Where the disk is full, all but the newest are dropped and it is tried once more.

        Raises:
            SnapshotError: it could not be written; the newest good snapshot is still there.
        """
        try:
            snapshot = self._write(step, state)
        except UserError:
            if len(self.all()) < 2:
                raise
            self._prune(1)
            snapshot = self._write(step, state)
        self._prune(self._kept)
        return snapshot

    def _write(self, step: int, state: Mapping[str, Any]) -> Snapshot:
        existing = self.all()
        serial = existing[-1].serial + 1 if existing else 1
        path = self._folder / f"snapshot_{serial:06d}_step_{step:08d}{SUFFIX}"
        snapshot = Snapshot(serial, step, path)
        try:
            with atomic_file(path) as temporary:
                _save(dict(state), temporary)
                seal = {"bytes": temporary.stat().st_size, "sha256": _digest(temporary)}
            write_text(snapshot.seal_path, json.dumps(seal) + "\n")
        except UserError as error:
            path.unlink(missing_ok=True)
            raise SnapshotError(str(error)) from error
        _sync_folder(self._folder)
        return snapshot

    def _prune(self, kept: int) -> None:
        """Drop all but the newest `kept`, and tensors without a seal."""
        snapshots = self.all()
        for snapshot in snapshots[: max(0, len(snapshots) - kept)]:
            snapshot.seal_path.unlink(missing_ok=True)
            snapshot.path.unlink(missing_ok=True)
        sealed = {snapshot.path for snapshot in snapshots}
        for path in self._folder.glob(f"snapshot_*{SUFFIX}"):
            if path not in sealed:
                path.unlink(missing_ok=True)


def name_of_not_finite(state: object, name: str = "") -> str:
    """The first tensor in a nested state that has NaN or infinity in it; "" if all are finite."""
    import torch

    if isinstance(state, torch.Tensor):
        finite = not state.is_floating_point() or bool(torch.isfinite(state).all())
        return "" if finite else name
    items: Any = ()
    if isinstance(state, Mapping):
        items = state.items()
    elif isinstance(state, (list, tuple)):
        items = enumerate(state)
    for key, value in items:
        found = name_of_not_finite(value, f"{name}.{key}" if name else str(key))
        if found:
            return found
    return ""


def _save(state: dict[str, Any], path: Path) -> None:
    """torch.save, with a full disk as the OSError that torch hides behind an error of its own.

    The stream is ours so that it is closed at once: an open file would keep its space.
    """
    import torch

    with path.open("wb") as stream:
        try:
            torch.save(state, stream)
        except RuntimeError as error:
            cause = error.__context__
            if isinstance(cause, OSError):
                raise OSError(cause.errno, cause.strerror) from error
            raise


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make renames last; only POSIX lets a folder be synced."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
