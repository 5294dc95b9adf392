"""The plot of depth weights along rays, over metric depth."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent

from viewer.panels.pixel_rays import ShownRay, rays_csv
from viewer.plots.chart import Chart, add_legend, color_legend, line_pen
from viewer.state.selection import PIN_LIMIT, Voxel
from viewer.theme import Theme, faded

HEIGHT = 172
OUTSIDE_ALPHA = 100  # samples outside the grid are pale
MARKED_ALPHA = 40
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5)


class RayPlot(Chart):
    """Filled steps for the first ray, outlines for the others; a click chooses a sample of it."""

    sample_chosen = Signal(int)  # plane

    def __init__(self) -> None:
        super().__init__("Depth weights", HEIGHT, bottom="metric depth (world units)", bottom_px=34)
        self.setAccessibleDescription(
            "Weight of each depth plane along the ray. Left and right choose a sample."
        )
        self.rays: Sequence[ShownRay] = ()
        self.plane: int | None = None  # the chosen sample of the first ray
        self._voxel: Voxel | None = None
        self._top = 1.0

    @property
    def top(self) -> float:
        """The weight at the plot's upper edge."""
        return self._top

    def show_rays(self, rays: Sequence[ShownRay], voxel: Voxel | None, theme: Theme) -> None:
        """Show these; samples in `voxel` are marked."""
        self.rays, self._voxel = rays, voxel
        if rays:
            weights = np.concatenate([ray.table.weights for ray in rays])
            self._top = self._following(float(weights.max(initial=0, where=np.isfinite(weights))))
        self.show_theme(theme)
        self.redraw()

    def plane_at(self, x: float) -> int | None:
        """The plane whose step is at a place, or None."""
        if not self.rays:
            return None
        edges = self._edges()
        depth = self.place_at(QPointF(x, 0)).x()
        plane = int(np.floor((depth - edges[0]) / (edges[1] - edges[0])))
        return plane if 0 <= plane < len(edges) - 1 else None

    def place_of(self, plane: int) -> QPointF:
        """The middle of a plane's step, at half the plot's height."""
        return self.point_of(float(self.rays[0].table.depths[plane]), self._top / 2)

    def choose(self, plane: int) -> None:
        """Choose a sample of the first ray."""
        self.plane = plane
        self.sample_chosen.emit(plane)

    def values_csv(self) -> str:
        """All samples of the rays."""
        return rays_csv(self.rays)

    # The plot

    def add_items(self) -> None:
        """Bars for the voxel's samples and for those inside and outside, outlines, two depths."""
        import pyqtgraph as pg

        # As bars: three filled outlines took 2 ms of the 3 that an update of five rays took.
        self._marked, self._outside, self._inside = (
            pg.BarGraphItem(x=[0], height=[0], width=1, pen=None) for _ in range(3)
        )
        self._outlines = [
            pg.PlotCurveItem([0, 1], [0], stepMode="center") for _ in range(PIN_LIMIT)
        ]
        self._depths = [pg.InfiniteLine() for _ in range(2)]
        for item in (self._marked, self._outside, self._inside, *self._depths):
            self.plot.vb.addItem(item, ignoreBounds=True)
        for outline in self._outlines:
            self.plot.addItem(outline)
        self._legend = add_legend(self.plot)
        self._legend.sigSampleClicked.connect(lambda _: self.redraw())  # pins are not hidden
        self._explained: list[tuple[int, str]] = []

    def draw(self) -> None:
        """Show the rays."""
        if not self.rays:
            return
        first, edges = self.rays[0].table, self._edges()
        self.set_ranges((edges[0], edges[-1]), (0.0, self._top))
        width, color = float(edges[1] - edges[0]), self.rays[0].color(self.theme)
        marked = np.zeros(len(first.depths), dtype=bool)
        if self._voxel is not None:
            marked = (first.voxels == self._voxel).all(axis=1)
        for bars, members, heights, brush in (
            (self._marked, marked, self._top, faded(self.theme.text, MARKED_ALPHA)),
            (self._outside, ~first.inside, first.weights, faded(color, OUTSIDE_ALPHA)),
            (self._inside, first.inside, first.weights, color),
        ):
            heights = np.broadcast_to(heights, members.shape)[members]
            bars.setVisible(bool(len(heights)))
            if len(heights):
                bars.setOpts(x=first.depths[members], height=heights, width=width, brush=brush)
        for number, outline in enumerate(self._outlines, 1):  # the first is drawn by its bars
            outline.setVisible(number < len(self.rays))
            if number < len(self.rays):
                ray = self.rays[number]
                outline.setData(edges, ray.table.weights, pen=line_pen(ray.color(self.theme)))
        depths = (first.expected_depth, float(first.depths[first.most_likely_plane]))
        for line, depth in zip(self._depths, depths, strict=True):
            line.setVisible(bool(np.isfinite(first.weights).all()))
            line.setValue(depth)
        self._draw_legend()

    def _draw_legend(self) -> None:
        """Name the pins by their colours, where there is more than one ray."""
        pins = [(number, ray.place) for number, ray in enumerate(self.rays) if ray.slot is not None]
        pins = pins if len(self.rays) > 1 else []
        self._legend.setVisible(bool(pins))
        if pins != self._explained:
            self._explained = pins
            self._legend.clear()
            for number, place in pins:
                self._legend.addItem(self._outlines[number - 1] if number else self._inside, place)

    def apply_theme(self) -> None:
        """Colour the two depths too."""
        super().apply_theme()
        color_legend(self._legend, self.theme)
        for line, token in zip(self._depths, (self.theme.amber, self.theme.green), strict=True):
            line.setPen(line_pen(token, 1, Qt.PenStyle.DashLine))

    def _edges(self) -> NDArray[np.float64]:
        """[planes + 1]: where the planes' steps begin and end, metric depth."""
        depths = self.rays[0].table.depths.astype(np.float64)
        spacing = depths[1] - depths[0]
        return np.append(depths - spacing / 2, depths[-1] + spacing / 2)

    def _following(self, highest: float) -> float:
        """The upper edge for weights up to `highest`: kept while they use half of it."""
        if highest <= self._top and highest > 0.5 * self._top:
            return self._top
        power = 10.0 ** np.floor(np.log10(max(highest, 1e-4)))
        fitting = [step * power for step in (*STEPS, 10.0) if step * power >= highest]
        return float(min(fitting[0], 1.0))

    # The user

    def clicked_at(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Choose the sample under the mouse."""
        plane = self.plane_at(point.x())
        over_legend = self._legend.isVisible() and self._legend.sceneBoundingRect().contains(point)
        if plane is not None and not over_legend:
            self.choose(plane)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step through the samples."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.rays:
            super().keyPressEvent(event)
            return
        table = self.rays[0].table
        start = table.most_likely_plane - step if self.plane is None else self.plane
        self.choose(int(np.clip(start + step, 0, len(table.depths) - 1)))

    def tip_at(self, point: QPointF) -> str:
        """The sample under the mouse."""
        plane = self.plane_at(point.x())
        if plane is None:
            return ""
        table = self.rays[0].table
        x, y, z = table.voxels[plane]
        where = f"voxel {x}, {y}, {z}; click selects it" if x >= 0 else "outside the grid: pale"
        return (
            f"Plane {plane}, depth {table.depths[plane]:.3f} units\n"
            f"Weight {table.weights[plane]:.3g}, {where}"
        )
