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
        self._on_rectangle: OnRectangle | None = None
        self._rectangle: PictureRectangle | None = None
        state.camera_changed.connect(lambda _: self._set_rectangle(None))
        state.scene_changed.connect(lambda _: self._on_scene_changed())

    @property
    def wanted(self) -> str:
        """What a rectangle is wanted for; '' if none is."""
        return self._wanted

    @property
    def rectangle(self) -> PictureRectangle | None:
        """What was marked last in this view."""
        return self._rectangle

    def ask(self, request: str, on_rectangle: OnRectangle) -> None:
        """Let the user mark a rectangle, and hand it to `on_rectangle`.

        Args:
            request: what to mark, e.g. "Mark what to take away".
        """
        self._on_rectangle = on_rectangle
        self._set_wanted(request)

    def finish(self, rectangle: PictureRectangle) -> None:
        """Report what the user marked."""
        on_rectangle, self._on_rectangle = self._on_rectangle, None
        self._set_wanted("")
        self._set_rectangle(rectangle)
        if on_rectangle is not None:
            on_rectangle(rectangle)

    def cancel(self) -> None:
        """Ask for none any more."""
        self._on_rectangle = None
        self._set_wanted("")

    def clear(self) -> None:
        """Forget what was marked."""
        self._set_rectangle(None)

    def _on_scene_changed(self) -> None:
        self.cancel()
        self._set_rectangle(None)

    def _set_wanted(self, request: str) -> None:
        if request != self._wanted:
            self._wanted = request
            self.wanted_changed.emit(request)

    def _set_rectangle(self, rectangle: PictureRectangle | None) -> None:
        if rectangle != self._rectangle:
            self._rectangle = rectangle
            self.rectangle_changed.emit(rectangle)
