"""One undo for everything that can be undone: the latest change is undone first."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack


class UndoController(QObject):
    """Joins the stacks of path, scene, selection and marks in the order of their changes."""

    changed = Signal()  # what can be undone or redone

    def __init__(self, stacks: Sequence[QUndoStack], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stacks = list(stacks)
        self._indices = [stack.index() for stack in stacks]
        # Numbers of stacks, a change each, oldest first.
        self._done = [n for n, index in enumerate(self._indices) for _ in range(index)]
        self._undone: list[int] = []
        for stack in stacks:
            stack.indexChanged.connect(self._on_index_changed)

    @property
    def can_undo(self) -> bool:
        """Whether anything can be undone."""
        return any(stack.canUndo() for stack in self._stacks)

    @property
    def can_redo(self) -> bool:
        """Whether anything can be redone."""
        return any(stack.canRedo() for stack in self._stacks)

    @property
    def undo_text(self) -> str:
        """Name of the change that would be undone."""
        stack = self._first(self._done, QUndoStack.canUndo)
        return stack.undoText() if stack else ""

    @property
    def redo_text(self) -> str:
        """Name of the change that would be redone."""
        stack = self._first(self._undone, QUndoStack.canRedo)
        return stack.redoText() if stack else ""

    def undo(self) -> str:
        """Undo the latest change, and return its name."""
        text, stack = self.undo_text, self._first(self._done, QUndoStack.canUndo)
        if stack:
            stack.undo()
        return text

    def redo(self) -> str:
        """Redo the change that was undone last, and return its name."""
        text, stack = self.redo_text, self._first(self._undone, QUndoStack.canRedo)
        if stack:
            stack.redo()
        return text

    def stop(self) -> None:
        """Stop listening to the undo stacks, which are about to be deleted."""
        for stack in self._stacks:
            stack.indexChanged.disconnect(self._on_index_changed)

    def _first(self, order: Sequence[int], can: Callable[[QUndoStack], bool]) -> QUndoStack | None:
        """The stack of the newest change that can still be undone, or redone."""
        known = [self._stacks[number] for number in reversed(order)]
        return next((stack for stack in [*known, *self._stacks] if can(stack)), None)

    def _on_index_changed(self, index: int) -> None:
        stack = self.sender()
        number = next(n for n, known in enumerate(self._stacks) if known is stack)
        steps = index - self._indices[number]
        self._indices[number] = index
        source, target = (self._done, self._undone) if steps < 0 else (self._undone, self._done)
        # One that was merged into the newest change of its stack is the newest of all.
        for _ in range(abs(steps) or 1):
            _remove_last(source if steps else target, number)
            target.append(number)
        self.changed.emit()


def _remove_last(numbers: list[int], number: int) -> None:
    for place in reversed(range(len(numbers))):
        if numbers[place] == number:
            del numbers[place]
            return
