"""The plot of depth weights along rays, over metric depth.

Painted here rather than by pyqtgraph: its plot of five rays took 6 to 9 ms an update (16 at
the 95th percentile) and half a second to import, all on the window's thread.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from viewer.panels.pixel_rays import ShownRay
from viewer.state.selection import Voxel
from viewer.theme import CAPTION_PX, DARK, Theme, interface_font, tabular

HEIGHT = 172
LEFT, RIGHT, TOP = 40, 10, 8
LABELS = 5
OUTSIDE_ALPHA = 100  # samples outside the grid are pale
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5)


class RayPlot(QWidget):
    """Bars for the first ray, outlines for the others; a click chooses a sample of the first."""

    sample_chosen = Signal(int)  # plane

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Depth weights")
        self.setAccessibleDescription(
            "Weight of each depth plane along the ray. Left and right choose a sample."
        )
        self.setFont(tabular(interface_font(CAPTION_PX)))
        self.theme = DARK
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
        self.rays, self._voxel, self.theme = rays, voxel, theme
        if rays:
            self._top = self._following(max(float(ray.table.weights.max()) for ray in rays))
        self.update()

    def plane_at(self, x: float) -> int | None:
        """The plane whose bar is at a place, or None."""
        if not self.rays:
            return None
        area = self._area()
        count = len(self.rays[0].table.depths)
        plane = int(np.floor((x - area.left()) / area.width() * count))
        return plane if 0 <= plane < count else None

    def place_of(self, plane: int) -> QPointF:
        """The middle of a plane's bar, at half the plot's height."""
        area = self._area()
        count = len(self.rays[0].table.depths)
        return QPointF(area.left() + (plane + 0.5) / count * area.width(), area.center().y())

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, HEIGHT)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the axes, the rays and their marks."""
        theme = self.theme
        with QPainter(self) as painter:
            painter.setFont(self.font())
            area = self._area()
            self._paint_axes(painter, area)
            if not self.rays:
                return
            for ray in reversed(self.rays[1:]):
                self._paint_outline(painter, area, ray)
            self._paint_bars(painter, area, self.rays[0])
            table = self.rays[0].table
            depths = (table.expected_depth, float(table.depths[table.most_likely_plane]))
            for depth, token in zip(depths, (theme.amber, theme.green), strict=True):
                x = self._x(area, depth)
                pen = QPen(QColor(token), 1.5, Qt.PenStyle.DashLine)
                painter.setPen(pen)
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.accent), 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        theme, metrics = self.theme, QFontMetricsF(self.font())
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.topLeft(), area.topRight())
        painter.setPen(QColor(theme.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for text, y in ((f"{self._top:.3g}", area.top()), ("0", area.bottom())):
            painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), right, text)
        if not self.rays:
            return
        depths = self.rays[0].table.depths
        row = QRectF(area.left(), area.bottom() + 4, area.width(), metrics.height())
        for index in range(LABELS):
            share = index / (LABELS - 1)
            text = f"{depths[0] + share * (depths[-1] - depths[0]):.2f}"
            width = metrics.horizontalAdvance(text)
            x = float(np.clip(row.left() + share * row.width() - width / 2, row.left() - 8, 1e6))
            x = min(x, self.width() - width)
            painter.drawText(QPointF(x, row.top() + metrics.ascent()), text)
        row.translate(0, metrics.height())
        painter.drawText(row, Qt.AlignmentFlag.AlignHCenter, "metric depth (world units)")

    def _paint_bars(self, painter: QPainter, area: QRectF, ray: ShownRay) -> None:
        table = ray.table
        inside, outside = QColor(ray.color(self.theme)), QColor(ray.color(self.theme))
        outside.setAlpha(OUTSIDE_ALPHA)
        width = area.width() / len(table.depths)
        gap = 1.0 if width >= 4 else 0.0
        heights = table.weights / self._top * area.height()
        marked = self._marked(ray)
        painter.setPen(Qt.PenStyle.NoPen)
        for plane, (height, is_inside) in enumerate(
            zip(heights.tolist(), table.inside.tolist(), strict=True)
        ):
            left = area.left() + plane * width
            if marked[plane]:
                shade = QColor(self.theme.text)
                shade.setAlpha(40)
                painter.fillRect(QRectF(left, area.top(), width, area.height()), shade)
            bar = QRectF(left, area.bottom() - height, width - gap, height)
            painter.fillRect(bar, inside if is_inside else outside)

    def _paint_outline(self, painter: QPainter, area: QRectF, ray: ShownRay) -> None:
        weights = ray.table.weights
        width = area.width() / len(weights)
        edges = area.left() + np.repeat(np.arange(len(weights) + 1), 2)[1:-1] * width
        levels = area.bottom() - np.repeat(weights / self._top, 2) * area.height()
        line = QPolygonF([QPointF(x, y) for x, y in zip(edges, levels, strict=True)])
        painter.setPen(QPen(QColor(ray.color(self.theme)), 1.5))
        painter.drawPolyline(line)

    def _marked(self, ray: ShownRay) -> list[bool]:
        if self._voxel is None:
            return [False] * len(ray.table.depths)
        return (ray.table.voxels == self._voxel).all(axis=1).tolist()

    def _area(self) -> QRectF:
        metrics = QFontMetricsF(self.font())
        bottom = 2 * metrics.height() + 6
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - bottom)

    def _x(self, area: QRectF, depth: float) -> float:
        depths = self.rays[0].table.depths
        spacing = float(depths[1] - depths[0])
        return area.left() + (depth - float(depths[0]) + spacing / 2) / spacing * (
            area.width() / len(depths)
        )

    def _following(self, highest: float) -> float:
        """The upper edge for weights up to `highest`: kept while they use half of it."""
        if highest <= self._top and highest > 0.5 * self._top:
            return self._top
        power = 10.0 ** np.floor(np.log10(max(highest, 1e-4)))
        fitting = [step * power for step in (*STEPS, 10.0) if step * power >= highest]
        return float(min(fitting[0], 1.0))

    # Qt's overrides

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the sample under the mouse."""
        plane = self.plane_at(event.position().x())
        if plane is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(plane)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step through the samples."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self.rays:
            super().keyPressEvent(event)
            return
        table = self.rays[0].table
        start = table.most_likely_plane - step if self.plane is None else self.plane
        self.choose(int(np.clip(start + step, 0, len(table.depths) - 1)))

    def choose(self, plane: int) -> None:
        """Choose a sample of the first ray."""
        self.plane = plane
        self.sample_chosen.emit(plane)

    def event(self, event) -> bool:
        """Say in a tool tip what is under the mouse."""
        if isinstance(event, QHelpEvent):
            plane = self.plane_at(event.pos().x())
            QToolTip.showText(event.globalPos(), self._tip(plane), self)
            return True
        return super().event(event)

    def _tip(self, plane: int | None) -> str:
        if plane is None:
            return ""
        table = self.rays[0].table
        x, y, z = table.voxels[plane]
        where = f"voxel {x}, {y}, {z}; click selects it" if x >= 0 else "outside the grid: pale"
        return (
            f"Plane {plane}, depth {table.depths[plane]:.3f} units\n"
            f"Weight {table.weights[plane]:.3g}, {where}"
        )
