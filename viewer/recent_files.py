"""The files that the window remembers: scenes, training runs, and what belongs to a scene."""

import contextlib
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, QStandardPaths, Qt
from PySide6.QtGui import QImage

MAX_SCENES = 12
MAX_RUNS = 20
MAX_REMEMBERED = 100
THUMBNAIL_SIDE = 400  # pixels; cards are half as wide, for screens of scale 2


@dataclass(frozen=True)
class RecentScene:
    """A scene that was opened before.

    Attributes:
        path: the file, absolute.
        name: what to call it.
        caption: a few words, e.g. "256², authors' .pth".
        opened: when, in seconds since the epoch.
    """

    path: Path
    name: str
    caption: str
    opened: float


@dataclass(frozen=True)
class KnownRun:
    """A training run that was watched before.

    Attributes:
        path: its folder, absolute.
        started_here: whether a window of this user began it, or went on with it.
    """

    path: Path
    started_here: bool


def names_apart(scenes: Sequence[RecentScene]) -> list[str]:
    """What to call each scene: those of one name by their folders too, as many as tell them apart.

    E.g. "lego — runs/a" and "lego — runs/b".
    """
    names = [scene.name for scene in scenes]
    return [
        name if names.count(name) == 1 else f"{name} — {_telling_folder(scene, name, scenes)}"
        for name, scene in zip(names, scenes, strict=True)
    ]


def _telling_folder(scene: RecentScene, name: str, scenes: Sequence[RecentScene]) -> str:
    """The last folders of a scene's file that no other scene of its name ends in."""
    own = scene.path.parent.parts
    others = [
        other.path.parent.parts for other in scenes if other.name == name and other is not scene
    ]
    for count in range(1, len(own)):
        if all(other[-count:] != own[-count:] for other in others):
            return str(Path(*own[-count:]))
    return scene.path.name  # of one folder: the file's own name tells them apart


class RecentFiles:
    """Typed access to the remembered files; an entry that cannot be read counts as not there."""

    def __init__(self, store: QSettings, cache: Path) -> None:
        """Keep lists in `store` and thumbnails in the folder `cache`."""
        self._store = store
        self._cache = cache

    @classmethod
    def of_user(cls) -> "RecentFiles":
        """The user's own, where the platform keeps such things."""
        cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
        return cls(QSettings(), Path(cache))

    @classmethod
    def in_folder(cls, folder: Path) -> "RecentFiles":
        """Separate from the user's own: all in `folder`."""
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        return cls(store, folder / "cache")

    @property
    def scenes(self) -> list[RecentScene]:
        """Scenes opened before, newest first; their files may be gone."""
        scenes = []
        for entry in self._read("files/recents", []):
            with contextlib.suppress(TypeError, KeyError, ValueError):
                scenes.append(
                    RecentScene(
                        path=Path(str(entry["path"])),
                        name=str(entry["name"]),
                        caption=str(entry["caption"]),
                        opened=float(entry["opened"]),
                    )
                )
        return scenes[:MAX_SCENES]

    def add_scene(self, path: Path, name: str, caption: str) -> None:
        """Put a scene on top of the list."""
        path = path.absolute()
        others = [scene for scene in self.scenes if scene.path != path]
        self._write_scenes([RecentScene(path, name, caption, time.time()), *others])

    def remove_scene(self, path: Path) -> None:
        """Forget a scene and its thumbnail."""
        self._write_scenes([scene for scene in self.scenes if scene.path != path])
        self.thumbnail(path).unlink(missing_ok=True)

    def clear_scenes(self) -> None:
        """Forget all scenes and their thumbnails."""
        for scene in self.scenes:
            self.remove_scene(scene.path)

    def thumbnail(self, path: Path) -> Path:
        """The file of a scene's thumbnail, which may not be there."""
        key = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]
        return self._cache / "thumbnails" / f"{key}.png"

    def save_thumbnail(self, path: Path, picture: QImage) -> bool:
        """Keep a small copy of a scene's picture; a cache, so a full disk is no error."""
        target = self.thumbnail(path)
        small = picture.scaled(
            THUMBNAIL_SIDE,
            THUMBNAIL_SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return small.save(str(target))

    @property
    def runs(self) -> list[KnownRun]:
        """Training runs that were watched, newest first; their folders may be gone."""
        runs = []
        for entry in self._read("files/runs", []):
            with contextlib.suppress(TypeError, KeyError):
                runs.append(KnownRun(Path(str(entry["path"])), bool(entry["started_here"])))
        return runs[:MAX_RUNS]

    def add_run(self, path: Path, *, started_here: bool) -> None:
        """Put a run on top of the list; one that was started here stays so."""
        path = path.absolute()
        before = next((run for run in self.runs if run.path == path), None)
        started_here = started_here or bool(before and before.started_here)
        others = [run for run in self.runs if run.path != path]
        self._write_runs([KnownRun(path, started_here), *others])

    def remove_run(self, path: Path) -> None:
        """Forget a run; its folder stays."""
        self._write_runs([run for run in self.runs if run.path != path])

    def _write_runs(self, runs: list[KnownRun]) -> None:
        entries = [
            {"path": str(run.path), "started_here": run.started_here} for run in runs[:MAX_RUNS]
        ]
        self._store.setValue("files/runs", json.dumps(entries))
        self._store.sync()  # another window, or the next one after a crash, is to find them

    def intrinsics_for(self, checkpoint: Path) -> Path | None:
        """The intrinsics.txt that the user once chose for a checkpoint, if it is still there."""
        chosen = self._read("files/intrinsics", {}).get(str(checkpoint.absolute()))
        return Path(chosen) if isinstance(chosen, str) and Path(chosen).is_file() else None

    def remember_intrinsics(self, checkpoint: Path, intrinsics: Path) -> None:
        """Use this intrinsics.txt whenever the checkpoint is opened."""
        self._remember("files/intrinsics", checkpoint, intrinsics)

    def forget_intrinsics(self, checkpoint: Path) -> None:
        """Ask again the next time the checkpoint is opened."""
        chosen = self._read("files/intrinsics", {})
        if chosen.pop(str(checkpoint.absolute()), None):
            self._store.setValue("files/intrinsics", json.dumps(chosen))

    def capture_for(self, scene: Path) -> Path | None:
        """The folder of the capture that the user chose for a scene, if it is still there."""
        chosen = self._read("files/captures", {}).get(str(scene.absolute()))
        return Path(chosen) if isinstance(chosen, str) and Path(chosen).is_dir() else None

    def remember_capture(self, scene: Path, capture: Path) -> None:
        """Compare the scene with this capture whenever it is opened."""
        self._remember("files/captures", scene, capture)

    def _remember(self, key: str, scene: Path, chosen: Path) -> None:
        known = self._read(key, {})
        known.pop(str(scene.absolute()), None)
        known[str(scene.absolute())] = str(chosen.absolute())
        self._store.setValue(key, json.dumps(dict(list(known.items())[-MAX_REMEMBERED:])))

    def _write_scenes(self, scenes: list[RecentScene]) -> None:
        entries = [{**asdict(scene), "path": str(scene.path)} for scene in scenes[:MAX_SCENES]]
        self._store.setValue("files/recents", json.dumps(entries))

    def _read(self, key: str, default: Any) -> Any:
        try:
            value = json.loads(str(self._store.value(key, "")) or "null")
        except ValueError:
            return default
        return value if isinstance(value, type(default)) else default
