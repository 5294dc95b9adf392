"""A plot with axes: themed, zoomed by Ctrl and the wheel, with a menu that exports it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QGuiApplication,
    QKeyEvent,
    QPen,
    Qt,
)
from PySide6.QtWidgets import QMenu

from viewer.plots.export import ask_and_save, make_menu, picture_entries, pop_up, save_plot
from viewer.plots.plot_host import PlotHost, keep_menu_with
from viewer.plots.tick_texts import log_tick_texts, tick_texts
from viewer.theme import CAPTION_PX, Theme, faded, interface_font, tabular

if TYPE_CHECKING:
    import pyqtgraph as pg

Range = tuple[float, float]

KEY_ZOOM = 0.8
LEGEND_ALPHA = 150
LEAST_SPAN = 1e-9  # of the values: nearer ends have the same labels, and pyqtgraph fails on them
RIGHT_PX, TOP_PX = 16, 6
"""Room beside the axes, so that the last labels are whole."""


def line_pen(
    color: str | QColor, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine
) -> QPen:
    """A pen whose width is in the window's pixels, whatever the plot's units are."""
    application = QGuiApplication.instance()
    scale = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
    pen = QPen(QColor(color), width * scale, style)  # Qt counts the screen's own for such a pen
    pen.setCosmetic(True)
    return pen


def sound_range(ends: Range) -> Range:
    """A range that can be shown, which may run downwards: finite, and wider than rounding."""
    first, last = (float(end) for end in ends)
    if not (math.isfinite(first) and math.isfinite(last)):
        return 0.0, 1.0
    size = max(abs(first), abs(last))
    if abs(last - first) > LEAST_SPAN * size:
        return first, last
    return first - (size / 2 or 0.5), last + (size / 2 or 0.5)


def add_legend(plot: Any, columns: int = 1) -> Any:
    """A `pg.LegendItem` in the upper right corner of a `pg.PlotItem`; its signs hide curves."""
    import pyqtgraph as pg

    legend = pg.LegendItem(
        offset=(-4, 2), colCount=columns, verSpacing=-6, labelTextSize=f"{CAPTION_PX}px"
    )
    legend.setParentItem(plot.vb)
    return legend


def color_legend(legend: Any, theme: Theme) -> None:
    """Give a `pg.LegendItem` the theme's colours."""
    legend.setBrush(faded(theme.panel, LEGEND_ALPHA))
    legend.setPen(theme.line)
    legend.setLabelTextColor(theme.text)
    for _, label in legend.items:
        label.setText(label.text)  # its colour is taken with its text


def write_ticks(axis: Any, font: QFont) -> None:
    """Let a `pg.AxisItem` write short numbers in a font, at a few ticks."""
    axis.enableAutoSIPrefix(False)
    axis.setTickFont(font)
    axis.setStyle(tickLength=-3, tickTextOffset=3, maxTickLevel=0, hideOverlappingLabels=False)
    axis.tickStrings = partial(tick_strings, axis)


def tick_strings(axis: Any, values: Sequence[float], scale: float, spacing: float) -> list[str]:
    """What is written at ticks of a `pg.AxisItem`."""
    if axis.logMode:
        return log_tick_texts(values, abs(axis.range[1] - axis.range[0]))
    return tick_texts([value * scale for value in values], spacing * scale)


class Chart(PlotHost):
    """Axes at the left and below, of fixed size, so that nothing moves when values change.

    Args:
        name: for those who do not see it.
        height: None for one that changes.
        bottom: what is to the right, with its unit; "" writes no label.
        left_px, bottom_px: room for the axes; 0 shows none.
        zooms: whether the horizontal and the vertical range can be changed by hand.
    """

    ranges_changed = Signal()  # another part is in view

    def __init__(
        self,
        name: str,
        height: int | None = None,
        *,
        bottom: str = "",
        left_px: int = 48,
        bottom_px: int = 18,
        zooms: tuple[bool, bool] = (True, False),
    ) -> None:
        super().__init__(name, height)
        self.plot: Any = None  # pg.PlotItem, once pyqtgraph is there
        self._labels = {"left": "", "bottom": bottom}
        self._axis_px = {"left": left_px, "bottom": bottom_px}
        self._zooms = zooms
        self._zoomed = False
        self._home: tuple[Range, Range] = ((0.0, 1.0), (0.0, 1.0))
        self.setFont(tabular(interface_font(CAPTION_PX)))

    def add_items(self) -> None:
        """Add what is plotted to `self.plot`."""

    def values_csv(self) -> str | None:
        """The values as a table; None leaves it to pyqtgraph, which writes all curves."""
        return None

    # Ranges

    @property
    def ranges(self) -> tuple[Range, Range]:
        """What is in view to the right and upwards."""
        if self.plot is None:
            return self._home
        across, up = self.plot.vb.viewRange()
        return (across[0], across[1]), (up[0], up[1])

    def set_ranges(self, across: Range, up: Range) -> None:
        """Show these, in a direction that the user has zoomed only when all is shown again.

        A range that is empty is widened; one that is not finite becomes 0 to 1.
        """
        across, up = sound_range(across), sound_range(up)
        if (across, up) != self._home:
            self._home = (across, up)
            self._apply_home()

    def show_all(self) -> None:
        """Forget the user's zooming."""
        self._zoomed = False
        self._apply_home()

    def _apply_home(self) -> None:
        if self.plot is None:
            return
        (left, right), (low, high) = self._home
        box = self.plot.vb
        if self._zooms[0]:
            box.setLimits(xMin=min(left, right), xMax=max(left, right))
        if self._zooms[1]:
            box.setLimits(yMin=min(low, high), yMax=max(low, high))
        across, up = self.ranges
        if not (self._zoomed and self._zooms[0]):
            across = (left, right)
        if not (self._zoomed and self._zooms[1]):
            up = (low, high)
        box.setRange(xRange=across, yRange=up, padding=0, disableAutoRange=True)

    def zoom_to(self, across: Range | None = None, up: Range | None = None) -> None:
        """Show a part, as the user's zooming does; what is not given stays."""
        if self.plot is None:
            return
        self._zoomed = (across or self._home[0], up or self._home[1]) != self._home
        self.plot.vb.setRange(xRange=across, yRange=up, padding=0, disableAutoRange=True)

    def _on_zoomed(self, *_: object) -> None:
        self._zoomed = True

    def point_of(self, x: float, y: float) -> QPointF:
        """Where a place of the plot is shown in the widget."""
        if not self.ready():
            return QPointF()
        point: QPointF = self.plot.vb.mapViewToScene(QPointF(x, y))
        return point

    def place_at(self, point: QPointF) -> QPointF:
        """The place of the plot at a point of the widget."""
        return self.plot.vb.mapSceneToView(point) if self.ready() else QPointF()

    @property
    def area(self) -> QRectF:
        """Where the plot is, without its axes."""
        return self.plot.vb.sceneBoundingRect() if self.ready() else QRectF()

    # The view

    def prepare(self) -> None:
        """Make the plot, which has no items yet."""
        import pyqtgraph as pg

        self._empty_plot = pg.PlotItem(enableMenu=False)
        keep_menu_with(self, self._empty_plot)

    def make_view(self) -> pg.GraphicsView:
        """Make axes and items."""
        import pyqtgraph as pg

        view = pg.GraphicsView()
        self.plot = plot = self._empty_plot
        plot.hideButtons()
        plot.layout.setContentsMargins(0, TOP_PX, RIGHT_PX if self._axis_px["left"] else 0, 0)
        plot.vb.setMouseEnabled(*self._zooms)
        plot.vb.sigRangeChangedManually.connect(self._on_zoomed)
        plot.vb.sigRangeChanged.connect(lambda *_: self.ranges_changed.emit())
        for side, room in self._axis_px.items():
            axis = plot.getAxis(side)
            write_ticks(axis, self.font())
            (axis.setWidth if side == "left" else axis.setHeight)(room)
            axis.setVisible(room > 0)
        if not any(self._axis_px.values()):
            plot.layout.setContentsMargins(0, 0, 0, 0)
        self.add_items()
        view.setCentralItem(plot)
        self._apply_home()
        return view

    def set_labels(self, *, left: str = "", bottom: str = "") -> None:
        """Write other labels at the axes."""
        labels = {"left": left, "bottom": bottom}
        if labels != self._labels:
            self._labels = labels
            if self.plot is not None:
                self._write_labels()

    def _write_labels(self) -> None:
        for side, text in self._labels.items():
            axis = self.plot.getAxis(side)
            axis.setLabel(text, color=self.theme.muted, **{"font-size": f"{CAPTION_PX}px"})
            axis.showLabel(bool(text))
            axis.resizeEvent()  # puts the label into the middle

    def apply_theme(self) -> None:
        """Colour ground, axes and labels."""
        self.view.setBackground(self.theme.panel)
        for side in self._axis_px:
            axis = self.plot.getAxis(side)
            axis.setPen(self.theme.line)
            axis.setTextPen(self.theme.muted)
        self._write_labels()
        self._show_focus(self.hasFocus())

    def _show_focus(self, focused: bool) -> None:
        if self.plot is not None:
            # As much of the line lies outside, where the widget ends.
            self.plot.vb.setBorder(line_pen(self.theme.accent, 3) if focused else None)

    # Qt's overrides

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that it has the keys."""
        super().focusInEvent(event)
        self._show_focus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no more."""
        super().focusOutEvent(event)
        self._show_focus(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home shows all, plus and minus zoom."""
        key = Qt.Key(event.key())
        zooms = {
            Qt.Key.Key_Plus: KEY_ZOOM,
            Qt.Key.Key_Equal: KEY_ZOOM,
            Qt.Key.Key_Minus: 1 / KEY_ZOOM,
        }
        if key == Qt.Key.Key_Home:
            self.show_all()
        elif key in zooms and self.ready():
            self.plot.vb.scaleBy(
                [zooms[key] if can else 1.0 for can in self.plot.vb.mouseEnabled()]
            )
            self._on_zoomed()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the plot."""
        pop_up(self.make_menu(), event.globalPos())

    def make_menu(self) -> QMenu:
        """The menu of the plot."""
        save = partial(save_plot, self)
        exports = [
            *picture_entries(self, save),
            ("Save drawing as SVG…", lambda: ask_and_save(self, "svg", save)),
            ("Save values as CSV…", lambda: ask_and_save(self, "csv", save)),
        ]
        return make_menu(self, [("Show all", self.show_all)], exports)
