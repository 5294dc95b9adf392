"""What `make bundle` puts together, and its entry; nothing is built here."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dvox_core import program
from dvox_core.child_process import run_in_child_process
from dvox_core.cli.app import COMMANDS
from dvox_core.errors import UserError
from viewer.app.commands import WINDOW_COMMANDS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "scripts" / "bundle"


@pytest.fixture(scope="module")
def contents() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contents", FOLDER / "contents.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program as a bundle's: all that it can do is what the entry does."""
    script = tmp_path / "dvox"
    call = shlex.join([sys.executable, str(FOLDER / "entry.py")])
    script.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {call} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    return script


def test_every_module_that_is_only_named_is_taken_along(contents: ModuleType) -> None:
    named = {place.partition(":")[0] for place in (*COMMANDS.values(), *WINDOW_COMMANDS.values())}
    for path in (ROOT / "dvox_core").rglob("*.py"):  # those that run in processes of their own
        if "__name__ == " in path.read_text(encoding="utf-8"):
            named.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert len(named) > len(COMMANDS) + len(WINDOW_COMMANDS)
    assert named <= set(contents.own_modules())


def test_sample_scene_captures_guide_and_licence_are_taken_along_and_nothing_of_them_is_left_out(
    contents: ModuleType,
) -> None:
    files = {Path(folder) / Path(file).name: Path(file) for file, folder in contents.own_files()}
    for name in ("assets/sample.dvox", "assets/sample_capture/test/intrinsics.txt", "LICENSE"):
        assert files[Path(name)] == ROOT / name
    assert {"docs/guide.md", "assets/icons/dvox.svg"} <= set(map(str, files))
    assert not [name for name in files if contents.is_left_out(str(name))]


@pytest.mark.parametrize(
    ("place", "is_left_out"),
    [
        ("torch/test/test_tensor", True),
        ("torch/bin/protoc", True),
        ("torch/bin/torch_shm_manager", False),
        ("torch/lib/libtorch_cpu.so", False),
        ("PySide6/Qt/lib/libQt6Qml.so.6", True),
        ("PySide6/Qt/lib/libQt6QuickWidgets.so.6", True),
        ("PySide6\\Qt6Quick.dll", True),
        ("PySide6/QtOpenGLWidgets.abi3.so", False),
        ("PySide6/Qt/lib/libQt6Core.so.6", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("PySide6/Qt/plugins/qmltooling/libqmldbg_tcp.so", True),
    ],
)
def test_what_is_not_needed_is_left_out(
    contents: ModuleType, place: str, is_left_out: bool
) -> None:
    assert contents.is_left_out(place) == is_left_out


def test_nothing_that_the_program_imports_is_left_out_by_name(contents: ModuleType) -> None:
    imported = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)
    for package in contents.OWN_PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            found = imported.findall(path.read_text(encoding="utf-8"))
            assert not set(found) & set(contents.LEFT_OUT_MODULES), path


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the program")
def test_a_bundles_program_is_its_own_python(bundle: Path) -> None:
    assert program.program_call() == [str(bundle)]
    told = subprocess.run(
        [*program.program_call(), "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"dvox \d+\.\d+\.\d+\n", told.stdout)
    with pytest.raises(UserError, match="nowhere"):  # it came from the process's other end
        run_in_child_process(
            "dvox_core.radiance_field.finding_process",
            {"source": "nowhere", "out": "out"},
            lambda message: None,
        )
    refused = subprocess.run(
        program.module_call("json.tool"), capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "pip install pycolmap beside a dvox from its wheel" in program.install_command(
        "pycolmap"
    )
