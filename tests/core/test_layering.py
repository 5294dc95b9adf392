"""The core stands alone: no window toolkit, and no torch where only facts are handled."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WINDOW_PACKAGES = ("viewer", "PySide6", "shiboken6", "pyqtgraph", "OpenGL", "superqt", "qtawesome")

IMPORT_ALL_OF_THE_CORE = """
import importlib, pkgutil, sys
import dvox_core

def stop(name):
    raise ImportError(name)

names = [m.name for m in pkgutil.walk_packages(dvox_core.__path__, "dvox_core.", onerror=stop)]
for name in names:
    importlib.import_module(name)
print(*names, sep="\\n")
print("--")
print(*sys.modules, sep="\\n")
"""


def run_python(code: str) -> str:
    """What `code` prints in a fresh process; its error output is shown where it fails."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_whole_core_imports_without_any_window_toolkit() -> None:
    imported, _, loaded = run_python(IMPORT_ALL_OF_THE_CORE).partition("--\n")
    files = {
        path.relative_to(ROOT).with_suffix("")
        for path in (ROOT / "dvox_core").rglob("*.py")
        if path.name != "__init__.py"
    }
    assert {".".join(path.parts) for path in files} <= set(imported.split())
    top_level_packages = {name.partition(".")[0] for name in loaded.split()}
    assert top_level_packages.isdisjoint(WINDOW_PACKAGES)


@pytest.mark.parametrize(
    "module",
    [
        "dvox_core.geometry.cameras",
        "dvox_core.model.scene",
        "dvox_core.rendering.frame",
        "dvox_core.rendering.renderer",
        "dvox_core.rendering.interventions",
        "dvox_core.inspection.maps",
        "dvox_core.inspection.rays",
        "viewer.state",
        "viewer.state.viewer_state",
    ],
)
def test_what_the_window_starts_with_imports_without_torch(module: str) -> None:
    loaded = run_python(f"import sys, {module}\nprint(*sys.modules, sep='\\n')").split()
    assert module in loaded
    assert "torch" not in loaded
