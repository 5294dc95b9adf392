"""Goes back and forth between the views that the camera rested at, as browsers do with pages."""

from PySide6.QtCore import QObject, Signal

from dvox_core.model.scene import Scene
from viewer.controllers.context import ControllerContext
from viewer.viewport.navigation.camera_motion import OrbitPose
from viewer.viewport.navigation.navigator import Navigator

MAX_VIEWS = 100


class CameraHistory(QObject):
    """The views of the open scene at which the camera came to rest, and where one is in them."""

    changed = Signal()  # whether there is a view before, or after

    def __init__(self, context: ControllerContext, navigator: Navigator) -> None:
        super().__init__(context.parent)
        self._navigator = navigator
        self._views: list[OrbitPose] = []
        self._place = -1
        context.state.scene_changed.connect(self._begin)
        context.session.interaction.interacting_changed.connect(self._on_interacting)
        self._begin(context.state.scene)

    @property
    def can_go_back(self) -> bool:
        """Whether there is a view before the present one."""
        return self._place > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether one went back from another view."""
        return self._place + 1 < len(self._views)

    def go_back(self) -> None:
        """Fly to the view before."""
        self._note()  # where one is, though the camera may not have rested long enough
        if self.can_go_back:
            self._go(-1)

    def go_forward(self) -> None:
        """Fly to the view that one went back from."""
        if self.can_go_forward:
            self._go(1)

    def _go(self, step: int) -> None:
        self._place += step
        self._navigator.fly_to(self._views[self._place])
        self.changed.emit()

    def _begin(self, _: Scene | None) -> None:
        self._views, self._place = [], -1
        self._note()

    def _on_interacting(self, interacting: bool) -> None:
        if not interacting:
            self._note()

    def _note(self) -> None:
        """Take the present view down, in place of those that one went back from."""
        view = self._navigator.view
        if view is None or self._navigator.flying:
            return
        if self._place >= 0 and view.camera == self._views[self._place].camera:
            return
        self._views = [*self._views[: self._place + 1], view][-MAX_VIEWS:]
        self._place = len(self._views) - 1
        self.changed.emit()
