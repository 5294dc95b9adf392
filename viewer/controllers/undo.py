"""One undo for everything that can be undone: the latest change is undone first."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack


class UndoController(QObject):
    """Joins the stacks of path and scene; the one that was changed last is undone first."""

    changed = Signal()  # what can be undone or redone

    def __init__(self, stacks: list[QUndoStack], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._group = QUndoGroup(self)
        for stack in stacks:
            self._group.addStack(stack)
            stack.indexChanged.connect(self._on_index_changed)

    @property
    def can_undo(self) -> bool:
        """Whether anything can be undone."""
        return any(stack.canUndo() for stack in self._group.stacks())

    @property
    def can_redo(self) -> bool:
        """Whether anything can be redone."""
        return any(stack.canRedo() for stack in self._group.stacks())

    @property
    def undo_text(self) -> str:
        """Name of the change that would be undone."""
        stack = self._first(QUndoStack.canUndo)
        return stack.undoText() if stack else ""

    @property
    def redo_text(self) -> str:
        """Name of the change that would be redone."""
        stack = self._first(QUndoStack.canRedo)
        return stack.redoText() if stack else ""

    def undo(self) -> str:
        """Undo the latest change, and return its name."""
        text, stack = self.undo_text, self._first(QUndoStack.canUndo)
        if stack:
            stack.undo()
        return text

    def redo(self) -> str:
        """Redo a change, and return its name."""
        text, stack = self.redo_text, self._first(QUndoStack.canRedo)
        if stack:
            stack.redo()
        return text

    def _first(self, can: Callable[[QUndoStack], bool]) -> QUndoStack | None:
        active = self._group.activeStack()
        order = [active] if active else []
        order += [stack for stack in self._group.stacks() if stack is not active]
        return next((stack for stack in order if can(stack)), None)

    def stop(self) -> None:
        """Stop listening to the undo stacks, which are about to be deleted."""
        for stack in self._group.stacks():
            stack.indexChanged.disconnect(self._on_index_changed)

    def _on_index_changed(self, _: int) -> None:
        stack = self.sender()
        if isinstance(stack, QUndoStack):
            self._group.setActiveStack(stack)
        self.changed.emit()
