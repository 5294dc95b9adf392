"""How the camera is steered: options of mouse and keys, framing, views along the axes."""

from PySide6.QtCore import QObject

from viewer.controllers.context import ControllerContext
from viewer.state.navigation_options import NavigationOptions
from viewer.state.selection import Selection
from viewer.viewport.navigation.navigator import Navigator


class NavigationController(QObject):
    """Between navigator, selection and settings."""

    def __init__(
        self, context: ControllerContext, navigator: Navigator, selection: Selection
    ) -> None:
        super().__init__(context.parent)
        self._settings, self._navigator, self._selection = context.settings, navigator, selection
        navigator.options = NavigationOptions.from_text(context.settings.navigation)

    @property
    def options(self) -> NavigationOptions:
        """How mouse and keys steer."""
        return self._navigator.options

    def set_options(self, options: NavigationOptions) -> None:
        """Let mouse and keys steer otherwise, and remember it."""
        self._navigator.options = options
        self._settings.navigation = options.to_text()

    def frame(self) -> None:
        """See the newest pin near; the whole object where there is none, or none on a surface."""
        pins = self._selection.pins
        if not pins or not self._navigator.frame_pixel(*pins[-1].pixel):
            self._navigator.frame_object()

    def look_along(self, name: str) -> None:
        """Look at the pivot from the "front", "back", "right", "left", "top" or "bottom"."""
        self._navigator.look_along(name)

    def straighten(self) -> None:
        """Turn to the nearest view along an axis."""
        self._navigator.straighten()
