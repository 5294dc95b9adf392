"""Makes PySide's classes on the window's thread, before modules that need them load elsewhere.

PySide makes each class of Qt when Python first names it, and takes some steps of Python for that,
between which another thread may go on. Two threads that make classes at once, or one that uses what
another has made by half, end the program: a module that imports Qt may be imported in a thread only
when there is nothing left to be made.
"""

import importlib
import sys
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QObject, QTimer

SLICE_S = 0.004
"""How long the window may be held up at a time; one class takes 0.3 ms, few take 5."""

MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtOpenGLWidgets", "QtTest")
"""What pyqtgraph imports: it names every class of the first three."""


class QtClasses(QObject):
    """Makes them all once, a slice in each turn of the event loop: 0.2 s in all."""

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self._waiting: list[Callable[[], object]] = []
        self._classes: Iterator[None] = _make_each()
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._make_some)

    def when_made(self, act: Callable[[], object]) -> None:
        """Do this on the window's thread once every class is made: at once if they are."""
        if not any(classes_to_make(name) for name in MODULES):
            act()
            return
        self._waiting.append(act)
        self._next.start()

    def _make_some(self) -> None:
        end = time.perf_counter() + SLICE_S
        for _ in self._classes:
            if time.perf_counter() > end:
                self._next.start()
                return
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()


def classes_to_make(module: str) -> set[str]:
    """What a module of PySide6 offers and has not made yet; all of it where it is not imported."""
    loaded = sys.modules.get(f"PySide6.{module}")
    return {"module"} if loaded is None else set(dir(loaded)) - set(vars(loaded))


def _make_each() -> Iterator[None]:
    for name in MODULES:
        try:
            module = importlib.import_module(f"PySide6.{name}")
        except ImportError:  # a bundled program may come without: then nobody imports it
            continue
        yield
        for each in sorted(classes_to_make(name)):
            getattr(module, each, None)
            yield


_classes: list[QtClasses] = []


def qt_classes() -> QtClasses:
    """The application's only one."""
    if not _classes:
        _classes.append(QtClasses(QCoreApplication.instance()))
    return _classes[0]
