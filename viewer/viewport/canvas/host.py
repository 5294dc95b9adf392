"""Holds the canvas of a viewport, and puts another one in its place when OpenGL fails."""

import logging

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from viewer.viewport.canvas.canvas import Canvas
from viewer.viewport.canvas.content import CanvasContent
from viewer.viewport.canvas.create import make_canvas, make_painter_canvas
from viewer.viewport.canvas.letterbox import Rectangle

_log = logging.getLogger(__name__)


class CanvasHost(QObject):
    """The canvas that paints now, below all other children of its parent.

    Attributes:
        note: why it is not OpenGL; "" where it is.
    """

    painted = Signal()
    replaced = Signal()  # another canvas paints from now on, and shows nothing yet

    def __init__(self, parent: QWidget, canvas: Canvas | None = None) -> None:
        """Make the best canvas that works here, or take the one that is given."""
        super().__init__(parent)
        self._parent = parent
        if canvas is None:
            self._canvas, self.note = make_canvas(parent)
        else:
            self._canvas, self.note = canvas, ""
            canvas.as_widget().setParent(parent)
        self._connect()

    @property
    def name(self) -> str:
        """What paints the picture."""
        return self._canvas.backend_name

    @property
    def widget(self) -> QWidget:
        """The canvas itself."""
        return self._canvas.as_widget()

    @property
    def place(self) -> Rectangle:
        """Where the picture lies, in the parent's logical pixels."""
        place, origin = self._canvas.place, self.widget.pos()
        return Rectangle(place.x + origin.x(), place.y + origin.y(), place.width, place.height)

    @property
    def max_pixels(self) -> int:
        """Side of pictures beyond which a warp gains nothing."""
        return self._canvas.max_pixels

    def show_view(self, content: CanvasContent) -> None:
        """Show this from the next painting on."""
        self._canvas.show_view(content)

    def set_surround(self, color: QColor) -> None:
        """Paint `color` around the picture."""
        self._canvas.set_surround(color)

    def _connect(self) -> None:
        self._canvas.painted.connect(self.painted)
        # Queued: OpenGL fails while it paints, and is not to be deleted then.
        self._canvas.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        self.widget.lower()
        self.widget.show()

    def _on_failed(self, problem: str) -> None:
        _log.warning("painting with QPainter instead of OpenGL: %s", problem)
        failed = self.widget
        self._canvas = make_painter_canvas(self._parent)
        self.note = "OpenGL failed; details are in the log"
        self._connect()
        failed.hide()
        failed.deleteLater()
        self.replaced.emit()
