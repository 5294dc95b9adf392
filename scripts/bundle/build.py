"""Makes dist/dvox, a folder in which the program runs without Python: `make bundle`.

In an environment of its own, build/bundle/venv, so that nothing of a developer's gets in.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "bundle"
OUT = ROOT / "dist" / "dvox"
POSE = ROOT / "assets" / "sample_capture" / "test" / "pose" / "000000.txt"
BUILDER = "pyinstaller>=6.10,<7"

STRIPPED = ("torch/lib/libtorch_cpu.so", "torch/lib/libtorch_python.so", "libllvmlite.so")
"""Symbols take a fifth of these three; stripping others has broken them elsewhere."""


def main() -> int:
    """Build, take out what is not needed, measure, and use what was built."""
    python = make_environment(WORK / "venv")
    say("collecting (some minutes)")
    options = ["--noconfirm", "--log-level", "WARN"]
    options += ["--distpath", str(OUT.parent), "--workpath", str(WORK / "work")]
    spec = Path(__file__).with_name("dvox.spec")
    subprocess.run([python, "-m", "PyInstaller", *options, str(spec)], check=True, cwd=ROOT)
    strip(OUT)
    try_out(OUT / "dvox")
    size = sum(path.lstat().st_size for path in OUT.rglob("*") if path.is_file())
    say(f"{OUT}: {size / 2**20:,.0f} MiB; start {OUT / 'dvox'}")
    return 0


def make_environment(folder: Path) -> Path:
    """The Python of an environment with the program's requirements and PyInstaller."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        say(f"making an environment in {folder}")
        venv.create(folder, with_pip=True)
    say("installing what the program needs, and PyInstaller")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    options = ["--quiet", "--disable-pip-version-check", "--constraint", ROOT / "constraints.txt"]
    subprocess.run(
        [python, "-m", "pip", "install", *options, *project["dependencies"], BUILDER], check=True
    )
    return python


def strip(folder: Path) -> None:
    """Take the symbols out of the largest libraries, where the tool for that is installed."""
    tool = shutil.which("strip")
    if tool is None or not sys.platform.startswith("linux"):
        return
    for path in folder.rglob("*.so"):
        if str(path).endswith(STRIPPED) and not path.is_symlink():
            subprocess.run([tool, "--strip-unneeded", path], check=True)


def try_out(program: Path) -> None:
    """Start it as on a machine without Python: version, a rendered picture, the window.

    Raises:
        subprocess.CalledProcessError: it does not do one of these.
    """
    sample = program.parent / "_internal" / "assets" / "sample.dvox"
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder)
        (told / "poses").mkdir()
        shutil.copy(POSE, told / "poses")
        bare = {"HOME": folder, "NUMBA_CACHE_DIR": folder, "QT_QPA_PLATFORM": "offscreen"}
        if os.name == "nt":
            bare["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        for words in (
            ["--version"],
            ["render", sample, "--poses", told / "poses", "--out", told / "pictures"],
            ["view", sample, "--screenshot", told / "window.png"],
        ):
            subprocess.run([program, *words], check=True, env=bare, cwd=folder)


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"dvox: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
