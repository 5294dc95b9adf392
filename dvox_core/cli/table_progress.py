"""Shows on the terminal how a table comes on: a bar over all its trainings, a line a cell."""

import sys
from types import TracebackType
from typing import Any

from tqdm import tqdm

from dvox_core.baselines.systems import NEAREST, SYSTEMS
from dvox_core.evaluation.tables.folder import TableFolder
from dvox_core.evaluation.tables.make import CellEnded, TableEvent
from dvox_core.evaluation.tables.table import Cell, CellKey, TablePlan


class TableProgress:
    """Listens to a table's making. The bar counts trainings; parts of one count as such."""

    def __init__(self, folder: TableFolder, plan: TablePlan) -> None:
        self._keys = [key for key in plan.keys if key.system != NEAREST]
        self._shares: dict[CellKey, float] = {}
        if folder.exists:
            progress = folder.progress(folder.read())
            self._shares = {key: cell.share for key, cell in progress.items() if key in self._keys}
        form = "{desc}: {percentage:3.0f}%|{bar}| {postfix} [{elapsed}<{remaining}]"
        self._bar: Any = tqdm(
            total=len(self._keys),
            initial=sum(self._shares.values()),
            desc="Table",
            bar_format=form,
            disable=None,
            file=sys.stderr,
        )

    def __enter__(self) -> "TableProgress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def show(self, event: TableEvent) -> None:
        """Show an event."""
        if isinstance(event, CellEnded):
            tqdm.write(_line(event.cell), file=sys.stderr)
            if event.cell.state == "done":
                self._move(event.cell.key, 1.0)
            return
        score = "" if event.psnr is None else f", {event.psnr:.2f} dB"
        text = f", {event.text}" if event.text else ""
        self._bar.set_postfix_str(f"{event.key}{text}{score}", refresh=False)
        self._move(event.key, event.share)

    def _move(self, key: CellKey, share: float) -> None:
        if key in self._keys:
            self._bar.update(share - self._shares.get(key, 0.0))
            self._shares[key] = share


def _line(cell: Cell) -> str:
    title = f"{cell.capture}, {SYSTEMS[cell.system].title}"
    if cell.seed:
        title += f", seed {cell.seed}"
    if cell.state == "failed":
        return f"{title}: failed: {cell.message}"
    if cell.psnr is None or cell.ssim is None:
        return f"{title}: stopped"
    spent = f" ({cell.steps:,} steps, {cell.minutes:.1f} min)" if cell.steps else ""
    return f"{title}: {cell.psnr:.2f} dB, SSIM {cell.ssim:.3f}{spent}"
