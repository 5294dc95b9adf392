"""Asks before something is done that loses, or gives up, what is not saved."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from viewer.dialogs.dialog import Dialog


class UnsavedDialog(Dialog):
    """Names all that would be lost. Without a way to save it only asks whether to go on."""

    saved = Signal()
    dropped = Signal()

    def __init__(
        self,
        parent: QWidget,
        losses: Sequence[tuple[str, str]],
        *,
        save: str,
        drop: str,
        cancel_tip: str,
    ) -> None:
        """Ask about losses, each with its title and text.

        Args:
            save: what the button says that saves all that can be saved; "" for none.
            drop: what the button says that goes on without saving.
            cancel_tip: what cancelling leaves as it is.
        """
        single = len(losses) == 1
        super().__init__(parent, losses[0][0] if single else "Not everything is saved", width=440)
        for title, text in losses:
            if not single:
                self.add_text(title, "section")
            self.add_text(text)
        self.cancel = self.add_button("Cancel", at_left=True)
        self.cancel.setToolTip(f"{cancel_tip} (Esc)")
        self.drop = self.add_button(drop)
        # Enter saves; where nothing can be saved, it loses nothing: Cancel comes first.
        self.save = self.add_button(save, primary=bool(save))
        self.save.setVisible(bool(save))
        self.cancel.clicked.connect(self.reject)
        for button, signal in ((self.drop, self.dropped), (self.save, self.saved)):
            button.clicked.connect(self.accept)
            button.clicked.connect(signal)
