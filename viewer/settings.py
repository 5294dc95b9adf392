"""What the window remembers between sessions: layout, theme, recent scenes, last folder."""

import contextlib
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths
from PySide6.QtGui import QImage

RECENT_LIMIT = 12
RUN_LIMIT = 20
REMEMBERED_INTRINSICS_LIMIT = 100
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


class Settings:
    """Typed access to the stored settings; a value that cannot be read counts as not there."""

    def __init__(self, store: QSettings, cache: Path) -> None:
        self._store = store
        self._cache = cache

    @classmethod
    def of_user(cls) -> "Settings":
        """The user's own, where the platform keeps such things."""
        cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
        return cls(QSettings(), Path(cache))

    @classmethod
    def in_folder(cls, folder: Path) -> "Settings":
        """Apart from the user's: all in `folder`."""
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        return cls(store, folder / "cache")

    def save(self) -> None:
        """Write to disk now."""
        self._store.sync()

    # The look

    @property
    def theme(self) -> str:
        """ "system", "light" or "dark"."""
        value = self._text("look/theme")
        return value if value in ("light", "dark") else "system"

    @theme.setter
    def theme(self, value: str) -> None:
        self._store.setValue("look/theme", value)

    @property
    def motion(self) -> bool:
        """Whether things move."""
        return self._flag("look/motion", default=True)

    @motion.setter
    def motion(self, value: bool) -> None:
        self._store.setValue("look/motion", value)

    @property
    def hud(self) -> bool:
        """Whether the figures over the picture are shown."""
        return self._flag("look/hud", default=True)

    @hud.setter
    def hud(self, value: bool) -> None:
        self._store.setValue("look/hud", value)

    @property
    def reproject(self) -> bool:
        """Whether true frames are warped to the present view while the network works."""
        return self._flag("look/reproject", default=True)

    @reproject.setter
    def reproject(self, value: bool) -> None:
        self._store.setValue("look/reproject", value)

    @property
    def orbit_sphere(self) -> bool:
        """Whether the orbit sphere is shown over the picture."""
        return self._flag("look/orbit_sphere", default=True)

    @orbit_sphere.setter
    def orbit_sphere(self, value: bool) -> None:
        self._store.setValue("look/orbit_sphere", value)

    # The window

    @property
    def window_geometry(self) -> QByteArray:
        """For QWidget.restoreGeometry; empty if there is none."""
        return self._bytes("window/geometry")

    @window_geometry.setter
    def window_geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    @property
    def dock_layout(self) -> QByteArray:
        """For QMainWindow.restoreState; empty if there is none."""
        return self._bytes("window/docks")

    @dock_layout.setter
    def dock_layout(self, value: QByteArray) -> None:
        self._store.setValue("window/docks", value)

    # Folders and files

    @property
    def last_folder(self) -> Path:
        """Where the user opened something last; the home folder at first."""
        text = self._text("files/last_folder")
        folder = Path(text) if text else Path.home()
        return folder if folder.is_dir() else Path.home()

    @last_folder.setter
    def last_folder(self, value: Path) -> None:
        self._store.setValue("files/last_folder", str(value))

    @property
    def training_folder(self) -> Path:
        """Where captures and runs were put last; it may not be there."""
        return Path(self._text("files/training_folder") or "~/DeepVoxels")

    @training_folder.setter
    def training_folder(self, value: Path) -> None:
        self._store.setValue("files/training_folder", str(value))

    @property
    def video_folder(self) -> Path:
        """Where a video was recorded to last; the user's folder of videos at first."""
        movies = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
        folder = Path(self._text("files/video_folder") or movies or "~")
        return folder if folder.is_dir() else self.last_folder

    @video_folder.setter
    def video_folder(self, value: Path) -> None:
        self._store.setValue("files/video_folder", str(value))

    @property
    def recents(self) -> list[RecentScene]:
        """Scenes opened before, newest first; their files may be gone."""
        scenes = []
        for entry in self._json("files/recents", []):
            with contextlib.suppress(TypeError, KeyError, ValueError):
                scenes.append(
                    RecentScene(
                        path=Path(str(entry["path"])),
                        name=str(entry["name"]),
                        caption=str(entry["caption"]),
                        opened=float(entry["opened"]),
                    )
                )
        return scenes[:RECENT_LIMIT]

    def add_recent(self, path: Path, name: str, caption: str) -> None:
        """Put a scene on top of the list."""
        path = path.absolute()
        others = [scene for scene in self.recents if scene.path != path]
        self._write_recents([RecentScene(path, name, caption, time.time()), *others])

    def remove_recent(self, path: Path) -> None:
        """Forget a scene and its thumbnail."""
        self._write_recents([scene for scene in self.recents if scene.path != path])
        self.thumbnail(path).unlink(missing_ok=True)

    def clear_recents(self) -> None:
        """Forget all scenes and their thumbnails."""
        for scene in self.recents:
            self.remove_recent(scene.path)

    def thumbnail(self, path: Path) -> Path:
        """The file of a scene's thumbnail, which may not be there."""
        key = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]
        return self._cache / "thumbnails" / f"{key}.png"

    def save_thumbnail(self, path: Path, picture: QImage) -> bool:
        """Keep a small copy of a scene's picture; a cache, so a full disk is no error."""
        from PySide6.QtCore import Qt

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
        return small.save(str(target), "PNG")

    @property
    def runs(self) -> list[KnownRun]:
        """Training runs that were watched, newest first; their folders may be gone."""
        runs = []
        for entry in self._json("files/runs", []):
            with contextlib.suppress(TypeError, KeyError):
                runs.append(KnownRun(Path(str(entry["path"])), bool(entry["started_here"])))
        return runs[:RUN_LIMIT]

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
            {"path": str(run.path), "started_here": run.started_here} for run in runs[:RUN_LIMIT]
        ]
        self._store.setValue("files/runs", json.dumps(entries))
        self._store.sync()  # another window, or the next one after a crash, is to find them

    def intrinsics_for(self, checkpoint: Path) -> Path | None:
        """The intrinsics.txt that the user once chose for a checkpoint, if it is still there."""
        chosen = self._json("files/intrinsics", {}).get(str(checkpoint.absolute()))
        return Path(chosen) if isinstance(chosen, str) and Path(chosen).is_file() else None

    def remember_intrinsics(self, checkpoint: Path, intrinsics: Path) -> None:
        """Use this intrinsics.txt whenever the checkpoint is opened."""
        chosen = self._json("files/intrinsics", {})
        chosen.pop(str(checkpoint.absolute()), None)
        chosen[str(checkpoint.absolute())] = str(intrinsics.absolute())
        newest = dict(list(chosen.items())[-REMEMBERED_INTRINSICS_LIMIT:])
        self._store.setValue("files/intrinsics", json.dumps(newest))

    def forget_intrinsics(self, checkpoint: Path) -> None:
        """Ask again the next time the checkpoint is opened."""
        chosen = self._json("files/intrinsics", {})
        if chosen.pop(str(checkpoint.absolute()), None):
            self._store.setValue("files/intrinsics", json.dumps(chosen))

    def capture_for(self, scene: Path) -> Path | None:
        """The folder of the capture that the user chose for a scene, if it is still there."""
        chosen = self._json("files/captures", {}).get(str(scene.absolute()))
        return Path(chosen) if isinstance(chosen, str) and Path(chosen).is_dir() else None

    def remember_capture(self, scene: Path, capture: Path) -> None:
        """Compare the scene with this capture whenever it is opened."""
        chosen = self._json("files/captures", {})
        chosen.pop(str(scene.absolute()), None)
        chosen[str(scene.absolute())] = str(capture.absolute())
        newest = dict(list(chosen.items())[-REMEMBERED_INTRINSICS_LIMIT:])
        self._store.setValue("files/captures", json.dumps(newest))

    def _write_recents(self, scenes: list[RecentScene]) -> None:
        entries = [{**asdict(scene), "path": str(scene.path)} for scene in scenes[:RECENT_LIMIT]]
        self._store.setValue("files/recents", json.dumps(entries))

    def _text(self, key: str) -> str:
        value = self._store.value(key, "")
        return value if isinstance(value, str) else ""

    def _flag(self, key: str, *, default: bool) -> bool:
        value = self._store.value(key, default)  # an ini file gives "true" and "false"
        return value if isinstance(value, bool) else str(value).lower() not in ("false", "0")

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _json(self, key: str, default: Any) -> Any:
        try:
            value = json.loads(self._text(key) or "null")
        except ValueError:
            return default
        return value if isinstance(value, type(default)) else default
