"""Undo for a value that is shown as a whole: a change goes from one value to another."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QUndoCommand, QUndoStack

Value = TypeVar("Value")

MERGED = 1  # the number that all changes of one stack have, so that Qt asks them to merge


class ValueChange(QUndoCommand, Generic[Value]):
    """From one value to another. Pushed, it shows the later one."""

    def __init__(
        self,
        text: str,
        show: Callable[[Value], object],
        before: Value,
        after: Value,
        *,
        continues: bool,
    ) -> None:
        """Change what `show` shows.

        Args:
            text: names it for undo: "Pin".
            continues: whether it belongs to the gesture of the change before, and is undone with
                it; one that leads back to where the gesture began takes both away.
        """
        super().__init__(text)
        self._show, self._before, self._after = show, before, after
        self._continues = continues

    def id(self) -> int:
        """All may be one with the change before."""
        return MERGED

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Be one with the next change, if that continues this one."""
        assert isinstance(other, ValueChange)
        if not other._continues:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        """Make the change."""
        self._show(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._show(self._before)


def push_change(
    stack: QUndoStack,
    text: str,
    show: Callable[[Value], object],
    before: Value,
    after: Value,
    *,
    continues: bool = False,
) -> None:
    """Make a change that can be undone; see `ValueChange`. After an undo nothing is continued."""
    if after != before:
        continues = continues and stack.index() == stack.count()
        stack.push(ValueChange(text, show, before, after, continues=continues))
