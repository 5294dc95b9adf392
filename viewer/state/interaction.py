"""Whether the hand moves the scene at this moment."""

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from viewer.state.viewer_state import ViewerState

REST_MS = 250
"""The hand rests when the camera has not moved for this long."""


class InteractionState(QObject):
    """Follows the state's camera: a drag, a flight, a held key or playback all count as the hand.

    What is heavy and can wait listens to it: the network's threads, training, what is prepared in
    the background.
    """

    moving_changed = Signal(bool)

    def __init__(self, state: ViewerState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._moving = False
        self._placed: Camera | None = None  # where a scene opens: nobody moved there
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(lambda: self._set(False))
        state.camera_changed.connect(self._move)
        state.scene_changed.connect(self._begin)

    @property
    def moving(self) -> bool:
        """Whether the camera moved a moment ago."""
        return self._moving

    def stop(self) -> None:
        """Rest: nothing is there to be moved."""
        self._rest.stop()
        self._set(False)

    def _begin(self, scene: Scene | None) -> None:
        self.stop()
        self._placed = scene.start_camera if scene else None

    def _move(self, camera: Camera) -> None:
        if camera == self._placed:
            return
        self._placed = None
        self._rest.start()
        self._set(True)

    def _set(self, moving: bool) -> None:
        if moving != self._moving:
            self._moving = moving
            self.moving_changed.emit(moving)
