"""Makes a folder in which the program runs without Python: `make bundle`, by PyInstaller.

What is in it is decided by what is installed in the environment that runs this.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "dist" / "dvox"
TORCH_LEFT_OUT = ("include", "share", "test")
"""Of torch's folder: headers to compile against, and its tests."""

COLLECTED = ("dvox_core", "viewer", "superqt")
"""Packages whose modules are named in strings, so that PyInstaller does not see them."""

WITH_DATA = ("cmap", "qtawesome", "pyqtgraph", "tyro", "imageio", "skimage")

LEFT_OUT = (
    *("pytest", "mypy", "ruff", "hypothesis", "IPython", "matplotlib", "tkinter", "ray"),
    *("openvino", "tensorboard", "pandas", "trimesh", "OpenEXR", "PyInstaller", "setuptools"),
)
"""Not needed to run, or extras; a bundle with an extra is made by taking it out of here."""


def main() -> int:
    """Build, measure, and start what was built."""
    work = ROOT / "build" / "bundle"
    options = ["--noconfirm", "--clean", "--onedir", "--name", "dvox", "--log-level", "WARN"]
    options += ["--distpath", str(OUT.parent), "--workpath", str(work), "--specpath", str(work)]
    options += ["--paths", str(ROOT)]
    for package in COLLECTED:
        options += ["--collect-submodules", package]
    for package in WITH_DATA:
        options += ["--collect-data", package]
    for package in LEFT_OUT:
        options += ["--exclude-module", package]
    for folder in ("assets", "docs", "dvox_core", "viewer"):
        # The packages' sources too: sub-commands read their own helps out of them.
        options += ["--add-data", f"{ROOT / folder}:{folder}"]
    options += ["--copy-metadata", "imageio", "--copy-metadata", "dvox"]
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", *options, str(ROOT / "scripts/bundle_entry.py")],
        check=True,
        cwd=ROOT,
    )
    inside = OUT / "_internal"
    for name in TORCH_LEFT_OUT:
        shutil.rmtree(inside / "torch" / name, ignore_errors=True)
    for cache in inside.rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    size = sum(path.lstat().st_size for path in OUT.rglob("*") if path.is_file())
    told = subprocess.run(
        [OUT / "dvox", "--version"], capture_output=True, text=True, check=True, env={}
    ).stdout.strip()
    print(f"{OUT}: {size / 2**20:.0f} MiB, starts without Python ({told})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
