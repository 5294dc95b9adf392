"""Paints shapes by pyqtgraph's flat items: lines and dots where the projection has them.

The picture of a volume is made elsewhere, by rays that are cast through it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from viewer.view3d.projection import Projection
from viewer.view3d.shapes import Dots, Lines, PaintedShape, Sheets, Volume

FARTHEST_PX = 20_000  # coordinates beyond trouble the rasteriser
MANY_DOTS = 2_000
MAX_DOTS = 40_000
"""Of more every few-th is shown."""


class FlatPainter(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """A view in the widget's own pixels."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.volume_picture: NDArray[np.uint8] | None = None
        self._shapes: Sequence[PaintedShape] = ()
        self._view: Projection | None = None
        self._items: list[Any] = []

    def show_shapes(self, shapes: Sequence[PaintedShape], view: Projection, ground: str) -> None:
        """Show these as `view` sees them."""
        self.setBackground(ground)
        kinds = [_item_kind(shape) for shape in shapes]
        if kinds != [_item_kind(shape) for shape in self._shapes]:
            for item in self._items:
                self.scene().removeItem(item)
            self._items = [kind() for kind in kinds]
            for item in self._items:
                self.addItem(item)
            self._shapes = ()
        former = self._shapes if view is self._view else ()
        for number, (item, shape) in enumerate(zip(self._items, shapes, strict=True)):
            if number >= len(former) or former[number] is not shape:
                self._fill(item, shape, view)
        self._shapes, self._view = list(shapes), view

    def show_nothing(self, ground: str) -> None:
        """Be empty."""
        self.setBackground(ground)
        for item in self._items:
            self.scene().removeItem(item)
        self._items, self._shapes, self._view = [], (), None

    def show_volume_picture(self, rgba: NDArray[np.uint8] | None) -> None:
        """The picture [H, W, 4] of the volume, stretched over the view; None for none yet."""
        self.volume_picture = rgba
        for item, shape in zip(self._items, self._shapes, strict=False):
            if isinstance(shape, Volume):
                self._fill_picture(item, rgba)

    def _fill(self, item: Any, shape: PaintedShape, view: Projection) -> None:
        if isinstance(shape, Volume):
            self._fill_picture(item, self.volume_picture)
            return
        color = QColor(shape.color)
        color.setAlpha(shape.alpha)
        if isinstance(shape, Lines):
            lines = np.clip(view.lines(shape.starts, shape.ends), -FARTHEST_PX, FARTHEST_PX)
            pen = pg.mkPen(color, width=shape.width)
            item.setData(lines[:, ::2].ravel(), lines[:, 1::2].ravel(), pen=pen)
        elif isinstance(shape, Sheets):
            path = QPainterPath()
            for corners in shape.corners:
                points, _ = view.points(corners)
                if np.isfinite(points).all():
                    path.addPolygon(QPolygonF([QPointF(*point) for point in points]))
            item.setPath(path)
            item.setPen(Qt.PenStyle.NoPen)
            item.setBrush(color)
        elif isinstance(item, pg.ImageItem):
            self._fill_picture(item, self._dots_picture(shape, view, color))
        else:
            points, _ = view.points(shape.points)
            shown = np.isfinite(points).all(axis=1)
            sizes = np.broadcast_to(shape.sizes, len(points))[shown]
            item.setData(*points[shown].T, size=sizes, brush=color, pen=None)

    def _fill_picture(self, item: pg.ImageItem, rgba: NDArray[np.uint8] | None) -> None:
        item.setVisible(rgba is not None)
        if rgba is not None:
            item.setImage(rgba, autoLevels=False, levels=None)
            item.setRect(0, 0, self.width(), self.height())

    def _dots_picture(self, dots: Dots, view: Projection, color: QColor) -> NDArray[np.uint8]:
        """Very many dots of 2 × 2 pixels: painted one by one they would take 20 ms a picture."""
        points, _ = view.points(dots.points[:: -(-len(dots.points) // MAX_DOTS)])
        ratio = self.devicePixelRatioF()
        width, height = (max(round(side * ratio), 2) for side in (self.width(), self.height()))
        with np.errstate(invalid="ignore"):
            pixels = np.floor(points * ratio)
            inside = (pixels >= 0).all(axis=1) & (pixels < (width - 1, height - 1)).all(axis=1)
        columns, rows = pixels[inside].astype(np.int64).T
        picture = np.zeros((height, width, 4), dtype=np.uint8)
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            picture[rows + down, columns + right] = color.getRgb()
        return picture


def _item_kind(shape: PaintedShape) -> Callable[[], Any]:
    """Makes the item that shows a shape."""
    if isinstance(shape, Lines):
        return _lines_item
    if isinstance(shape, Sheets):
        return QGraphicsPathItem
    is_picture = isinstance(shape, Volume) or len(shape.points) > MANY_DOTS
    return _picture_item if is_picture else pg.ScatterPlotItem


def _lines_item() -> pg.PlotCurveItem:
    return pg.PlotCurveItem(connect="pairs", antialias=True)


def _picture_item() -> pg.ImageItem:
    return pg.ImageItem(axisOrder="row-major")
