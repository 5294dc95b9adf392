"""Asks before the window closes on what would be lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from viewer.dialogs.closing import UnsavedDialog

Then = Callable[[], object]


class ClosingQuestion(QObject):
    """A question that may have to be answered before the window closes.

    An answer holds for what was asked about: where there is more to lose when the window closes at
    last, it is asked again.

    Attributes:
        dialog: the question while it is shown.
    """

    agreed = Signal()  # the user has answered that the window may close

    def __init__(
        self,
        ask: Callable[[Then], QDialog],
        concerns: Callable[[], Sequence[object]],
        parent: QObject,
    ) -> None:
        """Let `ask` make the dialog while there are `concerns`.

        Args:
            ask: given what its dialog calls when the window may close.
            concerns: values that tell what there is to ask about; none where there is nothing.
        """
        super().__init__(parent)
        self._ask, self._concerns = ask, concerns
        self._asked: Sequence[object] = ()
        self._answered: Sequence[object] = ()
        self._is_skipped = False
        self.dialog: QDialog | None = None

    def allows_closing(self) -> bool:
        """Whether the window may close now; otherwise its user is asked."""
        concerns = self._concerns()
        if self._is_skipped or all(concern in self._answered for concern in concerns):
            return True
        if self.dialog is None:
            self._asked = concerns
            self.dialog = self._ask(self._agree)
            self.dialog.finished.connect(self._forget_dialog)
            self.dialog.open()
        return False

    def skip(self) -> None:
        """Let the window close without this question."""
        self._is_skipped = True

    def _agree(self) -> None:
        self._answered = self._asked
        self.agreed.emit()

    def _forget_dialog(self) -> None:
        self.dialog = None


@dataclass(frozen=True)
class Loss:
    """Something that is lost when the window closes.

    Attributes:
        title: what it is, as a heading.
        text: more about it.
        concerns: values that tell whether it is still the same.
        save: saves it, asking where if need be, and calls what it is given when that is done;
            None where it cannot be saved.
        needs_place: whether it has to be asked where to save.
    """

    title: str
    text: str
    concerns: tuple[object, ...]
    save: Callable[[Then], object] | None = None
    needs_place: bool = False


def loss_question(
    parent: QWidget, find_losses: Sequence[Callable[[], Loss | None]]
) -> ClosingQuestion:
    """Asks once about all that would be lost."""

    def losses() -> list[Loss]:
        return [loss for find in find_losses if (loss := find()) is not None]

    def ask(agree: Then) -> UnsavedDialog:
        found = losses()
        saves = [loss.save for loss in found if loss.save is not None]
        save_text = ""
        if saves:
            asks = any(loss.needs_place for loss in found if loss.save is not None)
            save_text = ("Save all" if len(saves) > 1 else "Save") + ("…" if asks else "")
        dialog = UnsavedDialog(parent, [(loss.title, loss.text) for loss in found], save_text)
        dialog.dropped.connect(agree)
        dialog.saved.connect(lambda: _save_in_turn(saves, agree))
        return dialog

    def concerns() -> list[object]:
        return [concern for loss in losses() for concern in loss.concerns]

    return ClosingQuestion(ask, concerns, parent)


def _save_in_turn(saves: Sequence[Callable[[Then], object]], then: Then) -> None:
    """Save one after the other, as each may have to ask where; then go on."""
    if not saves:
        then()
        return
    saves[0](lambda: _save_in_turn(saves[1:], then))
