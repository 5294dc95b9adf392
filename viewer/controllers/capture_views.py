"""Goes to the views of the capture: the next one, the one before, the nearest."""

from PySide6.QtCore import QObject

from dvox_core.model.scene import SceneCamera
from viewer.controllers.context import ControllerContext
from viewer.state.capture_views import stepped_view, view_label
from viewer.workers.comparison.comparison import Comparison


class CaptureViewController(QObject):
    """Looks from the capture's cameras, exactly."""

    def __init__(self, context: ControllerContext, comparison: Comparison) -> None:
        """Take the nearest view among those that `comparison` compares with."""
        super().__init__(context.parent)
        self._state, self._notifications = context.state, context.notifications
        self._comparison = comparison

    def step(self, count: int) -> None:
        """Look from the view that is `count` views further on in the capture, or back."""
        scene, camera = self._state.scene, self._state.camera
        if scene is not None and camera is not None:
            self._go_to(stepped_view(camera, scene.cameras, count))

    def go_to_nearest(self) -> None:
        """Look from the nearest view of the capture."""
        if self._state.camera is not None:
            self._go_to(self._comparison.nearest_view(self._state.camera))

    def _go_to(self, view: SceneCamera | None) -> None:
        if view is not None:
            self._state.set_camera(view.camera)
            self._notifications.show_info(f"View {view_label(view)}", topic="view")
