"""Opens scenes for the other side: their facts at once, their tensors piece by piece."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dvox_core.checkpoints.scene_facts import scene_facts
from dvox_core.errors import CheckpointError, UserError
from dvox_core.model.scene import Scene
from dvox_core.remote.messages import Array

MAX_PART = 2**20
"""Bytes of tensors in one message: a frame never waits long behind them."""

MAX_PORTIONS = 8
"""Loaded tensors that are kept until they are fetched."""

Progress = Callable[[float, str], None]
OpenScene = Callable[[Path, Progress], Scene]


def program_opener(path: Path, progress: Progress) -> Scene:
    """The program's own reading of a scene's file, or of a training run's; imports torch."""
    from dvox_core.checkpoints.opening import open_scene
    from dvox_core.training.run.snapshot_scene import open_snapshot
    from dvox_core.training.run.snapshots import named_snapshot

    return open_snapshot(path) if named_snapshot(path) else open_scene(path, progress=progress)


class ServedScenes:
    """The scenes that are open, by number. Used from any thread that does one request at a time."""

    def __init__(self, open_scene: OpenScene = program_opener) -> None:
        self._open = open_scene
        self._scenes: dict[int, Scene] = {}
        self._portions: dict[int, dict[str, np.ndarray[Any, Any]]] = {}
        self._number = 0

    def scene(self, number: object) -> Scene:
        """An open scene.

        Raises:
            UserError: there is none of that number.
        """
        scene = self._scenes.get(number) if type(number) is int else None
        if scene is None:
            raise UserError("something was asked of a scene that is not open; open it again")
        return scene

    def open(self, head: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Open a scene: {number, facts, file, shapes, fingerprint}."""
        path = there(head.get("path"))
        scene = self._open(path, progress)
        facts = scene_facts(scene, half=bool(getattr(scene.weights, "are_half", False)))
        facts["notes"] = list(scene.notes)
        shapes = {name: list(shape) for name, shape in scene.weights.shapes().items()}
        stamp = json.dumps([facts, shapes, _file_stamp(scene.path)], sort_keys=True, default=str)
        self._number += 1
        self._scenes[self._number] = scene
        return {
            "scene": self._number,
            "facts": _finite(facts),
            "format": scene.file_format,
            "file": str(scene.path or path),
            "shapes": shapes,
            "fingerprint": hashlib.blake2b(stamp.encode(), digest_size=16).hexdigest(),
        }

    def close(self, number: object) -> None:
        """Forget a scene."""
        if type(number) is int:
            self._scenes.pop(number, None)

    def load(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """Load tensors by their prefixes: {portion, tensors: [name, type, shape, bytes]}.

        Those of floats come in half precision if `half` says so and they fit it, else whole.
        """
        scene, prefixes = self.scene(head.get("scene")), head.get("prefixes")
        if not isinstance(prefixes, list) or not all(isinstance(one, str) for one in prefixes):
            raise UserError("tensors were asked for without their names")
        loaded = scene.weights.load(*prefixes)
        tensors = {
            name: _wire_array(tensor.numpy(), half=head.get("half") is True)
            for name, tensor in loaded.items()
        }
        self._number += 1
        while len(self._portions) >= MAX_PORTIONS:
            del self._portions[min(self._portions)]
        self._portions[self._number] = tensors
        described = [
            [name, f"{array.dtype.kind}{array.dtype.itemsize}", list(array.shape), array.nbytes]
            for name, array in tensors.items()
        ]
        return {"portion": self._number, "tensors": described}

    def part(self, head: Mapping[str, Any]) -> dict[str, Array]:
        """A piece of a loaded tensor: its bytes from `offset` on, `MAX_PART` at most."""
        portion, offset = self._portions.get(_whole(head, "portion")), _whole(head, "offset")
        array = None if portion is None else portion.get(str(head.get("name")))
        if array is None:
            raise UserError("a piece of a tensor was asked for that is not loaded")
        size = min(_whole(head, "size"), MAX_PART)
        return {"bytes": array.reshape(-1).view(np.uint8)[offset : offset + size]}

    def forget(self, head: Mapping[str, Any]) -> None:
        """A portion has been fetched."""
        self._portions.pop(_whole(head, "portion"), None)


def there(path: object) -> Path:
    """A path as the other side wrote it; `~` is the home of who is logged in.

    Raises:
        CheckpointError: it is none, or nothing lies there.
    """
    if not isinstance(path, str) or not path or "\0" in path:
        raise CheckpointError("no path was named; write ssh://[user@]host[:port]/path/to/scene")
    try:
        found = Path(path).expanduser()
        exists = found.exists()
    except (OSError, RuntimeError) as error:
        raise CheckpointError(f"{path}: cannot be reached ({error})") from error
    if not exists:
        raise CheckpointError(
            f"{path}: not found on that machine; name a .dvox, an authors' .pth or a run's folder"
        )
    return found


def _wire_array(array: np.ndarray[Any, Any], *, half: bool) -> np.ndarray[Any, Any]:
    if array.dtype.kind != "f":
        return np.asarray(array, np.int64, order="C")
    array = np.asarray(array, np.float32, order="C")
    if half and np.abs(array).max(initial=0.0) < np.finfo(np.float16).max:
        return array.astype(np.float16)
    return array


def _file_stamp(path: Path | None) -> list[int]:
    try:
        assert path is not None
        stat = path.stat()
    except (OSError, AssertionError):
        return []
    return [stat.st_size, stat.st_mtime_ns]


def _whole(head: Mapping[str, Any], name: str) -> int:
    value = head.get(name)
    if type(value) is not int or value < 0:
        raise UserError(f"a request's {name} is no whole number")
    return value


def _finite(value: Any) -> Any:
    """JSON values without the numbers that JSON does not know."""
    plain: Any = json.loads(json.dumps(value, default=str), parse_constant=lambda _: None)
    return plain
