"""Which colour stands for which value: a colour bar with an axis; its handles change the range."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent

from dvox_core.rendering import colormaps
from dvox_core.rendering.pictures import Legend
from viewer.plots.chart import write_ticks
from viewer.plots.plot_host import PlotHost, keep_menu_with
from viewer.text.units import significant
from viewer.theme import CAPTION_PX, Theme, faded, interface_font, tabular

if TYPE_CHECKING:
    import pyqtgraph as pg

BAR_PX, SCALE_PX, SIDE_PX = 10, 52, 8
HANDLE = "#ffffff"  # on all colour maps
ROUNDINGS = 500  # steps of a range that a handle moves in


class ScaleBar(PlotHost):
    """Colours from low to high with their values; `adjustable` bars have handles."""

    levels_chosen = Signal(float, float)

    def __init__(self, *, adjustable: bool = False) -> None:
        super().__init__("Scale of the colours", SCALE_PX)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # no key does anything here
        self.setFont(tabular(interface_font(CAPTION_PX)))
        self.legend: Legend | None = None
        self._adjustable = adjustable

    def show_legend(self, legend: Legend, theme: Theme) -> None:
        """Explain these colours."""
        self.show_theme(theme)
        if legend != self.legend:
            self.legend = legend
            ends = " to ".join(significant(end) for end in (legend.low, legend.high))
            self.setAccessibleName(f"{legend.title}: {ends} {legend.unit}")
            self.setToolTip(title_of(legend))
            self.redraw()

    def prepare(self) -> None:
        """Make a horizontal colour bar."""
        import pyqtgraph as pg

        self._bar = pg.ColorBarItem(
            width=BAR_PX, orientation="h", interactive=self._adjustable, colorMapMenu=False
        )
        keep_menu_with(self, self._bar)

    def make_view(self) -> pg.GraphicsView:
        """Show the bar in a view."""
        import pyqtgraph as pg

        self._bar.layout.setContentsMargins(SIDE_PX, 2, SIDE_PX, 0)
        write_ticks(self._bar.axis, self.font())
        self._bar.axis.setHeight(SCALE_PX - BAR_PX - 8)
        self._bar.sigLevelsChanged.connect(self._on_levels_changed)
        view = pg.GraphicsView()
        view.setCentralItem(self._bar)
        return view

    def draw(self) -> None:
        """Show colours, range and title."""
        import pyqtgraph as pg

        legend = self.legend
        if legend is None:
            return
        low, high = legend.low, legend.high
        if legend.is_logarithmic:  # the bar's own levels are powers of ten then
            low, high = math.log10(low), math.log10(high)
        self._bar.rounding = max(high - low, 1e-9) / ROUNDINGS
        self._bar.axis.setLogMode(legend.is_logarithmic)
        self._bar.setColorMap(pg.ColorMap(None, colormaps.table(legend.colormap)))
        self._bar.setLevels((low, high))
        self._write_title(legend)

    def apply_theme(self) -> None:
        """Colour ground, frame and handles."""
        assert self.view is not None  # called once it is made
        self.view.setBackground(self.theme.panel)
        for side in ("left", "right", "top", "bottom"):
            self._bar.getAxis(side).setPen(self.theme.line)
        self._bar.axis.setTextPen(self.theme.muted)
        if self._adjustable:
            self._bar.region.setHoverBrush(faded(self.theme.accent, 60))
            for line in self._bar.region.lines:
                line.setPen(HANDLE)
                line.setHoverPen(self.theme.accent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write as much of the title as there is room for; the tool tip has all of it."""
        super().resizeEvent(event)
        if self.view is not None and self.legend is not None:
            self._write_title(self.legend)

    def _write_title(self, legend: Legend) -> None:
        title = QFontMetrics(self.font()).elidedText(
            title_of(legend), Qt.TextElideMode.ElideRight, self.width() - 2 * SIDE_PX
        )
        self._bar.axis.setLabel(title, color=self.theme.text, **{"font-size": f"{CAPTION_PX}px"})
        self._bar.axis.resizeEvent()  # puts the title into the middle

    def _on_levels_changed(self, bar: pg.ColorBarItem) -> None:
        low, high = (float(level) for level in bar.levels())
        if self.legend is not None and self.legend.is_logarithmic:
            low, high = 10**low, 10**high
        self.levels_chosen.emit(low, high)


def title_of(legend: Legend) -> str:
    """The title with the unit, unless that is said in the title already."""
    is_said = legend.unit.lower() in legend.title.lower()
    return legend.title if is_said else f"{legend.title} ({legend.unit})"
