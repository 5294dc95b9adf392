"""Whatever is written is whole or absent when a kill or a full disk comes, and can be done again.

A run's own endings are in `training/run/test_endings.py`.
"""

import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import faults
from tests.helpers.captures import cube_capture
from tests.helpers.faults import ENDED_WELL, JOBS, REFUSED, Job

POINTS = 4
"""Moments of a job at which the fault comes; its first and its last change among them."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")


class Workplace:
    """A folder in which jobs are done in processes of their own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._base, self._name, self._tried = folder, name, 0
        cube_capture(folder / "source", train=3, test=1, side=128)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([faults.__name__])

    @property
    def job(self) -> Job:
        return JOBS[self._name]

    def new_folder(self) -> Path:
        self._tried += 1
        folder = self._base / f"try-{self._tried}"
        folder.mkdir()
        return folder

    def work(self, folder: Path, number: int, fault: str = "", at: int = 0) -> tuple[int, int, str]:
        """Exit code, changes of the folder, and the line that was said."""
        told = self._base / "told.txt"
        told.unlink(missing_ok=True)
        child = self._context.Process(
            target=faults.work, args=(self._name, folder, number, fault, at, told)
        )
        child.start()
        child.join(120)
        changes, line = told.read_text().split("\n", 1) if told.exists() else ("0", "")
        return child.exitcode, int(changes), line

    def content(self, folder: Path) -> object:
        """What is at the target's place; None if nothing is."""
        target = folder / self.job.target
        return self.job.content(target) if target.exists() else None


@pytest.mark.parametrize("fault", ["kill", "full disk"])
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "checkpoint")) for name in JOBS],
)
def test_what_is_written_is_whole_or_absent_and_can_be_done_again(
    tmp_path: Path, name: str, fault: str
) -> None:
    place = Workplace(tmp_path, name)
    job, first = place.job, place.new_folder()
    assert place.work(first, 0)[0] == ENDED_WELL
    former = place.content(first) if job.replaces else None
    begun = place.new_folder()
    if job.replaces:
        shutil.copytree(first, begun, dirs_exist_ok=True)
    code, changes, line = place.work(begun, 1)
    assert (code, line) == (ENDED_WELL, "")
    wanted = place.content(begun)
    assert wanted is not None
    assert wanted != former
    assert changes >= 2
    met = 0
    for at in sorted({round(point) for point in np.linspace(1, changes, POINTS)}):
        folder = place.new_folder()
        if job.replaces:
            shutil.copytree(first, folder, dirs_exist_ok=True)
        code, _, line = place.work(folder, 1, fault, at)
        if fault == "kill":
            assert code == -signal.SIGKILL
        else:
            assert code in (ENDED_WELL, REFUSED), line
            assert "\n" not in line
            assert (code == REFUSED) == bool(line)
            met += code == REFUSED
        allowed = (former, wanted) if name != "poses" else (former, wanted, None)
        assert place.content(folder) in allowed
        if not job.replaces and place.content(folder) is not None:
            continue
        for _ in range(2 if job.replaces else 1):
            assert place.work(folder, 1)[0] == ENDED_WELL
            assert place.content(folder) == wanted
        if fault == "full disk" and job.replaces:
            assert [path.name for path in folder.iterdir()] == [job.target]
    assert met or fault == "kill"
