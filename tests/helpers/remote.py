"""Other machines for tests: this program in another process, on good lines and bad ones."""

import os
import shlex
import sys
from pathlib import Path

from dvox_core.remote.address import RemoteAddress, parse_address
from dvox_core.remote.link import LinkPool

ROOT = Path(__file__).parents[2]
SERVE = shlex.join(
    [
        "env",
        f"PYTHONPATH={ROOT}",
        "OMP_NUM_THREADS=1",
        sys.executable,
        str(ROOT / "main.py"),
        "serve",
    ]
)
"""The program's own other side."""


def bad_line(command: str = SERVE, *, delay_ms: float = 40, mbits: float = 20) -> str:
    """A command whose input and output are delayed and throttled, each way for itself."""
    line = [sys.executable, str(ROOT / "tests/helpers/bad_line.py"), str(delay_ms), str(mbits)]
    return shlex.join([*line, *shlex.split(command)])


def address(path: Path | str, command: str = SERVE) -> RemoteAddress:
    """A place that `command` serves."""
    return parse_address(f"pipe:{command}", str(path))


def closing(links: LinkPool) -> None:
    """Close a pool's links; for fixtures."""
    links.close()


def kill(process_id: int) -> None:
    """End a process that a test has started, as the system does that has no memory left."""
    os.kill(process_id, 9)
