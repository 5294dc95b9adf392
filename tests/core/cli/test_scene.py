"""`scene`: from a capture to a scene with its report, at one go and after an interruption."""

import json
from pathlib import Path

import numpy as np
import pytest

from dvox_core.checkpoints.scene_file import is_half, read_scene
from dvox_core.cli.app import COMMANDS, run_command_line
from dvox_core.cli.scene import MakeScene
from dvox_core.errors import UserError
from dvox_core.radiance_field import box_check
from dvox_core.training.run.launch import read_run_config
from dvox_core.training.run.run_directory import RunDirectory
from tests.helpers.captures import cube_capture
from tests.helpers.room import upright_photos


def run(*arguments: object) -> int:
    return run_command_line(["scene", *map(str, arguments)], COMMANDS)


def test_one_command_makes_a_scene_and_the_same_again_trains_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cube_capture(tmp_path / "cube", train=6, test=2)
    out = tmp_path / "my cube.dvox"
    arguments = (tmp_path / "cube", "--out", out, "--preset", "tiny", "--device", "cpu")
    assert run(*arguments, "--minutes", "0.02") == 0
    said = capsys.readouterr().out
    assert "nearest photo" in said
    assert f"'{out}' --minutes 0.04" in said
    scene = read_scene(out)
    assert is_half(scene)
    assert len(scene.cameras) == 8
    report = json.loads((tmp_path / "my cube.work" / "report.json").read_text())
    assert report["Verdict"]
    assert len(report["scores"]["views"]) == 2
    directory = RunDirectory(tmp_path / "my cube.work" / "run")
    first = directory.log_path.read_text()
    assert run(*arguments, "--minutes", "0.06") == 0
    assert read_run_config(directory).options.minutes == 0.06
    assert directory.log_path.read_text().startswith(first)  # it was gone on with
    assert directory.read_status().state == "finished"


def test_a_box_that_cuts_what_stands_out_is_told_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = upright_photos(tmp_path / "photos", (0.3, 0.3, 0.9), views=6)
    places = np.random.default_rng(0).uniform(-1, 1, (500, 3)) * (0.3, 0.3, 0.9)
    monkeypatch.setattr(box_check, "rough_places", lambda *arguments: places)

    def train(*arguments: object) -> None:
        raise UserError("that is all")

    monkeypatch.setattr(MakeScene, "_train", train)
    assert run(photos, "--out", tmp_path / "x.dvox", "--mask", "never", "--preset", "tiny") == 2
    said = capsys.readouterr().err
    assert "warning: the box goes through what stands out in the pictures" in said
    report = (tmp_path / "x.work" / "capture" / "import_report.txt").read_text()
    assert "goes through" in report


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (("--out", "x.pth"), "end the name in .dvox"),
        (("--out", "x.dvox", "--minutes", "0"), "--minutes 0: choose a time above 0"),
        (("--out", "{there}"), "exists already, and not from this command"),
        (("--out", "x.dvox", "--device", "cuda"), "not found; give a folder of pictures"),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: tuple[str, ...], problem: str
) -> None:
    (tmp_path / "there.dvox").write_text("x")
    words = [word.format(there=tmp_path / "there.dvox") for word in changes]
    assert run(tmp_path / "nowhere", *words) == 2
    assert problem in capsys.readouterr().err
