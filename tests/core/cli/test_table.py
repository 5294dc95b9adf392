"""The command table, from the command line as a person types it."""

import json
import shlex
from pathlib import Path

import pytest

from dvox_core.cli.app import run_command_line
from tests.helpers.captures import cube_capture

COMMANDS = {"table": "dvox_core.cli.table:MakeTable"}


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "cube"
    cube_capture(folder, train=5, test=2)
    return folder


def run(*arguments: object) -> int:
    return run_command_line(["table", *map(str, arguments)], COMMANDS)


def test_cells_are_made_by_commands_of_their_own_and_collected(capture, tmp_path, capsys) -> None:
    out = tmp_path / "table"
    assert run(capture, "--out", out, "--systems", "nearest", "--steps", 5, "--commands") == 0
    printed, advice = capsys.readouterr()
    [line] = printed.splitlines()
    words = shlex.split(line)
    assert words[-3:] == [str(out), "--only", "cube/nearest/0"]
    assert "--collect" in advice
    assert run(*words[words.index("--out") :]) == 0
    assert capsys.readouterr().out.startswith("cube/nearest/0: ")
    assert run("--out", out, "--collect", "--transpose") == 0
    text, said = capsys.readouterr()
    assert "Nearest view" in text
    assert "wait" not in said
    [cell] = json.loads((out / "table.json").read_text())["cells"]
    assert (cell["state"], cell["views"], cell["steps"]) == ("done", 2, 0)
    assert f"{cell['psnr']:.2f}" in (out / "table.md").read_text()
    # Collecting once more, and making what is made, give the same.
    assert run(capture, "--out", out, "--systems", "nearest", "--steps", 5, "--threads", 1) == 0
    assert run("--out", out, "--only", "cube/pix2pix/0") == 2
    assert "is no cell of" in capsys.readouterr().err


def test_bad_input_is_one_line_and_exit_code_two(capture, tmp_path, capsys) -> None:
    out, used = tmp_path / "table", tmp_path / "used"
    used.mkdir()
    (used / "notes.txt").write_text("")
    bad = [
        (["--out", out], "no capture is given"),
        ([capture, capture, "--out", out], "given twice"),
        ([tmp_path / "nothing", "--out", out], "nothing"),
        ([capture, "--out", out, "--systems", "tatarchenco"], "did you mean tatarchenko?"),
        ([capture, "--out", out, "--split", "validation"], "has no validation views"),
        ([capture, "--out", out, "--workers", 500, "--threads", 2], "more than the"),
        ([capture, "--out", out, "--steps", 9, "--minutes", 9], "exclude each other"),
        ([capture, "--out", out, "--size", 256], "use --size 128"),
        ([capture, "--out", used], "is not empty and holds no table"),
        (["--out", out, "--collect"], "holds no table"),
        (["--out", out, "--collect", "--commands"], "exclude each other"),
    ]
    for arguments, words in bad:
        assert run(*arguments) == 2, arguments
        [line] = capsys.readouterr().err.splitlines()
        assert words in line
