"""What to paint: the picture of a frame in a display mode, or why there is none."""

from dvox_core.geometry.frustum import Frustum
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.pictures import (
    DepthRange,
    Picture,
    ToLegend,
    depth_picture,
    entropy_picture,
    outside_picture,
    rgb_picture,
    surface_depths,
    trust_picture,
    unchanged,
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
    scale: ToLegend = unchanged,
) -> Picture | None:
    """The picture of `frame` in `mode`; None when the frame does not carry what the mode shows."""
    if mode is DisplayMode.RGB:
        return rgb_picture(frame)
    if mode is DisplayMode.DEPTH:
        return depth_picture(frame, frustum, depths, scale)
    if mode is DisplayMode.OUTSIDE:
        return outside_picture(frame, scale)
    if mode is DisplayMode.TRUST:
        return trust_picture(frame, term, scale)
    return entropy_picture(frame, frustum, scale)


class ModePictures:
    """Composes frames of the state's scene in its display mode, in the colours of its scales."""

    def __init__(self, state: ViewerState) -> None:
        self._state = state

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
            return "No scene is open. Open one by the menu File, or drop a .dvox or .pth file here."
        if not self.are_possible:
            return f"{why_no_depth(self._state.scene.config)}\n{RGB_SHOWS}"
        if self._state.display_mode is DisplayMode.TRUST and self._state.trust_line:
            return self._state.trust_line
        return "" if self._state.frame is not None else "Rendering the first picture…"

    def follow_depths(self, frame: Frame | None) -> bool:
        """Widen the range to the depths of a frame that is shown; whether it has changed."""
        scene = self._state.scene
        if scene is None or frame is None or frame.entropy is None:
            return False
        if self._state.display_mode is not DisplayMode.DEPTH:
            return False
        depths = surface_depths(frame, scene.frustum)
        return depths is not None and self._state.scales.follow_depths(depths)

    def compose(self, frame: Frame | None) -> Picture | None:
        """A frame's picture; None where it does not carry what the mode shows."""
        state = self._state
        scene, mode, depths = state.scene, state.display_mode, state.scales.depths
        if scene is None or frame is None or depths is None:
            return None
        scale = unchanged if mode.quantity is None else state.scales.of(mode.quantity).applied_to
        return compose(frame, mode, scene.frustum, depths, state.trust_term, scale)
