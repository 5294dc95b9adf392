"""What docs/library.md shows runs as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest

from dvox_core.training.run.run_directory import RunDirectory

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "library.md"
MAX_LINES = 20  # of the first example, without imports and empty lines


def examples() -> list[str]:
    """The page's Python code, block by block."""
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the program's assets in it, as the examples expect."""
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_example_opens_renders_and_records(folder: Path) -> None:
    names: dict[str, object] = {}
    exec(compile(examples()[0], str(PAGE), "exec"), names)
    frame = names["frame"]
    assert frame.picture.std() > 10, "the camera sees the object"
    assert np.isfinite(frame.depth).all()
    np.testing.assert_allclose(frame.visibility.sum(axis=0), 1, atol=1e-3)
    assert (folder / "orbit.mp4").stat().st_size > 1000


@pytest.mark.slow
def test_the_second_example_imports_trains_and_scores(folder: Path, capsys) -> None:
    names: dict[str, object] = {}
    imports = "from pathlib import Path\nfrom dvox_core.checkpoints.opening import open_scene\n"
    imports += "from dvox_core.rendering.create import create_renderer\n"
    exec(compile(imports + examples()[1], str(PAGE), "exec"), names)
    assert RunDirectory(folder / "run").read_status().step == 5
    line = r"\d+\.\d dB, the nearest training view 2\d\.\d dB\n"
    assert re.fullmatch(line, capsys.readouterr().out)


def test_the_first_example_is_short() -> None:
    lines = [line for line in examples()[0].splitlines() if line and "import" not in line]
    assert len(lines) <= MAX_LINES
