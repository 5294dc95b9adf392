"""Which colour stands for which value: a colour bar with an axis; its handles change the range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QSizePolicy

from dvox_core.rendering import colormaps
from dvox_core.rendering.pictures import Legend
from viewer.plots.chart import faded
from viewer.plots.plot_host import PlotHost, keep_menu_with
from viewer.theme import CAPTION_PX, Theme, interface_font, tabular

if TYPE_CHECKING:
    import pyqtgraph as pg

BAR_PX, SCALE_PX = 10, 52
ROUNDINGS = 500  # steps of a range that a handle moves in


class ScaleBar(PlotHost):
    """Colours from low to high with their values; `adjustable` bars have handles."""

    levels_chosen = Signal(float, float)

    def __init__(self, *, adjustable: bool = False) -> None:
        super().__init__("Scale of the colours")
        self.setFixedHeight(SCALE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.legend: Legend | None = None
        self._adjustable = adjustable

    def show_legend(self, legend: Legend, theme: Theme) -> None:
        """Explain these colours."""
        self.show_theme(theme)
        if legend != self.legend:
            self.legend = legend
            low, _, high = scale_texts(legend)
            self.setAccessibleName(f"{legend.title}: {low} to {high} {legend.unit}")
            self.redraw()

    def sizeHint(self) -> QSize:
        """Bar, values and title."""
        return QSize(200, SCALE_PX)

    def make_view(self) -> pg.GraphicsView:
        """A horizontal colour bar."""
        import pyqtgraph as pg

        view = pg.GraphicsView()
        self._bar = pg.ColorBarItem(
            width=BAR_PX, orientation="h", interactive=self._adjustable, colorMapMenu=False
        )
        keep_menu_with(view, self._bar)
        self._bar.layout.setContentsMargins(8, 2, 8, 0)
        self._bar.axis.enableAutoSIPrefix(False)
        self._bar.axis.setTickFont(tabular(interface_font(CAPTION_PX)))
        self._bar.axis.setStyle(
            tickTextOffset=2, tickLength=-2, maxTickLevel=0, hideOverlappingLabels=False
        )
        self._bar.axis.setHeight(SCALE_PX - BAR_PX - 8)
        self._bar.sigLevelsChanged.connect(self._on_levels_changed)
        view.setCentralItem(self._bar)
        return view

    def draw(self) -> None:
        """Show colours, range and title."""
        import pyqtgraph as pg

        legend = self.legend
        if legend is None:
            return
        self._bar.rounding = max(legend.high - legend.low, 1e-9) / ROUNDINGS
        self._bar.setColorMap(pg.ColorMap(None, colormaps.table(legend.colormap)))
        self._bar.setLevels((legend.low, legend.high))
        unit = f" ({legend.unit})" if legend.unit else ""
        self._bar.axis.setLabel(
            f"{legend.title}{unit}", color=self.theme.text, **{"font-size": f"{CAPTION_PX}px"}
        )
        self._bar.axis.resizeEvent()  # puts the title into the middle

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
                line.setPen(self.theme.text)
                line.setHoverPen(self.theme.accent)

    def _on_levels_changed(self, bar: pg.ColorBarItem) -> None:
        self.levels_chosen.emit(*(float(level) for level in bar.levels()))


def scale_texts(legend: Legend) -> tuple[str, str, str]:
    """The lowest, middle and highest value, with as many digits as tell them apart."""
    span = legend.high - legend.low
    digits = int(np.clip(np.ceil(np.log10(50 / span)), 0, 6)) if span > 0 else 2
    middle = (legend.low + legend.high) / 2
    low, mid, high = (
        f"{value:.{digits}f}".replace("-", "−") for value in (legend.low, middle, legend.high)
    )
    return low, mid, high
