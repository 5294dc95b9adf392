"""A whole table on a Ray cluster that loses a node: no cell is lost, and none begins anew."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.table import CellKey
from dvox_core.training.run.commands import Command
from dvox_core.training.run.events import Started
from dvox_core.training.run.run_directory import LogReader, RunDirectory
from tests.helpers.captures import cube_capture
from tests.helpers.ray import SECOND, needs_ray, two_ray_nodes, wait_until_gone

ROOT = Path(__file__).parents[4]
TRAINED = ("tatarchenko", "pix2pix")
STEPS = 30


@needs_ray
@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="two nodes on one machine")
@pytest.mark.timeout(900)
def test_a_table_whose_node_is_killed_is_finished_by_the_other(tmp_path: Path) -> None:
    cube_capture(tmp_path / "cube", train=6, test=2)
    folder = TableFolder(tmp_path / "table")
    runs = {system: folder.run(CellKey("cube", system)) for system in TRAINED}
    command = [sys.executable, "main.py", "table", str(tmp_path / "cube"), "--preset", "tiny"]
    command += ["--steps", str(STEPS), "--systems", "nearest", *TRAINED]
    command += ["--out", str(folder.path), "--threads", "1", "--engine", "ray", "--address"]
    with two_ray_nodes() as address, (tmp_path / "said.txt").open("wb") as said:
        table = subprocess.Popen([*command, address], cwd=ROOT, stdout=said, stderr=said)
        try:
            lost, step = kill_the_second_node(runs, table)
            code = table.wait()
        finally:
            if table.poll() is None:
                table.send_signal(signal.SIGTERM)
                table.wait()
    assert code == 0, (tmp_path / "said.txt").read_text()
    cells = {cell.system: cell for cell in folder.read().cells}
    assert {cell.state for cell in cells.values()} == {"done"}
    assert {cells[system].steps for system in TRAINED} == {STEPS}
    starts = {system: [begin.step for begin in starts_of(run)] for system, run in runs.items()}
    assert starts.pop(lost) == [0, step]
    assert list(starts.values()) == [[0]]


def kill_the_second_node(
    runs: dict[str, RunDirectory], table: "subprocess.Popen[bytes]"
) -> tuple[str, int]:
    """In mid-training of a system, paused so that it cannot end before; that, and its snapshot."""
    while table.poll() is None:
        for system, run in runs.items():
            process = process_on(SECOND, run)
            if process is None:
                continue
            for name in ("save", "pause"):
                run.commands.send(Command(name))
            while run.read_status().state != "paused":
                assert table.poll() is None, "ended too early"
                time.sleep(0.05)
            newest = run.snapshots().newest()
            assert 0 < newest.step < STEPS
            os.kill(raylet_of(process), signal.SIGKILL)
            wait_until_gone(process)
            return system, newest.step
        time.sleep(0.05)
    raise AssertionError("ended without having trained on the second node")


def process_on(node: str, run: RunDirectory) -> int | None:
    """That of a run which has trained on this node; None where there is none."""
    if not run.exists:
        return None
    status = run.read_status()
    if status.state != "training" or not status.step:
        return None
    process = run.read_status_file().pid
    raylet = Path(f"/proc/{raylet_of(process)}/cmdline").read_text()
    return process if node in raylet else None


def raylet_of(process: int) -> int:
    environment = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    (raylet,) = [part for part in environment if part.startswith(b"RAY_RAYLET_PID=")]
    return int(raylet.partition(b"=")[2])


def starts_of(run: RunDirectory) -> list[Started]:
    return [event for event in LogReader(run.log_path).new_events() if isinstance(event, Started)]
