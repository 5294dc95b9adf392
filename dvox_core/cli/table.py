"""`table`: several systems on several captures, trained, scored and laid out."""

import contextlib
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from dvox_core.cli.arguments import Flag, OptionalCount, OptionalNumber, Unsaid
from dvox_core.cli.reports import complain
from dvox_core.errors import UserError
from dvox_core.program import program_call, program_name

if TYPE_CHECKING:
    from dvox_core.distribution.engine import Engine
    from dvox_core.evaluation.tables.folder import TableFolder
    from dvox_core.evaluation.tables.table import Table, TablePlan

OptionalName = Annotated[Unsaid[str], tyro.conf.arg(metavar="NAME")]


@dataclass(frozen=True)
class MakeTable:
    """Train and score several systems on several captures, as in the paper's Table 1.

    Writes table.json, .md, .tex, .csv and sheet.png into --out, anew with every cell. The same
    command goes on after whatever ended it, Ctrl-C or a crash; a larger budget trains all on.

    Example: python main.py table assets/sample_capture assets/captures/vase --out table --minutes 5
    """

    captures: tyro.conf.Positional[tuple[Path, ...]] = ()
    """The captures' folders, as import writes them."""

    out: Path = Path("table")
    """Folder of the table; the trainings and their scenes lie in it too."""

    systems: tuple[str, ...] = ("nearest", "tatarchenko", "worrall", "pix2pix", "deepvoxels")
    """What to compare; deepvoxels is trained as the preset says, deepvoxels-paper as the authors
    did, pix2pix-isola as Isola et al. did."""

    preset: Literal["tiny", "small", "medium", "paper"] = "small"
    """Sizes of all systems."""

    size: OptionalCount = None
    """Side of the pictures in pixels; by default the preset's."""

    loss: Literal["cpu", "paper"] = "cpu"
    """For all systems: cpu is L1 alone, paper adds the adversarial loss (and trains deepvoxels by
    the authors' recipe). Only pix2pix-isola keeps its own."""

    steps: OptionalCount = None
    """End each training after so many steps."""

    minutes: OptionalNumber = None
    """End each training after so many minutes; 10 where --steps is not given either."""

    seeds: int = 1
    """Train each cell so often, with other random numbers; the table then has deviations."""

    split: Literal["test", "validation", "train"] = "test"
    """Which views to score on."""

    workers: int = 1
    """Trainings at a time."""

    threads: OptionalCount = None
    """Threads of each; by default the cores shared out among the workers, 1 on a cluster."""

    engine: Literal["local", "ray"] = "local"
    """Who trains: processes of this machine, or Ray, here or on a cluster (docs/cluster.md)."""

    address: Annotated[Unsaid[str], tyro.conf.arg(metavar="HOST:PORT")] = None
    """Of a Ray cluster that runs; it trains as many at a time as it has room for."""

    transpose: Flag = False
    """Captures as rows, in table.md and table.tex too."""

    view: OptionalName = None
    """The view on the sheet; by default the one with DeepVoxels' median PSNR."""

    commands: Flag = False
    """Print a command a cell instead, for a cluster's queue; afterwards use --collect."""

    only: OptionalName = None
    """Make one cell of the table in --out, CAPTURE/SYSTEM/SEED, as --commands prints it."""

    collect: Flag = False
    """Make nothing; gather what is there in --out and write the table."""

    def run(self) -> int:
        """Make the table, or a part of it."""
        from dvox_core.evaluation.tables.folder import TableFolder

        ways = [name for name in ("commands", "only", "collect") if getattr(self, name)]
        if len(ways) > 1:
            raise UserError(f"--{ways[0]} and --{ways[1]} exclude each other; leave one out")
        folder = TableFolder(self.out)
        if self.only is not None:
            return _make_one(folder, self.only)
        if self.collect:
            return self._collect(folder)
        plan = self._plan()
        return _print_commands(folder, plan) if self.commands else self._make(folder, plan)

    def _plan(self) -> "TablePlan":
        from dvox_core.evaluation.tables.planning import plan_table

        return plan_table(
            self.captures,
            self.systems,
            preset=self.preset,
            size=self.size,
            loss=self.loss,
            steps=self.steps,
            minutes=self.minutes,
            seeds=self.seeds,
            split=self.split,
        )

    def _make(self, folder: "TableFolder", plan: "TablePlan") -> int:
        from dvox_core.cli.table_progress import TableProgress
        from dvox_core.evaluation.tables.make import make_table

        engine = self._engine(folder)
        try:
            with _asking_to_stop(folder), TableProgress(folder, plan) as progress:
                table = make_table(folder, plan, engine, progress.show)
        finally:
            engine.stop()
        return self._show(folder, table)

    def _engine(self, folder: "TableFolder") -> "Engine":
        from dvox_core.distribution.local import LocalEngine, default_threads, require_cores

        if self.address is not None and self.engine != "ray":
            raise UserError("--address: says nothing without --engine ray; leave it out")
        threads = self.threads
        if threads is None:
            threads = default_threads(self.workers) if self.address is None else 1
        if self.address is None:
            require_cores(self.workers, threads)
        if self.engine == "local":
            return LocalEngine(self.workers, threads)
        from dvox_core.distribution.ray_engine import RayEngine

        engine = RayEngine(self.address, self.workers, threads)
        try:
            engine.require_shared_folder(folder.path)
        except UserError:
            engine.stop()
            raise
        return engine

    def _collect(self, folder: "TableFolder") -> int:
        from dvox_core.evaluation.tables.make import begin_table

        plan = folder.read().plan
        with folder.lock():
            table, _ = begin_table(folder, plan)
        return self._show(folder, table)

    def _show(self, folder: "TableFolder", table: "Table") -> int:
        from dvox_core.atomic_files import write_text
        from dvox_core.evaluation.tables.formats import as_latex, as_markdown, as_text
        from dvox_core.evaluation.tables.sheet import write_sheets

        if self.view is not None:
            write_sheets(folder, table, self.view)
        if self.transpose:
            write_text(folder.markdown_path, as_markdown(table, transpose=True))
            write_text(folder.latex_path, as_latex(table, transpose=True))
        print(as_text(table, transpose=self.transpose))
        counts = {
            state: [cell.state for cell in table.cells].count(state)
            for state in ("done", "failed", "waiting")
        }
        if counts["waiting"]:
            complain(f"note: {counts['waiting']} cells wait; the same command goes on with them")
        complain(f"{folder.path}: table.json, .md, .tex and .csv, sheet.png")
        return 2 if counts["failed"] else 0


def _make_one(folder: "TableFolder", name: str) -> int:
    from dvox_core.evaluation.tables.cell import CellWork, make_cell

    plan = folder.read().plan
    keys = {str(key): key for key in plan.keys}
    if name not in keys:
        first = next(iter(keys))
        raise UserError(f"--only {name}: is no cell of {folder.path}; the first is {first}")
    cell = make_cell(CellWork(folder, plan, keys[name]), lambda told: None)
    if cell is None or cell.psnr is None:
        complain(f"{name}: stopped and saved; the same command goes on")
        return 0
    print(f"{name}: {cell.psnr:.2f} dB, SSIM {cell.ssim:.3f}")
    return 0


def _print_commands(folder: "TableFolder", plan: "TablePlan") -> int:
    from dvox_core.evaluation.tables.make import begin_table

    with folder.lock():
        table, _ = begin_table(folder, plan)
    for cell in table.cells:
        if cell.state != "done":
            words = [*program_call(), "table", "--out", str(folder.path.resolve()), "--only"]
            print(shlex.join([*words, str(cell.key)]))
    complain(f"then: {program_name()} table --out {folder.path} --collect")
    return 0


@contextlib.contextmanager
def _asking_to_stop(folder: "TableFolder") -> Iterator[None]:
    """Ctrl-C and SIGTERM have the trainings saved; the second time nothing is waited for."""

    def handle(number: int, frame: object) -> None:
        if folder.is_asked_to_stop or not folder.is_running():
            raise KeyboardInterrupt
        folder.ask_to_stop()
        complain("stopping: trainings are being saved; once more to leave at once")

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handle) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
