"""Runs what a dialog asks for in the background, and shows in it how far it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from viewer.controllers.context import ControllerContext
from viewer.dialogs.task import TaskDialog
from viewer.workers.background.operation import Operation, Progress, run_in_background


class DialogTask(QObject):
    """One task at a time, and its dialog: a hidden one is kept while its task runs."""

    def __init__(self, context: ControllerContext) -> None:
        super().__init__(context.parent)
        self._context = context
        self._operation: Operation | None = None
        self._problem = ""
        self.dialog: TaskDialog | None = None

    @property
    def is_running(self) -> bool:
        """Whether the task runs."""
        return self._operation is not None

    def show(self, make: Callable[[], TaskDialog]) -> TaskDialog:
        """Show the dialog that is there, or make one."""
        if self.dialog is None:
            self.dialog = make()
            self.dialog.cancel_requested.connect(self._cancel)
            self.dialog.finished.connect(lambda _: self._forget_dialog())
        self.dialog.show()
        self.dialog.raise_()
        return self.dialog

    def start(
        self,
        work: Callable[[Progress], Any],
        name: str,  # what it does, as a sentence's beginning
        target: Path,  # what it writes
        line_of: Callable[[Any], str],  # its result → what to tell the user
    ) -> None:
        """Run `work`, unless a task runs already."""
        if self._operation is not None:
            return

        def tell(result: Any) -> None:
            folder = QUrl.fromLocalFile(str(target.absolute().parent))
            self._context.notifications.show_info(
                line_of(result), "Show the folder", lambda: QDesktopServices.openUrl(folder)
            )

        self._operation = run_in_background(
            work,
            name,
            self,
            on_done=tell,
            on_failed=self._keep_problem,
            on_progress=self._show_progress,
        )
        self._operation.finished.connect(self._end)
        self._show_progress(0.0, name)

    def stop(self) -> None:
        """End the thread; what is not whole is not kept."""
        if self._operation is not None:
            self._operation.stop()
            self._operation = None

    def _cancel(self) -> None:
        if self._operation is not None:
            self._operation.cancel()

    def _show_progress(self, share: float, text: str) -> None:
        if self.dialog is not None:
            self.dialog.show_progress(share, text)

    def _keep_problem(self, line: str) -> None:
        self._problem = line

    def _end(self, _: Operation) -> None:
        self._operation = None
        problem, self._problem = self._problem, ""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.show_end(problem)
            return
        if problem:
            self._context.notifications.show_error(problem)
        self._forget_dialog()

    def _forget_dialog(self) -> None:
        """Let go of a dialog that was closed, unless its task runs."""
        if self._operation is None and self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
