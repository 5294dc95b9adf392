"""How far each view of a camera path can be trusted, over the path's time.

The trust itself where it is known, else the angle to the nearest view of the capture.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from viewer.plots.chart import Chart
from viewer.text.units import degrees
from viewer.theme import Theme
from viewer.widgets.trust_meter import FAR_DEGREES, trust_color

WIDTH_PX = 1.75
COLORS = 31


class TrustCurve(Chart):
    """Degrees to the nearest view, from green over amber to red; the track takes the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Angle to the nearest view", left_px=0, bottom_px=0, zooms=(False, False))
        self.setParent(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.angles: NDArray[np.float64] = np.zeros(0)
        self.trusts: NDArray[np.float64] = np.zeros(0)
        self._seconds = 0.0

    @property
    def words(self) -> str:
        """What the curve shows, with its range."""
        known = self.trusts[np.isfinite(self.trusts)]
        if known.size:
            return f"trust in the views: {known.min():.2f} … {known.max():.2f}"
        if not len(self.angles):
            return ""
        low, high = float(self.angles.min()), float(self.angles.max())
        range_ = degrees(high) if high - low < 0.05 else f"{degrees(low)} … {degrees(high)}"
        return f"angle to the nearest view of the capture: {range_}"

    def show_angles(self, angles: NDArray[np.float64] | None, seconds: float, theme: Theme) -> None:
        """Show degrees, evenly spread over so many seconds; None for unknown."""
        self.trusts = np.zeros(0)
        self.angles = np.zeros(0) if angles is None or seconds <= 0 else angles
        self._seconds = seconds
        self.show_theme(theme)
        self.redraw()

    def show_trusts(self, trusts: NDArray[np.float64]) -> None:
        """Show trusts, 0 … 1, NaN where nothing is met, instead of the degrees."""
        self.trusts = trusts
        self.redraw()

    def show_times(self, first: float, last: float, playhead: float | None) -> None:
        """Stretch from the time at the left edge to that at the right, with the playhead's line."""
        high = 1.0 if len(self.trusts) else max(FAR_DEGREES, float(self.angles.max(initial=0)))
        self.set_ranges((first, last), (0.0, high))
        if self.view is not None:
            self._playhead.setVisible(playhead is not None)
            self._playhead.setValue(playhead or 0.0)

    def add_items(self) -> None:
        """The curve and the playhead."""
        import pyqtgraph as pg

        self._curve = pg.PlotCurveItem(antialias=True, name="degrees to the nearest view")
        self._playhead = pg.InfiniteLine()
        self.plot.addItem(self._curve)
        self.plot.vb.addItem(self._playhead, ignoreBounds=True)

    def draw(self) -> None:
        """Show the curve, coloured by the trust, or the angle."""
        import pyqtgraph as pg

        values = self.trusts if len(self.trusts) else self.angles
        self._curve.setData(np.linspace(0, self._seconds, len(values)), values, connect="finite")
        shares = np.linspace(0, 1, COLORS)
        colors = [trust_color(share * FAR_DEGREES, self.theme) for share in shares]
        span = (0.0, FAR_DEGREES)
        if len(self.trusts):
            colors, span = colors[::-1], (0.0, 1.0)
        self._curve.setPen(pg.ColorMap(shares, colors).getPen(span=span, width=WIDTH_PX))

    def apply_theme(self) -> None:
        """Colour the playhead too."""
        super().apply_theme()
        self._playhead.setPen(self.theme.text)
