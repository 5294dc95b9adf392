"""Where the canvas, the HUD and the labels lie in the viewport."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from viewer.viewport.canvas.letterbox import Rectangle
from viewer.viewport.overlays.hud import Hud
from viewer.viewport.overlays.labels import BusyLabel, Label
from viewer.viewport.overlays.legend_bar import LegendBar
from viewer.viewport.overlays.mode_switch import HEIGHT, ModeSwitch
from viewer.viewport.overlays.orbit_sphere import room_beside

FOCUS_RING = 2
EDGE = 10
MAX_LABEL_WIDTH = 560
ROOM_FOR_FIGURES = (900, 560)
"""A smaller viewport has room for one line of figures beside the picture."""


@dataclass(frozen=True, eq=False)
class ViewportLayout:
    """The viewport and what always lies over its picture."""

    viewport: QWidget
    switch: ModeSwitch
    busy: BusyLabel
    hud: Hud
    legend: LegendBar
    hint: Label
    message: Label
    value: Label

    @property
    def labels(self) -> tuple[ModeSwitch | BusyLabel | Hud | LegendBar | Label, ...]:
        """All that follows the theme."""
        return self.switch, self.busy, self.hud, self.legend, self.hint, self.message, self.value

    def state(self, picture_place: Rectangle) -> object:
        """What the places depend on; the same as before, they need not be found anew."""
        sizes = tuple((label.isHidden(), label.size()) for label in (self.busy, *self.labels))
        return picture_place, self.viewport.size(), sizes

    def lay_out(self, canvas: QWidget, picture_place: Callable[[], Rectangle]) -> None:
        """Give everything its place; the picture's is asked for when the canvas has its own."""
        ring, width, height = FOCUS_RING, self.viewport.width(), self.viewport.height()
        canvas.setGeometry(ring, ring, width - 2 * ring, height - 2 * ring)
        room = room_beside(self.viewport.size())  # the sphere's corner is left to it
        self.switch.fit(room - 2 * EDGE)
        self.switch.move(EDGE, EDGE)
        busy_x, busy_y = EDGE + self.switch.width() + 8, EDGE + (HEIGHT - self.busy.height()) // 2
        if busy_x + self.busy.width() > room - EDGE:  # no room side by side
            busy_x, busy_y = EDGE, EDGE + HEIGHT + 8
        self.busy.move(busy_x, busy_y)
        self.hud.set_compact(width < ROOM_FOR_FIGURES[0] or height < ROOM_FOR_FIGURES[1])
        self.hud.move(EDGE, height - EDGE - self.hud.height())
        legend_y = height - EDGE - self.legend.height()
        legend_x = width - EDGE - self.legend.width()
        if not self.hud.isHidden() and legend_x < EDGE + self.hud.width() + 8:
            legend_y -= self.hud.height() + 8  # no room side by side
        self.legend.move(legend_x, legend_y)
        self.value.fit(width - 2 * EDGE)
        value_y = height - EDGE - self.value.height()
        if not self.legend.isHidden():
            value_y = legend_y - 6 - self.value.height()
        elif not self.hud.isHidden() and width - 3 * EDGE - self.value.width() < self.hud.width():
            value_y -= self.hud.height() + 8
        self.value.move(width - EDGE - self.value.width(), value_y)
        room = min(width - 2 * EDGE, MAX_LABEL_WIDTH)
        place = picture_place()
        self.hint.fit(room)
        self.hint.move(
            (width - self.hint.width()) // 2,
            round(min(place.y + place.height - self.hint.height() - EDGE, height)),
        )
        self.message.fit(room)
        self.message.move(
            (width - self.message.width()) // 2, (height - self.message.height()) // 2
        )
