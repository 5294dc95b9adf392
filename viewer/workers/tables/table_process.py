"""Starts the process that makes a table; it goes on when the window is closed."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.table import TablePlan
from dvox_core.program import program_call
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background

POLL_MS = 500
OUTPUT = "output.txt"
"""In the table's folder: what the process said."""

SOME_FAILED = 2
"""The command's exit code for bad input, and for a table with cells that failed."""


@dataclass(frozen=True)
class TableRequest:
    """A table to make, as the command `table` takes it.

    Attributes:
        budget: ("steps" or "minutes", how many).
    """

    captures: tuple[Path, ...]
    out: Path
    systems: tuple[str, ...]
    preset: str
    budget: tuple[str, float]

    def arguments(self) -> list[str]:
        """Those of the command line, after the program."""
        name, number = self.budget
        captures = [str(path) for path in self.captures]
        budget = [f"--{name}", f"{number:g}"]
        words = ["table", *captures, "--out", str(self.out), "--preset", self.preset, *budget]
        return [*words, "--systems", *self.systems]


def going_on(path: Path, plan: TablePlan) -> list[str]:
    """The arguments that go on with a table."""
    budget = ("--steps", str(plan.steps)) if plan.steps else ("--minutes", f"{plan.minutes:g}")
    words = ["table", *plan.capture_paths, "--out", str(path), "--preset", plan.preset, *budget]
    if plan.size is not None:
        words += ["--size", str(plan.size)]
    words += ["--loss", plan.loss, "--seeds", str(plan.seeds), "--split", plan.split]
    return [*words, "--systems", *plan.systems]


class TableProcess(QObject):
    """Starts one process at a time and tells how it ended. On the window's thread."""

    began = Signal(object)  # Path of the table's folder
    ended = Signal(str)  # one line where it could not be made; ""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: subprocess.Popen[bytes] | None = None
        self._out = Path()
        self._starting = LatestOperation(self)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_running(self) -> bool:
        """Whether a process that was started here works."""
        return self._process is not None or self._starting.is_busy

    def start(self, arguments: list[str], out: Path) -> None:
        """Run `main.py ARGUMENTS`, which makes or goes on with the table in `out`."""
        if self.is_running:
            return
        self._out = out
        self._starting.replace(
            lambda: run_in_background(
                lambda progress: _spawn(arguments, out),
                "Starting the table",
                on_done=self._on_started,
                on_failed=self.ended.emit,
            )
        )

    def ask_to_stop(self, out: Path) -> None:
        """Have whoever makes the table there save its trainings and stop."""
        self._starting.queue(
            lambda: run_in_background(
                lambda progress: TableFolder(out).ask_to_stop(),
                "Stopping the table",
                on_failed=self.ended.emit,
            )
        )

    def stop(self) -> None:
        """Watch it no more; the process goes on."""
        self._timer.stop()
        self._starting.stop()

    def _on_started(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._timer.start()
        self.began.emit(self._out)

    def _poll(self) -> None:
        if self._process is None or self._process.poll() is None:
            return
        code, self._process = self._process.returncode, None
        self._timer.stop()
        self.ended.emit("" if code == 0 else failure_line(self._out / OUTPUT, code))


def failure_line(output: Path, code: int) -> str:
    """The line that says why a process ended; "" where only cells failed, which say it."""
    try:
        lines = output.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    errors = [line for line in lines if line.startswith(("error: ", "internal error: "))]
    if errors:
        return errors[-1].partition(": ")[2]
    if code == SOME_FAILED:
        return ""
    return f"the process that makes the table ended with {code}; start it again to go on"


def _spawn(arguments: list[str], out: Path) -> "subprocess.Popen[bytes]":
    out.mkdir(parents=True, exist_ok=True)
    with (out / OUTPUT).open("wb") as output:
        return subprocess.Popen(
            [*program_call(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # a Ctrl-C in the window's terminal is not meant for it
        )
