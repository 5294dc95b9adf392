"""What paints the picture: one small interface, and the choice between its two painters."""

from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from viewer.viewport.canvas.content import CanvasContent
from viewer.viewport.canvas.letterbox import Rectangle


class Canvas(Protocol):
    """A widget that shows one picture, letterboxed, and nothing else."""

    painted: SignalInstance  # after each painting
    failed: SignalInstance  # str: it cannot paint here, and why

    @property
    def backend_name(self) -> str:
        """What paints, as shown to people."""
        ...

    @property
    def place(self) -> Rectangle:
        """Where the picture lies, in the canvas's logical pixels."""
        ...

    @property
    def max_pixels(self) -> int:
        """Side of pictures beyond which a warp gains nothing."""
        ...

    def show_view(self, shown: CanvasContent) -> None:
        """Show a picture, a warp of some, or one over the other, from the next painting on."""
        ...

    def set_surround(self, color: QColor) -> None:
        """Take `color` around the picture."""
        ...

    def as_widget(self) -> QWidget:
        """The widget itself."""
        ...
