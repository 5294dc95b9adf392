"""Whether the user moves the scene at this moment."""

from PySide6.QtCore import QObject, QTimer, Signal

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from viewer.state.viewer_state import ViewerState

REST_MS = 250
"""The interaction is over when the camera has not moved for this long."""


class InteractionState(QObject):
    """Follows the state's camera: a drag, a flight, a held key or playback all are interaction.

    What is heavy and can wait listens to it: the network's threads, training, what is prepared in
    the background.
    """

    interacting_changed = Signal(bool)

    def __init__(self, state: ViewerState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_interacting = False
        self._start_camera: Camera | None = None  # where a scene opens: nobody moved it there
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(lambda: self._set(False))
        state.camera_changed.connect(self._on_camera_changed)
        state.scene_changed.connect(self._on_scene_changed)

    @property
    def is_interacting(self) -> bool:
        """Whether the camera moved a moment ago."""
        return self._is_interacting

    def stop(self) -> None:
        """Rest: nothing is there to be moved."""
        self._rest.stop()
        self._set(False)

    def _on_scene_changed(self, scene: Scene | None) -> None:
        self.stop()
        self._start_camera = scene.start_camera if scene else None

    def _on_camera_changed(self, camera: Camera) -> None:
        if camera == self._start_camera:
            return
        self._start_camera = None
        self._rest.start()
        self._set(True)

    def _set(self, interacting: bool) -> None:
        if interacting != self._is_interacting:
            self._is_interacting = interacting
            self.interacting_changed.emit(interacting)
