"""Paints cameras, planes, box, points and axes for the view of cameras and grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from dvox_core.data.lens import Lens
from dvox_core.geometry.cameras import Camera, Intrinsics
from dvox_core.geometry.grid import GridPlacement
from viewer.theme import Theme, interface_font
from viewer.view3d.projection import BOX_EDGES, Projection
from viewer.wizard.camera_pyramids import frustum_corners, square_lens
from viewer.wizard.import_preview import ImportPreview

Array = NDArray[np.float64]

MAX_POINTS = 40_000
AXIS_PX = 24
STEPS = 16  # of each side of the crop's outline, which a lens bends


@dataclass(frozen=True, eq=False)
class CaptureDrawing:
    """What is there to paint."""

    look: ImportPreview
    placement: GridPlacement | None
    near_plane: float
    chosen: int  # number of a camera


def paint_picture(
    painter: QPainter, look: ImportPreview, index: int, picture: QImage, place: QRectF, theme: Theme
) -> None:
    """A view's picture, or a plain ground while there is none; shaded where the crop cuts away."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if picture.isNull():
        painter.fillRect(place, QColor(theme.panel))
    else:
        painter.drawImage(place, picture)
    outline = crop_outline(look.views[index].lens, look.intrinsics, place)
    shade = QColor(theme.viewport)
    shade.setAlphaF(0.72)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawPolygon(QPolygonF(place).subtracted(outline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine))
    painter.drawPolygon(outline)


def paint_planes(
    painter: QPainter, projection: Projection, space: CaptureDrawing, theme: Theme
) -> None:
    """The near and the far plane of the chosen camera, and the pyramid between them."""
    if space.placement is None:
        return
    camera = space.look.views[space.chosen].camera
    depths = (space.near_plane, space.near_plane + 2 * space.placement.scale)
    lens = square_lens(space.look.intrinsics)
    near, far = (frustum_corners(camera, lens, depth) for depth in depths)
    color, faint = QColor(theme.accent), QColor(theme.accent)
    for plane, word in ((near, "near"), (far, "far")):
        places, _ = projection.points(plane)
        if np.isfinite(places).all():
            fill = QColor(color)
            fill.setAlphaF(0.08)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF([QPointF(*place) for place in places]))
            painter.setFont(interface_font(11))
            painter.setPen(color)
            painter.drawText(QPointF(places[1, 0] + 4, places[1, 1] - 4), word)
        paint_lines(painter, projection, plane, np.roll(plane, -1, axis=0), color, 1.0)
    faint.setAlphaF(0.45)
    paint_lines(painter, projection, near, far, faint, 1.0)


def paint_cameras(
    painter: QPainter, projection: Projection, space: CaptureDrawing, theme: Theme
) -> None:
    """A pyramid for each camera: red where it sees nothing of the grid, amber the chosen one."""
    look = space.look
    blind = look.shares == 0
    chosen = np.arange(len(look.views)) == space.chosen
    for color, members, width in (
        (theme.accent, ~blind & ~chosen, 1.0),
        (theme.red, blind, 1.8),
        (theme.amber, chosen & ~blind, 1.8),
    ):
        edges = look.pyramids[members].reshape(-1, 2, 3)
        ink = QColor(color)
        ink.setAlphaF(0.85)
        paint_lines(painter, projection, edges[:, 0], edges[:, 1], ink, width)


def paint_box(
    painter: QPainter, projection: Projection, placement: GridPlacement, theme: Theme
) -> None:
    """The grid's edges."""
    first, last = np.array(BOX_EDGES).T
    corners = placement.corners
    paint_lines(painter, projection, corners[first], corners[last], QColor(theme.amber), 1.6)


def paint_points(
    painter: QPainter, widget: QWidget, projection: Projection, points: Array, color: QColor
) -> None:
    """A dot for each point [N, 3]; of very many every few-th."""
    if len(points) == 0:
        return
    shown = points[:: -(-len(points) // MAX_POINTS)]
    places, _ = projection.points(shown)
    ratio = widget.devicePixelRatioF()
    width, height = round(widget.width() * ratio), round(widget.height() * ratio)
    with np.errstate(invalid="ignore"):
        pixels = np.floor(places * ratio)
        inside = (pixels >= 0).all(axis=1) & (pixels < (width - 1, height - 1)).all(axis=1)
    columns, rows = pixels[inside].astype(np.int64).T
    ink = QColor(color)
    ink.setAlphaF(0.6)
    canvas = np.zeros((height, width), dtype=np.uint32)
    value = _premultiplied(ink)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        canvas[rows + down, columns + right] = value
    image = QImage(canvas.data, width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(0, 0, image)


def paint_lines(
    painter: QPainter,
    projection: Projection,
    starts: Array,
    ends: Array,
    color: QColor,
    width: float,
) -> None:
    """Segments between world points [N, 3]."""
    painter.setPen(QPen(color, width))
    lines = np.clip(projection.lines(starts, ends), -20_000, 20_000)
    painter.drawLines([QLineF(*line) for line in lines.tolist()])


def paint_axes(painter: QPainter, camera: Camera, x: float, y: float, theme: Theme) -> None:
    """The world's axes as seen from a camera, around a point of the widget; those behind faint."""
    painter.setFont(interface_font(11))
    order = np.argsort(-camera.forward)  # the nearest last
    for index in order:
        axis = np.eye(3)[index]
        across, down = float(axis @ camera.right), float(axis @ camera.down)
        behind = float(axis @ camera.forward) > 0.2
        painter.setPen(QPen(QColor(theme.faint if behind else theme.text), 1.4))
        tip = QPointF(x + AXIS_PX * across, y + AXIS_PX * down)
        painter.drawLine(QPointF(x, y), tip)
        place = QPointF(x + 1.45 * AXIS_PX * across - 3, y + 1.45 * AXIS_PX * down + 4)
        painter.drawText(place, "xyz"[index])


def crop_outline(lens: Lens, intrinsics: Intrinsics, place: QRectF) -> QPolygonF:
    """Where the imported square lies in a picture that is shown at `place`.

    The square is that of the imported camera; the picture's lens bends its sides.
    """
    edge = np.linspace(0, 1, STEPS, endpoint=False)
    zeros, ones = np.zeros(STEPS), np.ones(STEPS)
    x = np.concatenate([edge, ones, 1 - edge, zeros]) * intrinsics.width
    y = np.concatenate([zeros, edge, ones, 1 - edge]) * intrinsics.height
    flat = np.stack([x - intrinsics.principal_x, y - intrinsics.principal_y], axis=1)
    pixels = lens.project(flat / intrinsics.focal)
    scale = place.width() / lens.width
    points = pixels * scale + (place.left(), place.top())
    return QPolygonF([QPointF(*point) for point in points])


def _premultiplied(color: QColor) -> int:
    alpha = color.alpha()
    red, green, blue = (value * alpha // 255 for value in color.getRgb()[:3])
    return (alpha << 24) | (red << 16) | (green << 8) | blue
