"""The profile of a map along a line that is moved over it: the line, and the curve below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from dvox_core.rendering.pictures import Legend
from viewer.plots.chart import Chart, Range, line_pen
from viewer.text.units import significant
from viewer.theme import Theme
from viewer.widgets.inputs import Dropdown, labelled
from viewer.widgets.line_profile import (
    LineProfile,
    column_profile,
    line_angle,
    row_profile,
    value_range,
)
from viewer.widgets.map_view import CURSOR, CURSOR_RIM, MapView

HEIGHT = 104
LEFT_PX = 42  # as a map's axis, so that a column of the map stands above its place in the curve
LINE_Z, SPOT_PX = 20, 7
NONE, ROW, COLUMN = "none", "row", "column"
DIRECTIONS = (("None", NONE), ("Along a row", ROW), ("Along a column", COLUMN))


@dataclass(frozen=True, eq=False)
class RayLine:
    """A ray that another camera sees as a line on this map: an epipolar line.

    Attributes:
        key: whose ray it is, for as long as it is offered.
        title: in the list of lines.
        color: of the line.
        profile: its samples, near to far.
    """

    key: object
    title: str
    color: str
    profile: LineProfile


class ProfilePlot(Chart):
    """The values along a line of a map: one curve, or three where the map holds colours."""

    cursor_moved = Signal(object)  # the number of an entry, or None
    stepped = Signal(int)  # entries that the line is to move by

    def __init__(self, name: str) -> None:
        super().__init__(name, HEIGHT, left_px=LEFT_PX, bottom_px=32)
        self.setToolTip(
            "The map's values along the line. Point to read one, Ctrl and wheel zoom both.\n"
            "By keys: left and right move the cursor, up and down the line, Home shows all"
        )
        self.profile: LineProfile | None = None
        self.values = np.zeros((0, 1))  # [N, curves]
        self.cursor_at: int | None = None
        self._unit = ""

    def show_profile(
        self, profile: LineProfile, values: np.ndarray, up: Range, unit: str, theme: Theme
    ) -> None:
        """Show [N] values, or [N, 3] colours, between two values upwards."""
        self.profile, self._unit = profile, unit
        self.values = values.reshape(len(values), -1)
        if self.cursor_at is not None and self.cursor_at >= len(values):
            self.cursor_at = None
        self.set_labels(bottom=profile.across)
        edges = profile.edges
        self.set_ranges((float(edges.min()), float(edges.max())), up)
        self.setAccessibleDescription(self.words)
        self.show_theme(theme)
        self.redraw()

    @property
    def words(self) -> str:
        """Line, range and the value under the cursor, for those who do not see the curve."""
        if self.profile is None:
            return ""
        known = self.values[np.isfinite(self.values)]
        if not known.size:
            return f"{self.profile.name}: no values"
        ends = f"{significant(known.min())} to {significant(known.max())} {self._unit}".rstrip()
        return f"{self.profile.name}: {ends}{self._at_cursor()}"

    def _at_cursor(self) -> str:
        if self.profile is None or self.cursor_at is None:
            return ""
        value, place = self.values[self.cursor_at], self.profile.places[self.cursor_at]
        texts = ["no value" if np.isnan(v) else significant(float(v)) for v in value]
        return f"; {', '.join(texts)} at {significant(float(place), 4)} ({self.profile.across})"

    def set_cursor(self, number: int | None) -> None:
        """Mark an entry, or none."""
        if number != self.cursor_at:
            self.cursor_at = number
            self.setAccessibleDescription(self.words)
            if self.view is not None:
                self._draw_cursor()

    def values_csv(self) -> str:
        """Each entry's place, column, row and value."""
        profile = self.profile
        if profile is None:
            return "place,column,row,value\n"
        names = ["value"] if self.values.shape[1] == 1 else ["red", "green", "blue"]
        rows = np.column_stack([profile.places, profile.columns, profile.rows, self.values])
        lines = [",".join(f"{value:.9g}" for value in row) for row in rows]
        return "\n".join([",".join(["place", "column", "row", *names]), *lines]) + "\n"

    # The plot

    def add_items(self) -> None:
        """The curves, and the cursor."""
        import pyqtgraph as pg

        self._curves = [
            pg.PlotCurveItem([0, 1], [0], stepMode="center", connect="finite") for _ in range(3)
        ]
        self._line = pg.InfiniteLine()
        for item in (*self._curves, self._line):
            self.plot.vb.addItem(item, ignoreBounds=True)

    def draw(self) -> None:
        """Show curves and cursor."""
        count = 0 if self.profile is None else self.values.shape[1]
        theme = self.theme
        colors = (theme.text,) if count == 1 else (theme.red, theme.green, theme.accent)
        for number, curve in enumerate(self._curves):
            curve.setVisible(number < count)
            if number < count:
                assert self.profile is not None
                curve.setData(self.profile.edges, self.values[:, number])
                curve.setPen(line_pen(colors[number]))
        self._draw_cursor()

    def apply_theme(self) -> None:
        """Colour the cursor too."""
        super().apply_theme()
        self._line.setPen(self.theme.muted)

    def _draw_cursor(self) -> None:
        self._line.setVisible(self.cursor_at is not None and self.profile is not None)
        if self.cursor_at is not None and self.profile is not None:
            self._line.setValue(float(self.profile.places[self.cursor_at]))

    # The user

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the cursor to the entry under the mouse."""
        if self.profile is not None and self.ready():
            self._point_at(self.profile.nearest(self.place_at(event.position()).x()))
        event.ignore()

    def leaveEvent(self, event: object) -> None:
        """Take the cursor away."""
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the cursor, up and down the line."""
        key, profile = Qt.Key(event.key()), self.profile
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key, 0)
        line_step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(key, 0)
        if profile is None or not (step or line_step):
            super().keyPressEvent(event)
        elif line_step:
            self.stepped.emit(line_step)
        else:
            if profile.places[-1] < profile.places[0]:
                step = -step  # to the right is what the arrow points at
            start = len(profile.places) // 2 if self.cursor_at is None else self.cursor_at
            self._point_at(min(max(start + step, 0), len(profile.places) - 1))

    def tip_at(self, point: QPointF) -> str:
        """The value under the mouse."""
        at_cursor = self._at_cursor().removeprefix("; ")
        return at_cursor or self.toolTip()

    def _point_at(self, number: int | None) -> None:
        if number != self.cursor_at:
            self.set_cursor(number)
            self.cursor_moved.emit(number)


class MapProfile(QObject):
    """Lets a line be laid over a map and moved, and plots what lies under it.

    The line is moved with the mouse, with Shift and the arrow keys on the map, and with the
    arrow keys on the curve. Curve and map show the same part and one cursor.

    Attributes:
        plot: the curve, to be put below the map.
        row: the choice of the line.
    """

    changed = Signal()  # another line is wanted: show the map again

    def __init__(self, shown: MapView, label_width: int = 64) -> None:
        super().__init__(shown)
        self._map = shown
        self._at = {ROW: -1, COLUMN: -1}  # where the lines lie; −1 is the middle
        self._rays: Sequence[RayLine] = ()
        self._line: Any = None  # pg.InfiniteLine, once there is a map
        self._spot: Any = None  # pg.ScatterPlotItem: the cursor's place on it
        self.direction = Dropdown(
            DIRECTIONS,
            "Profile of the map",
            "A line over the map, whose values are plotted below: drag it, or move it by Shift "
            "and the arrow keys",
        )
        self.plot = ProfilePlot(f"Profile of: {shown.accessibleName()}")
        self.plot.hide()
        self.row = labelled("Profile", self.direction, width=label_width)
        self.direction.chosen.connect(lambda _: self.changed.emit())
        self.plot.stepped.connect(self._step)
        self.plot.cursor_moved.connect(self._on_cursor_moved)
        self.plot.ranges_changed.connect(lambda: self._follow(self.plot))
        shown.made.connect(self.changed)
        shown.line_stepped.connect(self._step)
        shown.ranges_changed.connect(lambda: self._follow(self._map))

    @property
    def profile(self) -> LineProfile | None:
        """The line as it lies over the map; None where there is none."""
        rgba, axes, way = self._map.rgba, self._map.axes, self.direction.value
        if rgba is None or axes is None or way == NONE:
            return None
        height, width = rgba.shape[:2]
        if way == ROW:
            across = axes.across or "column"
            return row_profile((height, width), self._place(), across, axes.left, axes.right)
        if way == COLUMN:
            down = axes.down or "row"
            return column_profile((height, width), self._place(), down, axes.top, axes.bottom)
        return next((ray.profile for ray in self._rays if ray.key == way), None)

    def offer_rays(self, rays: Sequence[RayLine]) -> None:
        """Offer these epipolar lines beside rows and columns."""
        offered = [(ray.title, ray.key) for ray in self._rays]
        self._rays = rays
        entries = [(ray.title, ray.key) for ray in rays]
        if entries != offered:
            self.direction.set_entries([*DIRECTIONS, *entries])

    def show_profile(self, legend: Legend | None, theme: Theme) -> None:
        """Lay the line over what the map shows now, and plot what lies under it."""
        profile = self.profile
        self.plot.setVisible(profile is not None)
        self._map.has_line = profile is not None
        self._draw_line(profile, theme)
        if profile is None:
            return
        values, rgba = self._map.values, self._map.rgba
        assert rgba is not None  # it has a profile
        found = profile.values(rgba[..., :3] if values is None else values)
        ends = None if values is None or legend is None else (legend.low, legend.high)
        up = (0.0, 255.0) if values is None else value_range(found, ends)
        unit = legend.unit if legend is not None and values is not None else ""
        self.plot.show_profile(profile, found, up, unit, theme)
        column, row = self._map.cursor_at
        along = {ROW: column, COLUMN: row}.get(self.direction.value)
        if along is not None:
            self.plot.set_cursor(min(max(round(along), 0), len(profile.places) - 1))
        elif self.direction.value in (ROW, COLUMN):
            self.plot.set_cursor(None)
        self._show_spot()
        self._follow(self._map)

    def _count(self) -> int:
        """How many rows, or columns, the line can lie on; 0 where it is none of these."""
        rgba, way = self._map.rgba, self.direction.value
        if rgba is None or way not in (ROW, COLUMN):
            return 0
        rows, columns = rgba.shape[:2]
        return int(rows if way == ROW else columns)

    def _place(self) -> int:
        """Which of them it lies on."""
        at, count = self._at[self.direction.value], self._count()
        return count // 2 if at < 0 else min(at, count - 1)

    # The line

    def _draw_line(self, profile: LineProfile | None, theme: Theme) -> None:
        if self._map.view is None:
            return  # the map is shown again once it is there
        if self._line is None:
            import pyqtgraph as pg

            self._line = pg.InfiniteLine()
            self._line.sigDragged.connect(self._on_dragged)
            self._spot = pg.ScatterPlotItem([0], [0], size=SPOT_PX, pen=CURSOR_RIM, brush=CURSOR)
            for number, item in enumerate((self._line, self._spot)):
                item.setZValue(LINE_Z + number)
                self._map.plot.vb.addItem(item, ignoreBounds=True)
        ends = None if profile is None else profile.ends
        self._line.setVisible(ends is not None)
        self._spot.setVisible(False)
        if ends is None:
            return
        way = self.direction.value
        color = next((ray.color for ray in self._rays if ray.key == way), theme.accent)
        self._line.setPen(line_pen(color, 1.5))
        self._line.setHoverPen(line_pen(color, 3))
        self._line.setMovable(way in (ROW, COLUMN))
        first, last = (self._map.plot_place(*entry) for entry in ends)
        self._line.setAngle(line_angle(first, last))
        self._line.setPos(first)

    def _on_dragged(self, line: Any) -> None:
        column, row = self._map.entry_of_place(QPointF(*line.getPos()))
        self._move_to(round(row if self.direction.value == ROW else column))

    def _step(self, step: int) -> None:
        """Move the line by entries, or go to another ray."""
        way = self.direction.value
        if self._count():
            self._move_to(self._place() + step)
        elif way not in (NONE, ROW, COLUMN):
            keys = [ray.key for ray in self._rays]
            self.direction.choose(keys[(keys.index(way) + step) % len(keys)])

    def _move_to(self, at: int) -> None:
        if self._count():
            self._at[self.direction.value] = min(max(at, 0), self._count() - 1)
            self.changed.emit()

    # Cursor and ranges

    def _on_cursor_moved(self, number: int | None) -> None:
        self._show_spot()
        self._map.hovered.emit(self._entry)

    @property
    def _entry(self) -> tuple[float, float] | None:
        """The map's entry that the curve's cursor is at."""
        profile, number = self.profile, self.plot.cursor_at
        if profile is None or number is None or number >= len(profile.places):
            return None
        column, row = profile.entry(number)
        return (column, row) if np.isfinite(column + row) else None

    def _show_spot(self) -> None:
        entry = self._entry
        if self._spot is not None:
            self._spot.setVisible(entry is not None)
            if entry is not None:
                self._spot.setPos(*self._map.plot_place(*entry))

    def _follow(self, leader: Chart) -> None:
        """Show the same part along the line in map and curve."""
        way = self.direction.value
        if way not in (ROW, COLUMN) or self.plot.profile is None or self.plot.isHidden():
            return
        is_column = way == COLUMN
        shown_by_map, shown_by_plot = self._map.ranges[int(is_column)], self.plot.ranges[0]
        if np.allclose(shown_by_map, shown_by_plot, rtol=1e-6, atol=1e-12):
            return
        if leader is self._map:
            self.plot.zoom_to(across=shown_by_map)
        elif is_column:
            self._map.zoom_to(up=shown_by_plot)
        else:
            self._map.zoom_to(across=shown_by_plot)
