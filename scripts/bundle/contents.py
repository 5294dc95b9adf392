"""What lies in a bundle and what is left out of it; known without PyInstaller."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OWN_PACKAGES = ("dvox_core", "viewer")
OWN_FOLDERS = ("assets", "docs")

WITH_SUBMODULES = ("superqt", "tyro", "imageio.plugins", "cmap", "pyqtgraph.graphicsItems")
"""Packages of others that import parts of themselves by name."""

WITH_DATA = ("cmap", "qtawesome", "superqt", "pyqtgraph", "tyro", "imageio", "skimage")

WITH_VERSIONS = ("torch", "numpy", "PySide6-Essentials", "imageio", "av", "numba")
"""Packages whose version is asked for while the program runs."""

LEFT_OUT_MODULES = ("tkinter", "IPython", "matplotlib", "pytest", "PyInstaller", "pip")

_LEFT_OUT = re.compile(
    r"""
    torch/(include|share|test)/             # headers, and what torch is tested with
    | torch/bin/(?!torch_shm_manager$)      # that one is asked for when torch is imported
    | (^|/)lib[^/]*_test\.so                # the same, among its libraries
    | /Qt/(qml|translations|metatypes)/
    | /Qt/plugins/(designer|qmltooling|sqldrivers|qmllint)/
    | (^|/)libqgtk3\.so | (^|/)libqtvirtualkeyboardplugin\.so
    | (^|/)(libQt6|Qt6?)(3D|Designer|Pdf|Qml|Quick|VirtualKeyboard|WebEngine|Sql|Test|UiTools)[^/]*$
    """,
    re.VERBOSE,
)


def own_modules() -> list[str]:
    """Every module of the program: many are imported by their names, which nobody sees."""
    found = []
    for package in OWN_PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def own_files() -> list[tuple[str, str]]:
    """(File, folder in the bundle) of pictures, sample scene, captures and guide."""
    return [
        (str(path), str(path.parent.relative_to(ROOT)))
        for folder in OWN_FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ] + [(str(ROOT / "LICENSE"), ".")]


def is_left_out(destination: str) -> bool:
    """Whether a file that PyInstaller found is not needed, by its place in the bundle."""
    return _LEFT_OUT.search(destination.replace("\\", "/")) is not None
