"""Asks before the window closes on what would be lost."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog


class ClosingQuestion(QObject):
    """A question that may have to be answered before the window closes.

    Attributes:
        dialog: the question while it is shown.
    """

    agreed = Signal()  # the user has answered that the window may close

    def __init__(
        self,
        ask: Callable[[Callable[[], object]], QDialog],
        is_open: Callable[[], bool],
        parent: QObject,
    ) -> None:
        """Let `ask` make the dialog while `is_open` says that there is something to ask.

        Args:
            ask: given what its dialog calls when the window may close.
        """
        super().__init__(parent)
        self._ask, self._is_open = ask, is_open
        self._is_answered = False
        self.dialog: QDialog | None = None

    def allows_closing(self) -> bool:
        """Whether the window may close now; otherwise its user is asked."""
        if self._is_answered or not self._is_open():
            return True
        if self.dialog is None:
            self.dialog = self._ask(self._agree)
            self.dialog.finished.connect(self._forget_dialog)
            self.dialog.open()
        return False

    def skip(self) -> None:
        """Let the window close without this question."""
        self._is_answered = True

    def _agree(self) -> None:
        self._is_answered = True
        self.agreed.emit()

    def _forget_dialog(self) -> None:
        self.dialog = None
