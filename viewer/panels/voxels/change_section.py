"""What the edits change in the picture: the difference to the unedited view."""

import numpy as np
from PySide6.QtCore import QTimer

from dvox_core.rendering.colormaps import WEIGHTS
from dvox_core.rendering.frame import Frame, without_border
from dvox_core.rendering.pictures import Legend
from viewer.panels.panel import PanelContext, Section
from viewer.text.units import percent
from viewer.widgets.map_view import MapView
from viewer.widgets.scale_bar import ScaleBar

REST_MS = 200
"""How long the camera rests before the unedited picture is rendered."""

STEPS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Ranges of the colours: the least that holds all changes, so that a drag does not flicker."""


class ChangeSection(Section):
    """Shown while there are edits; has the unedited view rendered once the camera rests."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Change of the picture")
        self._context = context
        self._unedited: Frame | None = None
        self._live = False
        self.map = MapView("Change of the picture by the edits")
        self.scale = ScaleBar()
        self.column.addWidget(self.map)
        self.column.addWidget(self.scale)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._ask)
        context.edits.unedited_changed.connect(self._on_unedited_changed)
        context.state.scene_changed.connect(lambda _: self._forget())

    def set_live(self, live: bool) -> None:
        """Start or stop following the picture."""
        self._live = live
        if not live:
            self._rest.stop()

    def show_frame(self, frame: Frame | None) -> None:
        """Compare the newest frame with the unedited view from the same camera."""
        if frame is not None and not frame.interventions.edits and not frame.draft:
            self._unedited = frame
        edited = frame is not None and bool(frame.interventions.edits)
        self.setVisible(edited)
        if not edited or frame is None:
            self._rest.stop()
            return
        unedited = self._unedited
        if unedited is None or unedited.camera != frame.camera:
            self.set_remark("waits for the view without edits")
            self._rest.start()
            return
        self._show_change(unedited, frame)

    def _show_change(self, before: Frame, after: Frame) -> None:
        one, other = (without_border(frame.picture).astype(np.int16) for frame in (before, after))
        change = np.abs(other - one).mean(axis=2, dtype=np.float32) / 255
        high = next((step for step in STEPS if step >= change.max()), 1.0)
        legend = Legend("Mean change of the colours", "share", WEIGHTS, 0.0, high)
        self.map.show_values(change, legend)
        self.scale.show_legend(legend, self._context.themes.theme)
        self.set_remark(f"mean {percent(change.mean(), 1)}, largest {percent(change.max())}")

    def _ask(self) -> None:
        frame = self._context.state.frame
        if self._live and frame is not None and frame.interventions.edits:
            self._context.edits.ask_for_unedited(frame.camera)

    def _on_unedited_changed(self, frame: Frame) -> None:
        self._unedited = frame
        if self._live:
            self.show_frame(self._context.state.frame)

    def _forget(self) -> None:
        self._unedited = None
        self.map.show_nothing()
