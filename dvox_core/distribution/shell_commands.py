"""Jobs as shell commands, one a line: for arrays of SLURM, GNU parallel, or any other queue."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path


def shell_command(*arguments: str | Path) -> str:
    """`main.py ARGUMENTS` as a line that a POSIX shell runs from any folder, quoted.

    The interpreter and the program are those of now. Paths are the caller's: absolute ones, so
    that the line means the same everywhere.

    Example: `shell_command("table", "--out", Path("/data/my table"), "--only", "vase/pix2pix/0")`
    """
    program = Path(__file__).resolve().parents[2] / "main.py"
    return shlex.join([sys.executable, str(program), *(str(part) for part in arguments)])


def as_array(commands: Sequence[str]) -> str:
    """Commands, one a line, with the last line ended: line N is an array's task N, from 1."""
    return "".join(f"{command}\n" for command in commands)
