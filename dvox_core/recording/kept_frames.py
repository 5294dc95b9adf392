"""Keeps what the network rendered beside a video that is being made, so that it can go on later."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from dvox_core.array_files import read_whole_arrays
from dvox_core.camera_paths.curve import PathView
from dvox_core.checkpoints.upstream import UpstreamWeights
from dvox_core.checkpoints.weights import DvoxWeights
from dvox_core.model.scene import Scene
from dvox_core.recording.settings import RecordingError
from dvox_core.rendering.frame import Frame

KEY_FILE = "recording.json"
_MAPS = ("depth", "contribution_depth", "entropy")


class KeptFrames:
    """The folder `TARGET.part`: network frames by number, and the unfinished video.

    Frames are lossless, so that a video that was gone on with equals one made at one go.
    """

    def __init__(self, target: Path, key: str) -> None:
        """Take or make the folder.

        Args:
            target: the video's final place.
            key: of scene, renderer, path and what frames carry; frames of another are dropped.

        Raises:
            RecordingError: it cannot be written, belongs to something else, or is being used.
        """
        self.folder = part_folder(target)
        self._suffix = target.suffix
        if self.folder.exists() and not _is_ours(self.folder):
            raise RecordingError(
                f"{self.folder}: is in the way and was not made by a recording; "
                "move it or choose another name"
            )
        try:
            self._frames.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / "lock", timeout=0)
            self._lock.acquire()
        except Timeout as error:
            raise RecordingError(
                f"{target}: is being recorded already; wait for it or choose another name"
            ) from error
        except OSError as error:
            raise RecordingError(
                f"{target}: cannot write here ({error.strerror or error}); choose another place"
            ) from error
        self.dropped = False
        try:
            self._take(key)
        except OSError as error:
            self.release()
            raise RecordingError(
                f"{target}: cannot write here ({error.strerror or error}); free some space or "
                "choose another place"
            ) from error

    @property
    def video(self) -> Path:
        """Where the unfinished video is written; nothing is there."""
        return self.folder / f"unfinished{self._suffix}"

    @property
    def _frames(self) -> Path:
        return self.folder / "frames"

    def count(self) -> int:
        """How many frames are kept."""
        return sum(1 for _ in self._frames.glob("*.npz"))

    def has(self, index: int) -> bool:
        """Whether the frame of that number is kept; it may turn out not to be whole."""
        return self._path(index).is_file()

    def first(self) -> int | None:
        """The lowest number of a kept frame, if there is one."""
        return min((int(path.stem) for path in self._frames.glob("*.npz")), default=None)

    def clear(self) -> None:
        """Drop all kept frames."""
        shutil.rmtree(self._frames, ignore_errors=True)
        self._frames.mkdir(exist_ok=True)

    def load(self, index: int, view: PathView) -> Frame | None:
        """The frame of that number, or None if it is not kept or not whole."""
        arrays = read_whole_arrays(self._path(index))
        if arrays is None or "picture" not in arrays:
            return None
        maps: dict[str, Any] = {name: arrays.get(name) for name in _MAPS}
        return Frame(view.camera, arrays["picture"], stages_ms={}, **maps)

    def keep(self, index: int, frame: Frame) -> None:
        """Keep a frame; a kill leaves it whole or not there."""
        arrays: dict[str, Any] = {"picture": frame.picture}
        for name in _MAPS:
            if getattr(frame, name) is not None:
                arrays[name] = getattr(frame, name)
        path = self._path(index)
        aside = path.with_suffix(".new")
        with aside.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
        aside.replace(path)

    def release(self) -> None:
        """Let go of the folder and leave what is in it; an empty one is taken away."""
        self._lock.release()
        if self.folder.exists() and not self.count():
            shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self) -> None:
        """Let go of the folder and delete it."""
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _take(self, key: str) -> None:
        key_file = self.folder / KEY_FILE
        if _read_key(key_file) != key:
            self.dropped = self.count() > 0
            self.clear()
            aside = key_file.with_suffix(".new")
            aside.write_text(json.dumps({"key": key}))
            aside.replace(key_file)
        for left in self.folder.glob("unfinished*"):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()

    def _path(self, index: int) -> Path:
        return self._frames / f"{index:06d}.npz"


def part_folder(target: Path) -> Path:
    """Where the frames of an unfinished recording are kept."""
    return target.with_name(target.name + ".part")


def discard_kept_frames(target: Path) -> None:
    """Delete what is kept of an unfinished recording to `target`, if anything is."""
    folder = part_folder(target)
    if folder.is_dir() and _is_ours(folder):
        shutil.rmtree(folder, ignore_errors=True)


def recording_key(scene_hash: str, renderer: str, views: Sequence[PathView], maps: bool) -> str:
    """What a network's frames depend on, as a hash."""
    digest = hashlib.sha256()
    digest.update(f"{scene_hash} {renderer} {maps}".encode())
    for view in views:
        digest.update(view.camera.camera_to_world.tobytes())
    return digest.hexdigest()


def scene_hash(scene: Scene) -> str:
    """SHA-256 of the file that a scene was opened from, or of its weights; placement included.

    What lies at its path by now may be something else.
    """
    digest = hashlib.sha256()
    digest.update(repr((scene.intrinsics, scene.placement, scene.near_plane)).encode())
    if isinstance(scene.weights, DvoxWeights | UpstreamWeights):
        digest.update(scene.weights.held.sha256.encode())
        return digest.hexdigest()
    for name, tensor in sorted(scene.weights.load("").items()):
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def publish(made: Path, target: Path) -> None:
    """Put what is whole to its final place at one stroke, synced."""
    for path in sorted(made.rglob("*")) if made.is_dir() else [made]:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    if made.is_dir() and target.is_dir():
        target.replace(made.with_name("former"))
    made.replace(target)


def _is_ours(folder: Path) -> bool:
    """Whether a `.part` is a recording's, or empty."""
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    return KEY_FILE in names or names <= {"frames", "lock", "recording.new"}


def _read_key(path: Path) -> str:
    try:
        content = json.loads(path.read_text())
        return str(content["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
