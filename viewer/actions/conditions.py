"""What actions on the scene depend on."""

from viewer.state.viewer_state import ViewerState


class SceneConditions:
    """What there is of the open scene."""

    def __init__(self, state: ViewerState) -> None:
        self._state = state

    def is_open(self) -> bool:
        """Whether a scene is open."""
        return self._state.scene is not None

    def has_views(self) -> bool:
        """Whether its file holds the capture's cameras."""
        return self._state.scene is not None and bool(self._state.scene.cameras)

    def has_depth(self) -> bool:
        """Whether its model knows depth."""
        return self._state.scene is not None and self._state.scene.config.knows_depth

    def has_picture(self) -> bool:
        """Whether its first picture has come."""
        return self._state.scene is not None and self._state.frame is not None
