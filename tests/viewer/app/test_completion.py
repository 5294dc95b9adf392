"""What the shells are given to complete."""

import shutil
import subprocess

import pytest

import main
from dvox_core.cli.app import COMMANDS


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_sub_command_and_its_arguments_are_in_a_shells_script(shell, capsys):
    assert main.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for name in (*COMMANDS, *main.WINDOW_COMMANDS):
        assert name in script
    for argument in ("depth-format", "half", "screenshot"):
        assert argument in script
    program = shutil.which(shell)
    if program:
        checked = subprocess.run([program, "-n"], input=script, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stderr
