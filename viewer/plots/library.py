"""Loads pyqtgraph off the window's thread, and makes plots one after another when it is there."""

import logging
import sys
import threading
from collections import deque
from collections.abc import Iterator
from functools import cache

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

from viewer.qt_classes import qt_classes

_log = logging.getLogger(__name__)


class PlotLibrary(QObject):
    """Importing pyqtgraph takes 0.3 s, making a plot 15 ms: the window waits for neither at length.

    Plots are made in pieces, one piece in each turn of the event loop.
    """

    _loaded = Signal()

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self._begun = False
        self._thread: threading.Thread | None = None
        self._waiting: deque[Iterator[None]] = deque()
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._make_next)
        self._loaded.connect(self._make_next, Qt.ConnectionType.QueuedConnection)

    @property
    def is_loaded(self) -> bool:
        """Whether plots can be made at once."""
        return "pyqtgraph" in sys.modules and (self._thread is None or not self._thread.is_alive())

    def load(self) -> None:
        """Begin to load, unless that was done."""
        if not self._begun and not self.is_loaded:
            self._begun = True
            qt_classes().when_made(self._load)

    def make_soon(self, pieces: Iterator[None]) -> None:
        """Make this once pyqtgraph is there and others are made; it yields after each piece."""
        self._waiting.append(pieces)
        if self.is_loaded:
            self._next.start()
        else:
            self.load()

    def _load(self) -> None:
        self._thread = threading.Thread(target=self._import, name="Loading plots", daemon=True)
        self._thread.start()

    def _import(self) -> None:
        try:
            import pyqtgraph  # noqa: F401 - imported for those who make plots
            from pyqtgraph import exporters  # noqa: F401
        except Exception:
            _log.exception("pyqtgraph cannot be imported: there are no plots")
            return
        self._loaded.emit()

    def _make_next(self) -> None:
        nothing = object()
        while self._waiting and next(self._waiting[0], nothing) is nothing:
            self._waiting.popleft()
        if self._waiting:
            self._next.start()


@cache
def plot_library() -> PlotLibrary:
    """The application's only one."""
    return PlotLibrary(QCoreApplication.instance())
