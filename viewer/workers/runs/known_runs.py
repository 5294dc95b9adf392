"""Keeps an eye on the known training runs while the welcome page offers them."""

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.training.run.status import ACTIVE
from viewer.recent_files import RecentFiles
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background
from viewer.workers.runs.run_log import RunSummary, summarize

LOOK_MS, SELDOM_MS = 3000, 20_000


class KnownRuns(QObject):
    """Reads how the known runs stand, off the window's thread, again and again."""

    found = Signal(object)  # list of RunSummary, those in training first

    def __init__(self, recent_files: RecentFiles, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recent_files = recent_files
        self._reading = LatestOperation(self)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    def set_wanted(self, wanted: bool, *, often: bool = True) -> None:
        """Look, and look again, while somebody wants to know."""
        self._timer.setInterval(LOOK_MS if often else SELDOM_MS)
        if wanted and not self._timer.isActive():
            self._timer.start()
            self.look()
        elif not wanted:
            self._timer.stop()

    def look(self) -> None:
        """Read once, unless it is being read."""
        if not self._reading.is_busy:
            runs = self._recent_files.runs
            self._reading.replace(
                lambda: run_in_background(
                    lambda progress: summarize(runs),
                    "Looking for training runs",
                    on_done=self.found.emit,
                )
            )

    def stop(self) -> None:
        """Look no more, and wait for the thread."""
        self._timer.stop()
        self._reading.stop()


def worth_offering(runs: list[RunSummary]) -> list[RunSummary]:
    """The runs that are being trained, or could be trained on."""
    unfinished = (*ACTIVE, "new", "stopped", "failed", "interrupted")
    return [run for run in runs if run.status.state in unfinished]
