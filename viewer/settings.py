"""What the window remembers between sessions: its look, its layout, the folders used last."""

import json
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

MAX_HOSTS = 20

PROGRAM_FOLDER = Path(__file__).resolve().parents[1]


def is_of_program(path: Path) -> bool:
    """Whether a file comes with the program: nothing of the user's belongs beside it."""
    return path.resolve().is_relative_to(PROGRAM_FOLDER)


class Settings:
    """Typed access to the stored settings; a value that cannot be read counts as not there."""

    def __init__(self, store: QSettings) -> None:
        self._store = store
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
        return self._flag("look/hud", default=False)

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

    @property
    def navigation(self) -> str:
        """How mouse and keys steer, as `NavigationOptions` writes it; "" at first."""
        return self._text("look/navigation")

    @navigation.setter
    def navigation(self, value: str) -> None:
        self._store.setValue("look/navigation", value)

    # The window

    @property
    def reopens(self) -> bool:
        """Whether the program begins where it was left."""
        return self._flag("window/reopens", default=True)

    @reopens.setter
    def reopens(self, value: bool) -> None:
        self._store.setValue("window/reopens", value)

    @property
    def left_at(self) -> str:
        """Scene and view at the last end, as JSON; "" if there was none."""
        return self._text("window/left_at")

    @left_at.setter
    def left_at(self, value: str) -> None:
        self._store.setValue("window/left_at", value)

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

    # Folders

    @property
    def last_folder(self) -> Path:
        """Where the user opened something last; the home folder at first."""
        text = self._text("files/last_folder")
        folder = Path(text) if text else Path.home()
        return folder if folder.is_dir() else Path.home()

    @last_folder.setter
    def last_folder(self, value: Path) -> None:
        self._store.setValue("files/last_folder", str(value))

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
        self._store.setValue("files/training_folder", str(value))

    @property
    def video_folder(self) -> Path:
        """Where a video was recorded to last; the user's folder of videos at first."""
        movies = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
        folder = Path(self._text("files/video_folder") or movies or "~")
        return folder if folder.is_dir() else self.save_folder(None)

    @video_folder.setter
    def video_folder(self, value: Path) -> None:
        self._store.setValue("files/video_folder", str(value))

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
        self._store.setValue("remote/hosts", json.dumps(newest))

    def _text(self, key: str) -> str:
        value = self._store.value(key, "")
        return value if isinstance(value, str) else ""

    def _flag(self, key: str, *, default: bool) -> bool:
        value = self._store.value(key, default)  # an ini file gives "true" and "false"
        return value if isinstance(value, bool) else str(value).lower() not in ("false", "0")

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
