"""A map of numbers in colours, with a cursor, pins, and axes in their units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QInputEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QGraphicsRectItem, QSizePolicy

from dvox_core.rendering.pictures import Legend, colors_of
from viewer.plots.chart import RIGHT_PX, TOP_PX, Chart, line_pen
from viewer.plots.plot_host import USUAL_WIDTH
from viewer.theme import Theme

if TYPE_CHECKING:
    import pyqtgraph as pg

RING_PX, CROSS_PX = 10, 15
CROSS_OPACITY = 0.5
KEY_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
SHIFT = Qt.KeyboardModifier.ShiftModifier
CLICK_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return)
CURSOR_RIM, CURSOR = QColor(0, 0, 0, 150), QColor(255, 255, 255)  # seen on any colour

Entry = tuple[float, float]
"""Column and row of a map; whole numbers are entries' middles."""


@dataclass(frozen=True)
class Mark:
    """A ring on a map, at entry (column, row)."""

    column: float
    row: float
    color: str


@dataclass(frozen=True)
class MapAxes:
    """What a map's edges stand for, and what is written at its axes."""

    across: str
    left: float
    right: float
    down: str
    top: float
    bottom: float


class MapView(Chart):
    """Shows an array, entry by entry, as wide as there is room.

    `proportion` is its height as a share of its width. A map zooms and pans both ways.
    """

    hovered = Signal(object)  # the entry under mouse or keys, or None
    clicked = Signal(float, float)  # column, row
    line_stepped = Signal(int)  # entries: by Shift and the arrow keys, while a line lies over it

    def __init__(
        self,
        name: str,
        *,
        proportion: float = 1.0,
        has_axes: bool = False,
        is_smooth: bool = False,  # as pictures are shown; numbers are shown entry by entry
    ) -> None:
        super().__init__(
            name,
            left_px=42 if has_axes else 0,
            bottom_px=32 if has_axes else 0,
            zooms=(True, True),
        )
        self._proportion, self._is_smooth = proportion, is_smooth
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.values: NDArray[np.floating] | None = None
        self.cursor_at: tuple[float | None, float | None] = (None, None)
        self.marks: Sequence[Mark] = ()
        self.cross: tuple[float, float] | None = None
        self.caption = ""
        self.rgba: NDArray[np.uint8] | None = None
        self.axes: MapAxes | None = None
        self.has_line = False  # one that can be dragged
        self._drawn: object = None
        self._rings_of: object = None
        self._placed: object = None
        self._told_by: type[QInputEvent] | None = None  # mouse or keys

    def show_values(
        self, values: NDArray[np.floating], legend: Legend, axes: MapAxes | None = None
    ) -> None:
        """Show [H, W] in the legend's colours; entries that are NaN stay grey."""
        rgba = colors_of(values, legend)
        self.show_pixels(rgba, axes)
        self.values = values

    def show_pixels(self, rgba: NDArray[np.uint8], axes: MapAxes | None = None) -> None:
        """Show [H, W, 4] as it is."""
        height, width = rgba.shape[:2]
        self.values, self.rgba = None, rgba
        self.axes = axes or MapAxes("", 0.0, width, "", 0.0, height)
        if axes is not None:
            self.set_labels(left=axes.down, bottom=axes.across)
        self.set_ranges(
            (self.axes.left, self.axes.right),
            (min(self.axes.top, self.axes.bottom), max(self.axes.top, self.axes.bottom)),
        )
        self.redraw()

    def show_nothing(self) -> None:
        """Be empty."""
        self.values = self.rgba = None
        self.redraw()

    def mark(
        self,
        cursor: tuple[float | None, float | None],
        marks: Sequence[Mark],
        theme: Theme,
    ) -> None:
        """Mark entries; a cursor that knows only its column or its row is a line."""
        self.cursor_at, self.marks = cursor, marks
        self.show_theme(theme)
        if self.view is not None:
            self._draw_marks()

    def show_cross(self, entry: Entry | None, caption: str) -> None:
        """Frame an entry, draw lines through it, and write a word into the corner."""
        self.cross, self.caption = entry, caption
        if self.view is not None:
            self._draw_marks()

    def entry_at(self, point: QPointF) -> Entry | None:
        """The entry under a point of the widget."""
        if self.rgba is None or not self.area.contains(point):
            return None
        return self.entry_of_place(self.place_at(point))

    def place_of(self, column: float, row: float) -> QPointF:
        """Where an entry's middle is shown."""
        return self.point_of(*self.plot_place(column, row))

    def value_at(self, column: float, row: float) -> float:
        """The value of the nearest entry; NaN where there is none."""
        if self.values is None:
            return float("nan")
        height, width = self.values.shape
        y, x = round(min(max(row, 0), height - 1)), round(min(max(column, 0), width - 1))
        return float(self.values[y, x])

    def values_csv(self) -> str:
        """Each entry with its value, or with its colour where there are no values."""
        if self.values is None:
            rgba = np.zeros((0, 0, 4), np.uint8) if self.rgba is None else self.rgba
            rows = [f"{r},{c},{rgba[r, c, :3].tolist()}" for r, c in np.ndindex(rgba.shape[:2])]
            return "\n".join(["row,column,colour", *rows]).replace(", ", " ") + "\n"
        rows = [f"{r},{c},{value:.9g}" for (r, c), value in np.ndenumerate(self.values)]
        return "\n".join(["row,column,value", *rows]) + "\n"

    # The map

    def add_items(self) -> None:
        """Picture, lines and cross of the cursor, rings, an entry's frame, and a word."""
        import pyqtgraph as pg

        self._image = pg.ImageItem(axisOrder="row-major")
        self._rings = pg.ScatterPlotItem(brush=None)
        self._cross = pg.ScatterPlotItem(  # is moved as a whole, which is faster than new data
            [0], [0], symbol="+", size=CROSS_PX, pen=CURSOR_RIM, brush=CURSOR
        )
        self._lines = [
            (angle, pg.InfiniteLine(angle=angle, pen=line_pen(color, width)))
            for angle in (90, 0)
            for color, width in ((CURSOR_RIM, 3), (CURSOR, 1))
        ]
        for item in (self._image, *(line for _, line in self._lines), self._rings, self._cross):
            self.plot.vb.addItem(item, ignoreBounds=True)
        self._frame = QGraphicsRectItem()
        self._frame.setPen(line_pen(CURSOR))
        self.plot.vb.addItem(self._frame, ignoreBounds=True)
        self._word = pg.TextItem(color=CURSOR, fill=CURSOR_RIM)
        self._word.setFont(self.font())
        self._word.setParentItem(self.plot.vb)
        self._word.setPos(2, 2)
        lines = [line for _, line in self._lines]
        self._marks = [*lines, self._rings, self._cross, self._frame, self._word]

    def make_view(self) -> pg.GraphicsView:
        """Make plot, axes and map."""
        view = super().make_view()
        view.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._is_smooth)
        return view

    def draw(self) -> None:
        """Show picture and marks."""
        rgba, axes = self.rgba, self.axes
        self._image.setVisible(rgba is not None)
        if rgba is None or axes is None:
            self._drawn = None  # the marks come back with the next map
            for item in self._marks:
                item.hide()
            return
        self._image.setImage(np.ascontiguousarray(rgba), autoLevels=False, levels=None)
        if (axes, rgba.shape) != self._placed:
            self._placed = (axes, rgba.shape)
            self.plot.vb.invertY(axes.bottom > axes.top)
            self._image.setRect(axes.left, axes.top, axes.right - axes.left, axes.bottom - axes.top)
        self._draw_marks()

    def apply_theme(self) -> None:
        """An empty map is raised."""
        super().apply_theme()
        self.plot.vb.setBackgroundColor(self.theme.raised)

    def _draw_marks(self) -> None:
        wanted = (self.cursor_at, tuple(self.marks), self.cross, self.caption, self.axes)
        if self.rgba is None or wanted == self._drawn:
            return
        self._drawn = wanted
        if (wanted[1], self.axes) != self._rings_of:
            self._rings_of = (wanted[1], self.axes)
            self._draw_rings()
        column, row = self.cursor_at
        is_point = column is not None and row is not None
        x, y = self.plot_place(column or 0.0, row or 0.0)
        self._rings.show()
        self._cross.setVisible(is_point)
        self._cross.setPos(x, y)
        if self.cross is not None:
            column, row = self.cross
            self._frame.setRect(
                QRectF(
                    QPointF(*self.plot_place(column - 0.5, row - 0.5)),
                    QPointF(*self.plot_place(column + 0.5, row + 0.5)),
                )
            )
            x, y = self.plot_place(column, row)
        self._frame.setVisible(self.cross is not None)
        self._word.setVisible(bool(self.caption))
        self._word.setText(self.caption)
        for angle, line in self._lines:
            known = column if angle == 90 else row
            shown = known is not None and (self.cross is not None or not is_point)
            line.setVisible(shown)
            if shown:
                line.setOpacity(1.0 if self.cross is None else CROSS_OPACITY)
                line.setValue(x if angle == 90 else y)

    def _draw_rings(self) -> None:
        self._rings.setData(
            [
                {
                    "pos": self.plot_place(mark.column, mark.row),
                    "size": RING_PX,
                    "pen": line_pen(color, width),
                }
                for mark in self.marks
                for color, width in ((CURSOR_RIM, 3.5), (QColor(mark.color), 2.0))
            ]
        )

    def plot_place(self, column: float, row: float) -> tuple[float, float]:
        """An entry's middle in the plot's units."""
        if self.rgba is None or self.axes is None:
            return 0.0, 0.0
        axes, (height, width) = self.axes, self.rgba.shape[:2]
        return (
            axes.left + (column + 0.5) / width * (axes.right - axes.left),
            axes.top + (row + 0.5) / height * (axes.bottom - axes.top),
        )

    def entry_of_place(self, place: QPointF) -> Entry:
        """The entry at a place in the plot's units."""
        assert self.rgba is not None
        assert self.axes is not None
        axes, (height, width) = self.axes, self.rgba.shape[:2]
        return (
            (place.x() - axes.left) / (axes.right - axes.left) * width - 0.5,
            (place.y() - axes.top) / (axes.bottom - axes.top) * height - 0.5,
        )

    # Qt's overrides

    def heightForWidth(self, width: int) -> int:
        """The map keeps its proportion; its axes add to it."""
        if not self._axis_px["left"]:
            return round(width * self._proportion)
        across = width - self._axis_px["left"] - RIGHT_PX
        return round(across * self._proportion) + self._axis_px["bottom"] + TOP_PX

    def sizeHint(self) -> QSize:
        """As wide as a panel."""
        return QSize(USUAL_WIDTH, self.heightForWidth(USUAL_WIDTH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor by the arrow keys, and click by Space or Return."""
        key = Qt.Key(event.key())
        if self.has_line and key in KEY_STEPS and event.modifiers() & SHIFT:
            self.line_stepped.emit(sum(KEY_STEPS[key]))
            return
        if self.rgba is None or (key not in KEY_STEPS and key not in CLICK_KEYS):
            super().keyPressEvent(event)
            return
        column, row = self.cursor_at
        height, width = self.rgba.shape[:2]
        column = width // 2 if column is None else round(column)
        row = height // 2 if row is None else round(row)
        if key in CLICK_KEYS:
            self.clicked.emit(column, row)
            return
        across, down = KEY_STEPS[key]
        entry = min(max(column + across, 0), width - 1), min(max(row + down, 0), height - 1)
        self._tell(entry, QKeyEvent)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor of the keys goes with them."""
        super().focusOutEvent(event)
        self._tell(None, QKeyEvent)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is under the mouse; one that rests where the map appears only enters it."""
        self._tell(self.entry_at(event.position()), QMouseEvent)
        # A drag is pyqtgraph's, and pans; a line lights up under the mouse.
        event.setAccepted(not event.buttons() and not self.has_line)

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the mouse any more."""
        self._tell(None, QMouseEvent)

    def _tell(self, entry: Entry | None, by: type[QInputEvent]) -> None:
        """Say what mouse or keys point at; each unsays only what it has said itself.

        Focus and mouse also go where the map had neither: what the picture points at then stays.
        """
        if entry is not None or self._told_by is by:
            self._told_by = None if entry is None else by
            self.hovered.emit(entry)

    def clicked_at(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Tell what was clicked."""
        entry = self.entry_at(point)
        if entry is not None:
            self.clicked.emit(*entry)


def opaque(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[H, W, 3] → opaque [H, W, 4]."""
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, dtype=np.uint8)])
