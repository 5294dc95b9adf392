"""Lets files be dropped on a window."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from viewer.theme import ThemeManager
from viewer.widgets.drop_frame import DropFrame, local_files


class DropTarget(QObject):
    """Says what dropping would do while something is dragged over, and hands the files on.

    Attributes:
        frame: what says so.
    """

    files_dragged_in = Signal()

    def __init__(
        self, window: QWidget, themes: ThemeManager, dropped: Callable[[list[Path]], object]
    ) -> None:
        super().__init__(window)
        self.frame = DropFrame(themes, window)
        self._dropped = dropped
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is dragged; only names are looked at before it is dropped."""
        match event.type():
            case QEvent.Type.DragEnter if isinstance(event, QDragEnterEvent):
                paths = local_files(event.mimeData())
                if paths:
                    event.acceptProposedAction()
                    self.files_dragged_in.emit()
                    self.frame.show_text(f"Drop to open {paths[0].name}")
                return True
            case QEvent.Type.DragLeave:
                self.frame.hide()
            case QEvent.Type.Drop if isinstance(event, QDropEvent):
                self.frame.hide()
                event.acceptProposedAction()
                self._dropped(local_files(event.mimeData()))
                return True
        return super().eventFilter(watched, event)
