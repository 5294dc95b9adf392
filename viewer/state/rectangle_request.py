"""A rectangle of the picture that a panel asks for and the user marks."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from dvox_core.inspection.rectangle import PictureRectangle
from viewer.state.viewer_state import ViewerState

OnRectangle = Callable[[PictureRectangle], object]


class RectangleRequest(QObject):
    """Whether a rectangle is wanted, and the one that was marked last. On the window's thread.

    The rectangle is of one view: another camera or another scene forgets it.
    """

    wanted_changed = Signal(str)  # what it is wanted for, as a request; '' when not any more
    rectangle_changed = Signal(object)  # PictureRectangle | None

    def __init__(self, state: ViewerState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = ""
        self._taker: OnRectangle | None = None
        self._rectangle: PictureRectangle | None = None
        state.camera_changed.connect(lambda _: self._show(None))
        state.scene_changed.connect(lambda _: self._forget())

    @property
    def wanted(self) -> str:
        """What a rectangle is wanted for; '' if none is."""
        return self._wanted

    @property
    def rectangle(self) -> PictureRectangle | None:
        """What was marked last in this view."""
        return self._rectangle

    def ask(self, request: str, taker: OnRectangle) -> None:
        """Let the user mark a rectangle, and give it to `taker`.

        Args:
            request: what to mark, e.g. "Mark what to take away".
        """
        self._taker = taker
        self._want(request)

    def finish(self, rectangle: PictureRectangle) -> None:
        """Take what the user marked."""
        taker, self._taker = self._taker, None
        self._want("")
        self._show(rectangle)
        if taker is not None:
            taker(rectangle)

    def cancel(self) -> None:
        """Want none any more."""
        self._taker = None
        self._want("")

    def clear(self) -> None:
        """Forget what was marked."""
        self._show(None)

    def _forget(self) -> None:
        self.cancel()
        self._show(None)

    def _want(self, request: str) -> None:
        if request != self._wanted:
            self._wanted = request
            self.wanted_changed.emit(request)

    def _show(self, rectangle: PictureRectangle | None) -> None:
        if rectangle != self._rectangle:
            self._rectangle = rectangle
            self.rectangle_changed.emit(rectangle)
