"""Imports panels and dialogs that are made later, so that they open at once."""

import importlib

from PySide6.QtCore import QObject

from viewer.qt_classes import qt_classes
from viewer.workers.background.operation import Operation, Progress, run_in_background

OPENED_LATER = (
    *(f"viewer.panels.{name}.panel" for name in ("ray", "weights", "pipeline")),
    "viewer.wizard.dialog",
    "viewer.tables.window",
    *(
        f"viewer.dialogs.{name}"
        for name in ("save_picture", "export", "convert", "record", "guide", "about")
    ),
)
"""What is imported once the window is there: a third of its own imports."""


class LaterImports(QObject):
    """Imports them once, in the background."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._begun = self._stopped = False
        self._importing: Operation | None = None

    def begin(self) -> None:
        """Begin, in a spare moment; again, this does nothing."""
        if not self._begun:
            self._begun = True
            qt_classes().when_made(self._start)

    def stop(self) -> None:
        """Import nothing more."""
        self._stopped = True
        if self._importing is not None:
            self._importing.stop()

    def _start(self) -> None:
        if not self._stopped:
            self._importing = run_in_background(_import_all, "Preparing dialogs", self)


def _import_all(progress: Progress) -> None:
    for name in OPENED_LATER:
        progress(0.0, "")
        importlib.import_module(name)
