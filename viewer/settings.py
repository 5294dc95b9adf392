"""What the window remembers between sessions: its look, its layout, the folders used last."""

import json
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

MAX_HOSTS = 20

PROGRAM_FOLDER = Path(__file__).resolve().parents[1]


def is_of_program(path: Path) -> bool:
    """Whether a file comes with the program: nothing of the user's belongs beside it."""
    return path.resolve().is_relative_to(PROGRAM_FOLDER)


Value = TypeVar("Value")


class _Stored(Generic[Value]):
    """An attribute of the settings, as the store keeps it; of another type it is not there."""

    def __init__(self, key: str, default: Value) -> None:
        self._key = key
        self._default = default

    def __get__(self, settings: "Settings", kind: type["Settings"]) -> Value:
        value: Any = settings.store.value(self._key, self._default)
        if isinstance(self._default, bool) and not isinstance(value, bool):
            value = str(value).lower() not in ("false", "0")  # as an ini file gives them
        found: Value = value if isinstance(value, type(self._default)) else self._default
        return found

    def __set__(self, settings: "Settings", value: Value) -> None:
        settings.store.setValue(self._key, value)


class Settings:
    """Typed access to the stored settings; a value that cannot be read counts as not there.

    Attributes:
        motion: whether things move.
        hud: whether the figures over the picture are shown.
        reproject: whether true frames are warped to the present view while the network works.
        orbit_sphere: whether the orbit sphere is shown over the picture.
        navigation: how mouse and keys steer, as `NavigationOptions` writes it; "" at first.
        reopens: whether the program begins where it was left.
        left_at: scene and view at the last end, as JSON; "" if there was none.
        window_geometry: for QWidget.restoreGeometry; empty if there is none.
        dock_layout: for QMainWindow.restoreState; empty if there is none.
    """

    motion = _Stored("look/motion", True)
    hud = _Stored("look/hud", False)
    reproject = _Stored("look/reproject", True)
    orbit_sphere = _Stored("look/orbit_sphere", True)
    navigation = _Stored("look/navigation", "")
    reopens = _Stored("window/reopens", True)
    left_at = _Stored("window/left_at", "")
    window_geometry = _Stored("window/geometry", QByteArray())
    dock_layout = _Stored("window/docks", QByteArray())

    def __init__(self, store: QSettings) -> None:
        self.store = store
        self._save_folders: dict[Path | None, Path] = {}  # of this session, by scene

    @classmethod
    def of_user(cls) -> "Settings":
        """The user's own, where the platform keeps such things."""
        return cls(QSettings())

    @classmethod
    def in_folder(cls, folder: Path) -> "Settings":
        """Separate from the user's own: in a file of `folder`."""
        return cls(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))

    def save(self) -> None:
        """Write to disk now."""
        self.store.sync()

    # The look

    @property
    def theme(self) -> str:
        """ "system", "light" or "dark"."""
        value = self._text("look/theme")
        return value if value in ("light", "dark") else "system"

    @theme.setter
    def theme(self, value: str) -> None:
        self.store.setValue("look/theme", value)

    # Keys

    def shortcut_keys(self, action: str) -> tuple[str, ...] | None:
        """The user's own keys of an action; None where they were not changed."""
        if not self.store.contains(f"keys/{action}"):
            return None
        return tuple(key for key in self._text(f"keys/{action}").split("\n") if key)

    def set_shortcut_keys(self, action: str, keys: tuple[str, ...] | None) -> None:
        """Remember an action's own keys; None forgets them."""
        if keys is None:
            self.store.remove(f"keys/{action}")
        else:
            self.store.setValue(f"keys/{action}", "\n".join(keys))

    # Folders

    @property
    def last_folder(self) -> Path:
        """Where the user opened something last; the home folder at first."""
        text = self._text("files/last_folder")
        folder = Path(text) if text else Path.home()
        return folder if folder.is_dir() else Path.home()

    @last_folder.setter
    def last_folder(self, value: Path) -> None:
        self.store.setValue("files/last_folder", str(value))

    def save_folder(self, scene: Path | None) -> Path:
        """Where to propose to save what is made of a scene.

        Where something of it was saved last; else beside the scene, if that is the user's own;
        else the user's documents.
        """
        kept = self._save_folders.get(scene)
        if kept is not None and kept.is_dir():
            return kept
        if scene is not None and not is_of_program(scene):
            return scene.absolute().parent
        location = QStandardPaths.StandardLocation.DocumentsLocation
        documents = Path(QStandardPaths.writableLocation(location) or Path.home())
        return documents if documents.is_dir() else Path.home()

    def keep_save_folder(self, scene: Path | None, folder: Path) -> None:
        """Propose `folder` for what is saved of this scene from now on."""
        self._save_folders[scene] = folder

    @property
    def training_folder(self) -> Path:
        """Where captures and runs were put last; it may not be there."""
        return Path(self._text("files/training_folder") or "~/DeepVoxels")

    @training_folder.setter
    def training_folder(self, value: Path) -> None:
        self.store.setValue("files/training_folder", str(value))

    @property
    def video_folder(self) -> Path:
        """Where a video was recorded to last; the user's folder of videos at first."""
        movies = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
        folder = Path(self._text("files/video_folder") or movies or "~")
        return folder if folder.is_dir() else self.save_folder(None)

    @video_folder.setter
    def video_folder(self, value: Path) -> None:
        self.store.setValue("files/video_folder", str(value))

    # Other machines

    @property
    def remote_hosts(self) -> dict[str, str]:
        """Hosts that were reached before, newest first, and the Python there ('' for `dvox`)."""
        try:
            content = json.loads(self._text("remote/hosts") or "{}")
        except ValueError:
            return {}
        known = content if isinstance(content, dict) else {}
        return {str(host): str(python) for host, python in known.items()}

    def remote_python(self, host: str) -> str:
        """The Python that has this program on a host; '' where `dvox` of its PATH serves."""
        return self.remote_hosts.get(host, "")

    def remember_host(self, host: str, python: str) -> None:
        """Put a host on top of the list."""
        others = {name: text for name, text in self.remote_hosts.items() if name != host}
        newest = dict(list({host: python, **others}.items())[:MAX_HOSTS])
        self.store.setValue("remote/hosts", json.dumps(newest))

    def _text(self, key: str) -> str:
        value = self.store.value(key, "")
        return value if isinstance(value, str) else ""
