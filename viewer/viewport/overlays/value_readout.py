"""Reads the value under the cursor in every display mode."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QHoverEvent
from PySide6.QtWidgets import QWidget

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE, Frustum
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.pictures import surface_depths
from dvox_core.rendering.trust_maps import TrustTerm
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.text.units import significant

UNITS = {
    DisplayMode.DEPTH: "world units",
    DisplayMode.ENTROPY: "bits",
    DisplayMode.OUTSIDE: "outside",
}

ENDS = (QEvent.Type.HoverLeave, QEvent.Type.MouseButtonPress)


class ValueReadout(QObject):
    """Follows the mouse over the viewport and tells the value of the pixel under it.

    It listens to hovering, which needs no mouse tracking, and tells nothing while a button is down
    or the frame of the present camera is still to come.
    """

    def __init__(
        self,
        viewport: QWidget,
        state: ViewerState,
        pixel_at: Callable[[float, float], tuple[float, float] | None],
        show: Callable[[str], object],
    ) -> None:
        super().__init__(viewport)
        self._viewport, self._state = viewport, state
        self._pixel_at, self._show = pixel_at, show
        self._place: QPointF | None = None
        viewport.setAttribute(Qt.WidgetAttribute.WA_Hover)
        viewport.installEventFilter(self)
        for changed in (state.frame_changed, state.display_mode_changed, state.trust_term_changed):
            changed.connect(self._tell)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Listen to moves; take no event away from the viewport."""
        if isinstance(event, QHoverEvent) and event.type() == QEvent.Type.HoverMove:
            self._place = event.position()
            self._tell()
        elif self._place is not None and event.type() in ENDS:
            self._place = None
            self._tell()
        return False

    def _tell(self, *_: object) -> None:
        place, state = self._place, self._state
        scene, frame = state.scene, state.frame
        text = ""
        if place is not None and scene is not None and frame is not None:
            pixel = self._pixel_at(place.x(), place.y())
            if pixel is not None and frame.camera == state.camera:
                text = value_text(
                    frame, state.display_mode, scene.frustum, state.trust_term, *pixel
                )
        self._show(text)


def value_text(
    frame: Frame,
    mode: DisplayMode,
    frustum: Frustum,
    term: TrustTerm,
    u: float,  # pixel of the picture with its border
    v: float,
) -> str:
    """What a mode shows at a pixel, with its place; '' where the frame does not carry it."""
    side = len(frame.picture)
    column, row = (min(max(round(one), 0), side - 1) for one in (u, v))
    place = f"{column}, {row}: "
    if mode is DisplayMode.RGB:
        red, green, blue = (int(value) for value in frame.picture[row, column])
        return f"{place}R {red}  G {green}  B {blue}"
    values = {
        DisplayMode.DEPTH: lambda: surface_depths(frame, frustum),
        DisplayMode.ENTROPY: lambda: frame.entropy,
        DisplayMode.OUTSIDE: lambda: frame.outside_share,
        DisplayMode.TRUST: lambda: None if frame.trust is None else frame.trust.maps.get(term),
    }[mode]()
    if values is None:
        return ""
    across, down = (
        min(round(one * FEATURE_MAP_SIDE / side), FEATURE_MAP_SIDE - 1) for one in (column, row)
    )
    value = float(values[down, across])
    if np.isnan(value):
        return f"{place}no surface"
    return f"{place}{significant(value)} {UNITS.get(mode, '')}".rstrip()
