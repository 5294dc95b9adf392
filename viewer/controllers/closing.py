"""Asks before the window closes, or the scene, on what would be lost."""

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
    """Something that is lost when the window or the scene closes.

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

    def ask(agree: Then) -> UnsavedDialog:
        losses = _find(find_losses)
        can_save = any(loss.save is not None for loss in losses)
        drop = "Close without saving" if can_save else "Close the window"
        return _dialog(parent, losses, drop, "Leave the window open", agree, agree)

    def concerns() -> list[object]:
        return [concern for loss in _find(find_losses) for concern in loss.concerns]

    return ClosingQuestion(ask, concerns, parent)


class LossCheck(QObject):
    """Asks before what is not saved is lost by something else than the window's closing.

    Attributes:
        dialog: the question while it is shown.
    """

    def __init__(self, parent: QWidget, find_losses: Sequence[Callable[[], Loss | None]]) -> None:
        super().__init__(parent)
        self._parent, self._find_losses = parent, find_losses
        self.dialog: UnsavedDialog | None = None

    @property
    def has_losses(self) -> bool:
        """Whether anything would be lost now."""
        return bool(_find(self._find_losses))

    def run(self, go_on: Then) -> None:
        """Go on at once where nothing is lost by it, else when the user has agreed."""
        if self.dialog is not None:
            self.dialog.reject()  # the newer wish counts
        losses = _find(self._find_losses)
        if not losses:
            go_on()
            return
        # What has changed while it was saved is asked about again.
        self.dialog = _dialog(
            self._parent,
            losses,
            "Go on without saving",
            "Leave the scene open",
            go_on,
            lambda: self.run(go_on),
        )
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def _forget_dialog(self) -> None:
        self.dialog = None


def _find(find_losses: Sequence[Callable[[], Loss | None]]) -> list[Loss]:
    return [loss for find in find_losses if (loss := find()) is not None]


def _dialog(
    parent: QWidget,
    losses: Sequence[Loss],
    drop: str,
    cancel_tip: str,
    on_dropped: Then,
    on_saved: Then,
) -> UnsavedDialog:
    saves = [loss.save for loss in losses if loss.save is not None]
    save = ""
    if saves:
        asks = any(loss.needs_place for loss in losses if loss.save is not None)
        save = ("Save all" if len(saves) > 1 else "Save") + ("…" if asks else "")
    dialog = UnsavedDialog(
        parent,
        [(loss.title, loss.text) for loss in losses],
        save=save,
        drop=drop,
        cancel_tip=cancel_tip,
    )
    dialog.dropped.connect(on_dropped)
    dialog.saved.connect(lambda: _save_in_turn(saves, on_saved))
    return dialog


def _save_in_turn(saves: Sequence[Callable[[Then], object]], then: Then) -> None:
    """Save one after the other, as each may have to ask where; then go on."""
    if not saves:
        then()
        return
    saves[0](lambda: _save_in_turn(saves[1:], then))
