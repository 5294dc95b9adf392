"""Paints shapes without OpenGL: lines and dots where the projection has them.

The picture of a volume is made elsewhere, by rays that are cast through it.
"""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from viewer.theme import faded
from viewer.view3d.projection import Projection
from viewer.view3d.shapes import Dots, Lines, PaintedShape, Sheets, Volume

FARTHEST_PX = 20_000  # coordinates beyond trouble the rasteriser
MANY_DOTS = 2_000
MAX_DOTS = 40_000
"""Of more every few-th is shown."""


class FlatPainter(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """A view in the widget's own pixels: shapes, a picture, and shapes over it.

    The picture is that of the first volume, or of the first very many dots.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._below, self._above = ShapesItem(), ShapesItem()
        self._image = pg.ImageItem(axisOrder="row-major")
        for item in (self._below, self._image, self._above):
            self.addItem(item)
        self._volume_picture: NDArray[np.uint8] | None = None
        self._has_volume = False
        self._ground = ""

    def show_shapes(
        self, shapes: Sequence[PaintedShape], view: Projection | None, ground: str
    ) -> None:
        """Show these as `view` sees them; without one there are none."""
        if ground != self._ground:
            self._ground = ground
            self.setBackground(ground)
        number = next((n for n, shape in enumerate(shapes) if _is_picture(shape)), len(shapes))
        self._below.show_shapes(shapes[:number], view, QRectF(self.rect()))
        self._above.show_shapes(shapes[number + 1 :], view, QRectF(self.rect()))
        shown = shapes[number] if number < len(shapes) else None
        self._has_volume = isinstance(shown, Volume)
        if isinstance(shown, Dots) and view is not None:
            self._show_picture(self._dots_picture(shown, view))
        else:
            self._show_picture(self._volume_picture if self._has_volume else None)
        # Of the whole at once: items that say so themselves are painted a second time, later.
        self.viewport().update()

    def show_volume_picture(self, rgba: NDArray[np.uint8] | None) -> None:
        """The picture [H, W, 4] of the volume, stretched over the view; None for none yet."""
        self._volume_picture = rgba
        if self._has_volume:
            self._show_picture(rgba)

    def _show_picture(self, rgba: NDArray[np.uint8] | None) -> None:
        image = self._image
        image.setVisible(rgba is not None)
        if rgba is not None and (
            rgba is not image.image or image.sceneBoundingRect() != self.rect()
        ):
            image.setImage(rgba, autoLevels=False, levels=None)
            image.setRect(0, 0, self.width(), self.height())

    def _dots_picture(self, dots: Dots, view: Projection) -> NDArray[np.uint8]:
        """Very many dots of 2 × 2 pixels: painted one by one they would take 20 ms a picture."""
        points, _ = view.points(dots.points[:: -(-len(dots.points) // MAX_DOTS)])
        ratio = self.devicePixelRatioF()
        width, height = (max(round(side * ratio), 2) for side in (self.width(), self.height()))
        with np.errstate(invalid="ignore"):
            pixels = np.floor(points * ratio)
            inside = (pixels >= 0).all(axis=1) & (pixels < (width - 1, height - 1)).all(axis=1)
        columns, rows = pixels[inside].astype(np.int64).T
        picture = np.zeros((height, width, 4), dtype=np.uint8)
        color = QColor(dots.color)
        rgba = (color.red(), color.green(), color.blue(), dots.alpha)
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            picture[rows + down, columns + right] = rgba
        return picture


class ShapesItem(pg.GraphicsObject):  # type: ignore[misc]
    """Lines, dots and sheets, each over those before it.

    One item for all: with one of pyqtgraph's for each shape, five rays took 18 ms an update.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shapes: Sequence[PaintedShape] = ()
        self._view: Projection | None = None
        self._rect = QRectF()

    def show_shapes(
        self, shapes: Sequence[PaintedShape], view: Projection | None, rect: QRectF
    ) -> None:
        """Show these in a rectangle of the scene."""
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self._shapes, self._view = shapes, view

    def boundingRect(self) -> QRectF:
        """All of the view."""
        return self._rect

    def paint(self, painter: QPainter, *unused: object) -> None:
        """Paint the shapes."""
        view = self._view
        if view is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for shape in self._shapes:
            if isinstance(shape, Volume):
                continue  # only one is shown
            color = faded(shape.color, shape.alpha)
            if isinstance(shape, Lines):
                painter.setPen(QPen(color, shape.width))
                lines = np.clip(view.lines(shape.starts, shape.ends), -FARTHEST_PX, FARTHEST_PX)
                painter.drawLines([QLineF(*line) for line in lines.tolist()])
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            if isinstance(shape, Sheets):
                for corners in shape.corners:
                    points, _ = view.points(corners)
                    if np.isfinite(points).all():
                        painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
                continue
            points, _ = view.points(shape.points)
            radii = np.broadcast_to(np.asarray(shape.sizes) / 2, len(points))
            seen = np.isfinite(points[:, 0])
            for x, y, radius in np.column_stack([points, radii])[seen].tolist():
                painter.drawEllipse(QPointF(x, y), radius, radius)


def _is_picture(shape: PaintedShape) -> bool:
    """Whether a shape is shown as a picture."""
    return isinstance(shape, Volume) or (isinstance(shape, Dots) and len(shape.points) > MANY_DOTS)
