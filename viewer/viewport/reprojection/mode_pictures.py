"""What to paint: the picture of a frame in a display mode, or why there is none."""

from dvox_core.geometry.frustum import Frustum
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.pictures import (
    DepthRange,
    Picture,
    depth_picture,
    entropy_picture,
    outside_picture,
    rgb_picture,
    start_range,
    surface_depths,
    trust_picture,
)
from dvox_core.rendering.trust_maps import TrustTerm
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.text.scenes import why_no_depth

RGB_SHOWS = "The RGB mode shows its picture."


def compose(
    frame: Frame,
    mode: DisplayMode,
    frustum: Frustum,
    depths: DepthRange,
    term: TrustTerm = TrustTerm.TRUST,
) -> Picture | None:
    """The picture of `frame` in `mode`; None when the frame does not carry what the mode shows."""
    if mode is DisplayMode.RGB:
        return rgb_picture(frame)
    if mode is DisplayMode.DEPTH:
        return depth_picture(frame, frustum, depths)
    if mode is DisplayMode.OUTSIDE:
        return outside_picture(frame)
    if mode is DisplayMode.TRUST:
        return trust_picture(frame, term)
    return entropy_picture(frame, frustum)


class ModePictures:
    """Composes frames of the state's scene in its display mode, over a steady range of depths."""

    def __init__(self, state: ViewerState) -> None:
        self._state = state
        self._depths: DepthRange | None = None

    @property
    def are_possible(self) -> bool:
        """Whether the model can show anything in the present mode."""
        scene = self._state.scene
        if scene is None:
            return False
        return self._state.display_mode is DisplayMode.RGB or scene.config.knows_depth

    @property
    def problem(self) -> str:
        """Why there is no picture, and how to get one; "" where there is one."""
        if self._state.scene is None:
            return "No scene is open. Open one by Ctrl+O, or drop a .dvox or .pth file here."
        if not self.are_possible:
            return f"{why_no_depth(self._state.scene.config)}\n{RGB_SHOWS}"
        if self._state.display_mode is DisplayMode.TRUST and self._state.trust_line:
            return self._state.trust_line
        return "" if self._state.frame is not None else "Rendering the first picture…"

    def begin(self, scene: Scene | None) -> None:
        """Begin anew with the range of depths of another scene."""
        self._depths = start_range(scene.frustum) if scene else None

    def follow_depths(self, frame: Frame | None) -> bool:
        """Widen the range to the depths of a frame that is shown; whether it has changed."""
        scene, before = self._state.scene, self._depths
        if scene is None or frame is None or frame.entropy is None or before is None:
            return False
        if self._state.display_mode is not DisplayMode.DEPTH:
            return False
        depths = surface_depths(frame, scene.frustum)
        if depths is not None:
            self._depths = before.following(depths)
        return self._depths is not before

    def compose(self, frame: Frame | None) -> Picture | None:
        """A frame's picture; None where it does not carry what the mode shows."""
        scene = self._state.scene
        if scene is None or frame is None or self._depths is None:
            return None
        state = self._state
        return compose(frame, state.display_mode, scene.frustum, self._depths, state.trust_term)
