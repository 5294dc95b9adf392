"""`install-desktop`: the program in the menu of the desktop, with its icon and file type."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dvox_core.atomic_files import write_text
from dvox_core.cli.arguments import Flag, OptionalPath
from dvox_core.cli.reports import complain, print_facts
from dvox_core.errors import UserError
from dvox_core.program import INSTALLED_NAMES, is_bundled, program_call

ROOT = Path(__file__).resolve().parents[2]
ICON = ROOT / "assets" / "icons" / "dvox.svg"
NAME = "dvox"
MIME_TYPE = "application/x-dvox-scene"

_MIME_PACKAGE = f"""<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{MIME_TYPE}">
    <comment>DeepVoxels scene</comment>
    <icon name="{NAME}"/>
    <glob pattern="*.dvox"/>
  </mime-type>
</mime-info>
"""


@dataclass(frozen=True)
class InstallDesktop:
    """Put the program into the desktop's menu, with its icon, and open .dvox files with it.

    For this user, on Linux and other systems that follow freedesktop.org's standards. Calling it
    again, after the program has moved, say, brings the entry up to date.
    """

    remove: Flag = False
    """Take the entry, the icon and the file type away again."""

    prefix: OptionalPath = None
    """Where to, instead of the user's own data folder (XDG_DATA_HOME, ~/.local/share)."""

    def run(self) -> int:
        """Write or remove the files, and tell the desktop."""
        if sys.platform in ("win32", "darwin"):
            raise UserError(
                f"install-desktop: is for Linux desktops; on {sys.platform} pin the program itself"
            )
        folder = self.prefix or data_folder()
        files = desktop_files(folder)
        if self.remove:
            there = [path for path in files if path.exists()]
            for path in there:
                path.unlink()
            print_facts([("Removed", str(path)) for path in there] or [("Removed", "nothing")])
        else:
            for path, text in files.items():
                write_text(path, text)
            print_facts([("Wrote", str(path)) for path in files])
        for command in (
            ("update-mime-database", str(folder / "mime")),
            ("update-desktop-database", str(folder / "applications")),
            ("gtk-update-icon-cache", "-q", "-t", "-f", str(folder / "icons" / "hicolor")),
        ):
            if not _tell(command) and command[0] == "update-mime-database":
                complain(
                    "note: update-mime-database is not there (package shared-mime-info): .dvox "
                    "files get their icon when it has run once"
                )
        return 0


def data_folder() -> Path:
    """Where a user's desktop entries lie."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def desktop_files(folder: Path) -> dict[Path, str]:
    """The files of a data folder that make the program known, with their content."""
    return {
        folder / "applications" / f"{NAME}.desktop": desktop_entry(program_words()),
        folder / "icons" / "hicolor" / "scalable" / "apps" / f"{NAME}.svg": ICON.read_text("utf-8"),
        folder / "mime" / "packages" / f"{NAME}.xml": _MIME_PACKAGE,
    }


def program_words() -> list[str]:
    """How this program is started from anywhere, with whole paths."""
    if is_bundled():
        return program_call()
    typed = Path(sys.argv[0])
    if typed.name in INSTALLED_NAMES:
        found = shutil.which(str(typed)) or shutil.which(typed.name)
        return [str(Path(found).absolute())] if found else [str(typed.absolute())]
    return program_call()


def desktop_entry(words: list[str]) -> str:
    """A desktop entry (freedesktop.org's specification 1.5) that starts `words` with a file."""
    return "\n".join(
        (
            "[Desktop Entry]",
            "Type=Application",
            "Version=1.5",
            f"Name={NAME}",
            "GenericName=Novel view viewer",
            "Comment=View, inspect and train DeepVoxels scenes",
            f"Exec={' '.join(map(_quoted, words))} view %f",
            f"Icon={NAME}",
            f"MimeType={MIME_TYPE};",
            "Categories=Graphics;3DGraphics;Viewer;Science;",
            f"StartupWMClass={NAME}",
            "Terminal=false",
            "",
        )
    )


def _quoted(word: str) -> str:
    """A word of Exec: reserved characters in double quotes, a per cent sign doubled."""
    word = word.replace("%", "%%")
    if shlex.quote(word) == word:
        return word
    escaped = "".join(f"\\\\{c}" if c in '"`$\\' else c for c in word)
    return f'"{escaped}"'


def _tell(command: tuple[str, ...]) -> bool:
    """Run a desktop's own tool where it is installed; whether it is."""
    if shutil.which(command[0]) is None:
        return False
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return True
