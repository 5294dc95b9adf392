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
)
from viewer.state.viewer_state import DisplayMode

NO_DEPTH = (
    "This model has no depth: it was trained without the occlusion network.\n"
    "The RGB mode shows its picture."
)


def compose(
    frame: Frame, mode: DisplayMode, frustum: Frustum, depths: DepthRange
) -> Picture | None:
    """The picture of `frame` in `mode`; None when the frame does not carry what the mode shows."""
    if mode is DisplayMode.RGB:
        return rgb_picture(frame)
    if mode is DisplayMode.DEPTH:
        return depth_picture(frame, frustum, depths)
    if mode is DisplayMode.OUTSIDE:
        return outside_picture(frame)
    return entropy_picture(frame, frustum)


def why_no_picture(scene: Scene | None, mode_has_picture: bool, has_frame: bool) -> str:
    """What to say where no picture is, and how to get one; '' where one is."""
    if scene is None:
        return "No scene is open. Open one by Ctrl+O, or drop a .dvox or .pth file here."
    if not mode_has_picture:
        return NO_DEPTH
    return "" if has_frame else "Rendering the first picture…"
