"""A table's folder: where everything about it lies, readable by anybody while it is being made.

table.json                               the plan, how each cell stands, and the means
table.md, table.tex, table.csv           the same for people, papers and programs
sheet.png, sheets/CAPTURE.png            pictures of the best systems beside the truth
runs/CAPTURE/SYSTEM[-seedK]/             the trainings, ordinary runs
scores/CAPTURE/SYSTEM[-seedK].json       a cell's scores, view by view
pictures/CAPTURE/SYSTEM[-seedK]/VIEW.png what it painted, the border cut off
pictures/CAPTURE/truth/VIEW.png          what is to be painted
stop                                     asks whoever makes the table to save and stop
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from dvox_core.atomic_files import write_text
from dvox_core.evaluation.tables.table import Cell, CellKey, Table, TableError
from dvox_core.safe_names import safe_file_name
from dvox_core.training.run.run_directory import RunDirectory
from dvox_core.training.run.status import ACTIVE

TRUTH = "truth"

ProgressState = Literal["waiting", "training", "scoring", "done", "failed"]


@dataclass(frozen=True)
class CellProgress:
    """How far a cell is.

    Attributes:
        state: "waiting" also where its training was stopped and will go on.
        share: of its training, 0…1.
        step: of its training.
        psnr: in dB; a training's last validation, and the score where it is done.
    """

    state: ProgressState
    share: float
    step: int
    psnr: float | None


@dataclass(frozen=True)
class ViewScore:
    """One view's scores; an infinite PSNR, of equal pictures, is None."""

    name: str
    psnr: float | None
    ssim: float


@dataclass(frozen=True)
class CellScores:
    """The content of a score file: the cell as it stands in the table, and its views."""

    cell: Cell
    views: tuple[ViewScore, ...]

    @property
    def median_view(self) -> str:
        """The name of the view whose PSNR is the median; the lower one of two."""
        ordered = sorted(self.views, key=lambda view: (view.psnr is None, view.psnr or 0.0))
        return ordered[(len(ordered) - 1) // 2].name


class TableFolder:
    """One table's folder. Reading is free to all; making the table needs the lock.

    Example: `folder = TableFolder(Path("table")); folder.read().cells`
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.table_path = path / "table.json"
        self.markdown_path = path / "table.md"
        self.latex_path = path / "table.tex"
        self.csv_path = path / "table.csv"
        self.sheet_path = path / "sheet.png"
        self._lock_path = path / ".lock"
        self._stop_path = path / "stop"

    @property
    def exists(self) -> bool:
        """Whether a table was begun here."""
        return self.table_path.is_file()

    def read(self) -> Table:
        """The table as it stands; it is written anew whenever a cell is done or fails.

        Raises:
            TableError: there is none, it is broken, or of a newer version.
        """
        content = self._json(self.table_path, "choose a table's folder")
        return Table.from_json(content, str(self.table_path))

    def run(self, key: CellKey) -> RunDirectory:
        """The cell's training: an ordinary run. The nearest view has none."""
        return RunDirectory(self.path / "runs" / key.capture / key.file_name)

    def scene_path(self, key: CellKey) -> Path:
        """The cell's scene, there from the training's first step on; the nearest view has none."""
        return self.run(key).scene_path

    def score_path(self, key: CellKey) -> Path:
        """Where the cell's scores are; only a cell that is done has them."""
        return self.path / "scores" / key.capture / f"{key.file_name}.json"

    def picture_path(self, key: CellKey, view: str) -> Path:
        """What the cell's system painted for a view, the 5-pixel border cut off."""
        return self.pictures(key) / f"{safe_file_name(view)}.png"

    def pictures(self, key: CellKey) -> Path:
        """The folder of the cell's pictures; many views leave out some."""
        return self.path / "pictures" / key.capture / key.file_name

    def truth_path(self, capture: str, view: str) -> Path:
        """The true picture of a view, cut like the others; there with the first cell's pictures."""
        return self.path / "pictures" / capture / TRUTH / f"{safe_file_name(view)}.png"

    def sheet_of(self, capture: str) -> Path:
        """The sheet of one capture."""
        return self.path / "sheets" / f"{capture}.png"

    def scores(self, key: CellKey) -> CellScores | None:
        """A cell's scores view by view; None where there are none.

        Raises:
            TableError: the file is broken.
        """
        path = self.score_path(key)
        if not path.is_file():
            return None
        content = self._json(path, "delete it to have the cell scored again")
        try:
            views = tuple(
                ViewScore(str(view["name"]), view["psnr"], view["ssim"])
                for view in content["views"]
            )
            return CellScores(Cell.from_json(content["cell"]), views)
        except (KeyError, TypeError) as error:
            raise TableError(
                f"{path}: is broken ({type(error).__name__}: {error}); delete it to have the cell "
                "scored again"
            ) from error

    def progress(self, table: Table) -> dict[CellKey, CellProgress]:
        """How far every cell is, by its score and its run's own status; from any process."""
        is_running = self.is_running()
        return {cell.key: self._progress_of(cell, table, is_running) for cell in table.cells}

    def _progress_of(self, cell: Cell, table: Table, is_running: bool) -> CellProgress:
        if cell.state == "done":
            return CellProgress("done", 1.0, cell.steps, cell.psnr)
        run = self.run(cell.key)
        status = run.read_status()
        share = table.plan.share(status.step, status.elapsed_seconds / 60) if run.exists else 0.0
        state: ProgressState = cell.state
        if status.state in ACTIVE:
            state = "training"
        elif is_running and status.state == "finished" and share >= 1 and state == "waiting":
            state = "scoring"
        return CellProgress(state, share, status.step, status.psnr)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process that makes the table; freed by the system when a process dies.

        Raises:
            TableError: another process makes it, or the folder cannot be written to.
        """
        lock = FileLock(self._lock_path, is_singleton=False)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout as error:
            raise TableError(
                f"{self.path}: another process is making this table; wait for it, or stop it first"
            ) from error
        except OSError as error:
            raise TableError(
                f"{self.path}: cannot be written to ({error.strerror or error}); "
                "choose another place"
            ) from error
        try:
            self._stop_path.unlink(missing_ok=True)
            yield
        finally:
            lock.release()

    def is_running(self) -> bool:
        """Whether a process is making the table now."""
        if not self._lock_path.exists():
            return False
        lock = FileLock(self._lock_path, is_singleton=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            return False
        lock.release()
        return False

    def ask_to_stop(self) -> None:
        """Have whoever makes the table save its trainings and stop; from any process."""
        write_text(self._stop_path, "stop\n")

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether somebody asked, since the table's making was begun."""
        return self._stop_path.exists()

    def _json(self, path: Path, remedy: str) -> dict[str, Any]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise TableError(f"{self.path}: holds no table (no {path.name}); {remedy}") from error
        except (OSError, ValueError) as error:
            raise TableError(f"{path}: cannot be read ({error}); {remedy}") from error
        if not isinstance(content, dict):
            raise TableError(f"{path}: is not what a table writes; {remedy}")
        return content
