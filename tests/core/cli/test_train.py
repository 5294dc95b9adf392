"""The commands train and import, from the command line as a person types it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dvox_core.cli.app import run_command_line
from dvox_core.cli.train import Train
from dvox_core.training.run.launch import read_run_config
from dvox_core.training.run.run_directory import LogReader, RunDirectory
from tests.helpers.captures import cube_capture

ROOT = Path(__file__).parents[3]
FOX = ROOT.parent / "shared/data/fox"
COMMANDS = {
    "train": "dvox_core.cli.train:Train",
    "import": "dvox_core.cli.import_capture:Import",
    "info": "dvox_core.cli.info:Info",
}
SMALL = ["--preset", "tiny", "--device", "cpu"]
SMALL += ["--grid", "8", "--features", "4", "--channels", "6"]


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "cube"
    cube_capture(folder, train=6, test=1)
    return folder


def run(*arguments: object) -> int:
    return run_command_line([str(argument) for argument in arguments], COMMANDS)


def test_a_run_is_begun_refused_resumed_and_overwritten(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert run("train", capture, "--out", out, *SMALL, "--steps", 3) == 0
    said = capsys.readouterr().out
    for words in ("Parameters", "Memory", "GiB", "ms a step", "3 steps", "at step 3"):
        assert words in said
    assert (out / "scene.dvox").is_file()
    assert run("info", out) == 0
    capsys.readouterr()

    assert run("train", capture, "--out", out, *SMALL, "--steps", 3) == 2
    message = capsys.readouterr().err
    assert "--resume" in message
    assert "--force" in message
    assert len(message.splitlines()) == 1

    assert run("train", capture, "--out", out, "--resume", "--steps", 5) == 0
    assert "Goes on from" in capsys.readouterr().out
    assert RunDirectory(out).snapshots().newest().step == 5

    assert run("train", capture, "--out", out, "--resume", "--grid", 12) == 2
    assert "begun with another grid size" in capsys.readouterr().err

    assert run("train", capture, "--out", out, *SMALL, "--steps", 2, "--force") == 0
    assert RunDirectory(out).snapshots().newest().step == 2


def test_bad_input_is_one_line_and_exit_code_two(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    bad = [
        (["train", tmp_path / "nothing", "--out", out], "nothing"),
        (["train", capture, "--out", out, "--resume"], "holds no training run"),
        (["train", capture, "--out", out, "--resume", "--force"], "exclude each other"),
        (["train", capture, "--out", out, "--steps", 0], "--steps 0"),
        (["train", capture, "--out", out, "--size", 100], "image size 100"),
        (["train", capture, "--out", out, "--learning-rate", -1], "learning_rate"),
        (["train", capture, "--out", out, "--sampling-pattern", "odd"], "skip_N"),
        (["train", capture, "--out", out, "--device", "cuda", "--steps", 1], "CUDA"),
        (["import", tmp_path / "nothing", "--out", out], "nothing"),
    ]
    for arguments, words in bad:
        if words == "CUDA" and _has_cuda():
            continue
        assert run(*arguments) == 2, arguments
        message = capsys.readouterr().err
        assert words in message
        assert len(message.strip().splitlines()) == 1
        assert not (out / "config.json").exists(), arguments


def test_the_authors_options_reach_the_configuration(capture: Path, tmp_path: Path) -> None:
    command = Train(
        capture=capture,
        out=tmp_path,
        recipe="paper",
        size=256,
        learning_rate=1e-3,
        l1_weight=100.0,
        targets=1,
        no_occlusion=True,
        grid=16,
        features=12,
        sampling_pattern="skip_2",
        minutes=3.0,
        precision="float32",
    )
    config = command._new_config()
    assert config.model.to_json() == {
        "image_size": 256,
        "grid_size": 16,
        "features": 12,
        "base_channels": 12,
        "occlusion": False,
    }
    training = config.training
    assert (training.recipe, training.adversarial) == ("paper", True)
    assert (training.learning_rate, training.l1_weight) == (1e-3, 100.0)
    assert training.targets_per_step == 1
    assert config.sampling_pattern == "skip_2"
    assert (config.options.steps, config.options.minutes) == (None, 3.0)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
def test_signals_and_kills_of_the_whole_program_leave_a_resumable_run(
    capture: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, str(ROOT / "main.py"), "train", str(capture), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    reached = 0
    for number, more in (
        (signal.SIGTERM, [*SMALL, "--steps", "100000", "--snapshot-minutes", "0.01"]),
        (signal.SIGKILL, ["--resume"]),
        (signal.SIGINT, ["--resume"]),
    ):
        process = subprocess.Popen(
            [*command, *more], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        reader = LogReader(RunDirectory(out).log_path)
        reader.new_events()
        until = time.monotonic() + 120
        steps = 0
        while steps < 3 and time.monotonic() < until and process.poll() is None:
            steps += sum(event.name == "step" for event in reader.new_events())
            time.sleep(0.02)
        sent = time.monotonic()
        process.send_signal(number)
        said = process.communicate(timeout=60)[0].decode()
        newest = RunDirectory(out).snapshots().newest()
        assert newest is not None, said
        if number == signal.SIGKILL:
            assert process.returncode == -signal.SIGKILL
        else:
            assert process.returncode == 0, said
            assert time.monotonic() - sent < 10
            assert RunDirectory(out).read_status().state == "stopped"
            assert newest.step == RunDirectory(out).read_status().step
            assert newest.step > reached
        reached = newest.step


def test_a_real_capture_is_imported_with_its_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not FOX.is_dir():
        pytest.skip("the fox capture is not on this machine")
    out = tmp_path / "fox"
    assert run("import", FOX, "--out", out, "--size", 128) == 0
    said = capsys.readouterr().out
    assert re.search(r"\b17\b", said)  # frames without a picture
    assert "Wrote" in said
    assert len(list(out.glob("*/rgb/*.png"))) == 50


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def test_a_run_of_an_older_kind_is_refused_by_its_file(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    directory.write_config({"format": 99})
    with pytest.raises(Exception, match="newer version"):
        read_run_config(directory)
