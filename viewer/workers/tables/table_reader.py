"""Reads a table's folder for the window: scores, progress and pictures, off the window's thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from dvox_core.baselines.systems import NEAREST, SYSTEMS
from dvox_core.evaluation.tables.folder import CellProgress, TableFolder
from dvox_core.evaluation.tables.formats import Row, column_titles, table_notes, table_rows
from dvox_core.evaluation.tables.table import CellKey, Table
from viewer.workers.background.latest_answer import LatestAnswer

LOOK_MS = 1000
"""How often the folder is looked at while the table is shown."""

MAIN_SYSTEM = "deepvoxels"

SPOKEN_OF_FIRST = ("failed", "training", "scoring", "waiting", "done")
"""Of a cell with several trainings the first of these states is told."""


@dataclass(frozen=True, eq=False)
class SeenCell:
    """A cell as the window shows it.

    Attributes:
        key: of its first seed.
        progress: how far it is; of several seeds the mean share.
        view: the name of the view in the picture; "" where there is none.
        picture: what the system painted; None before it is scored.
        scene: the cell's scene; None where there is none (yet), as for the nearest view.
        problem: why it failed; or "".
    """

    key: CellKey
    progress: CellProgress
    view: str
    picture: QImage | None
    scene: Path | None
    problem: str


@dataclass(frozen=True, eq=False)
class SeenTable:
    """A table's folder at one moment.

    Attributes:
        titles: of the columns: captures, and the mean of several.
        rows: the figures of each system, in the order of `table.plan.systems`.
        cells: (capture, system) → cell.
        truths: capture → the true picture of the view that its cells show.
        is_running: whether a process makes the table now.
    """

    path: Path
    table: Table
    titles: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    cells: Mapping[tuple[str, str], SeenCell]
    truths: Mapping[str, QImage]
    is_running: bool

    @property
    def share(self) -> float:
        """How much of the table is made, 0…1; cells that failed count as made."""
        shares = [
            1.0 if cell.progress.state == "failed" else cell.progress.share
            for cell in self.cells.values()
        ]
        return sum(shares) / len(shares) if shares else 1.0

    @property
    def done(self) -> int:
        """Cells that are done."""
        return sum(cell.progress.state == "done" for cell in self.cells.values())


class TableReader:
    """Reads one folder after the other; of one thread. Pictures that stay are read once."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[Path, int], QImage] = {}

    def read(self, path: Path) -> SeenTable:
        """The table as it stands.

        Raises:
            TableError: there is none, or it is broken.
        """
        folder = TableFolder(path)
        table = folder.read()
        progress = folder.progress(table)
        views = {name: shown_view(folder, table, name) for name in table.plan.captures}
        kept, self._pictures = self._pictures, {}
        cells = {}
        for name in table.plan.captures:
            for system in table.plan.systems:
                cells[name, system] = self._cell(
                    folder, table, CellKey(name, system), progress, views[name], kept
                )
        truths = {
            name: picture
            for name, view in views.items()
            if (picture := self._picture(folder.truth_path(name, view), kept)) is not None
        }
        return SeenTable(
            path,
            table,
            column_titles(table),
            table_rows(table),
            table_notes(table),
            cells,
            truths,
            folder.is_running(),
        )

    def _cell(
        self,
        folder: TableFolder,
        table: Table,
        key: CellKey,
        progress: Mapping[CellKey, CellProgress],
        view: str,
        kept: Mapping[tuple[Path, int], QImage],
    ) -> SeenCell:
        seeds = [
            cell for cell in table.cells if (cell.capture, cell.system) == (key.capture, key.system)
        ]
        problems = [cell.message for cell in seeds if cell.state == "failed"]
        scene = folder.scene_path(key)
        return SeenCell(
            key,
            _joined([progress[cell.key] for cell in seeds]),
            view,
            self._picture(folder.picture_path(key, view), kept) if view else None,
            scene if key.system != NEAREST and scene.is_file() else None,
            problems[0] if problems else "",
        )

    def _picture(self, path: Path, kept: Mapping[tuple[Path, int], QImage]) -> QImage | None:
        try:
            key = (path, path.stat().st_mtime_ns)
        except OSError:
            return None
        picture = kept[key] if key in kept else QImage(str(path))
        if picture.isNull():
            return None
        self._pictures[key] = picture
        return picture


def shown_view(folder: TableFolder, table: Table, capture: str) -> str:
    """The view that a capture's cells show: DeepVoxels' median, else the first scored system's."""
    systems = sorted(table.plan.systems, key=lambda name: name != MAIN_SYSTEM)
    for system in systems:
        scores = folder.scores(CellKey(capture, system))
        if scores is None or not scores.views:
            continue
        if folder.picture_path(CellKey(capture, system), scores.median_view).is_file():
            return scores.median_view
        names = [view.name for view in scores.views]
        there = [name for name in names if folder.picture_path(scores.cell.key, name).is_file()]
        if there:
            return there[len(there) // 2]
    return ""


def system_title(name: str) -> str:
    """What people call a system."""
    return SYSTEMS[name].title


def _joined(seeds: list[CellProgress]) -> CellProgress:
    """The progress of a cell with several trainings."""
    if len(seeds) == 1:
        return seeds[0]
    chosen = min(seeds, key=lambda one: SPOKEN_OF_FIRST.index(one.state))
    share = sum(one.share for one in seeds) / len(seeds)
    return CellProgress(chosen.state, share, chosen.step, chosen.psnr)


class TableFollower(QObject):
    """Reads a folder again and again while it is wanted. On the window's thread."""

    seen = Signal(object)  # SeenTable
    failed = Signal(str)  # one line

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._reading = LatestAnswer(TableReader().read, "Reading the table", self)
        self._reading.answered.connect(self._on_answered)
        self._reading.failed.connect(self.failed)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def path(self) -> Path | None:
        """The folder that is followed."""
        return self._path

    def follow(self, path: Path) -> None:
        """Read this folder from now on."""
        self.stop()
        self._path = path
        self._timer.start()
        self.look()

    def look(self) -> None:
        """Read it now."""
        if self._path is not None:
            self._reading.ask(self._path)

    def stop(self) -> None:
        """Read no more, and wait for the thread."""
        self._timer.stop()
        self._reading.stop()

    def _on_answered(self, seen: SeenTable) -> None:
        if seen.path == self._path:
            self.seen.emit(seen)
