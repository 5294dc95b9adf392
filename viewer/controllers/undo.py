"""One undo for everything that can be undone: the change made last is taken back first."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack


class UndoController(QObject):
    """Joins the stacks of path and scene; the one that was changed last is undone first."""

    changed = Signal()  # what can be undone or made again

    def __init__(self, stacks: list[QUndoStack], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._group = QUndoGroup(self)
        for stack in stacks:
            self._group.addStack(stack)
            stack.indexChanged.connect(self._follow)

    @property
    def can_undo(self) -> bool:
        """Whether anything can be taken back."""
        return any(stack.canUndo() for stack in self._group.stacks())

    @property
    def can_redo(self) -> bool:
        """Whether anything can be made again."""
        return any(stack.canRedo() for stack in self._group.stacks())

    @property
    def undo_text(self) -> str:
        """What would be taken back."""
        stack = self._first(QUndoStack.canUndo)
        return stack.undoText() if stack else ""

    @property
    def redo_text(self) -> str:
        """What would be made again."""
        stack = self._first(QUndoStack.canRedo)
        return stack.redoText() if stack else ""

    def undo(self) -> str:
        """Take the last change back, and give its name."""
        text, stack = self.undo_text, self._first(QUndoStack.canUndo)
        if stack:
            stack.undo()
        return text

    def redo(self) -> str:
        """Make a change again, and give its name."""
        text, stack = self.redo_text, self._first(QUndoStack.canRedo)
        if stack:
            stack.redo()
        return text

    def _first(self, can) -> QUndoStack | None:
        active = self._group.activeStack()
        order = [active] if active else []
        order += [stack for stack in self._group.stacks() if stack is not active]
        return next((stack for stack in order if can(stack)), None)

    def stop(self) -> None:
        """Hear no more of the stacks, which are about to go."""
        for stack in self._group.stacks():
            stack.indexChanged.disconnect(self._follow)

    def _follow(self, _: int) -> None:
        stack = self.sender()
        if isinstance(stack, QUndoStack):
            self._group.setActiveStack(stack)
        self.changed.emit()
