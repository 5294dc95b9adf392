"""Paints a camera's picture, the box's handles and words over the view of cameras and grid."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QPolygonF

from dvox_core.data.lens import Lens, pinhole_lens
from dvox_core.geometry.cameras import Intrinsics
from viewer.theme import CORNER_RADIUS, Theme
from viewer.wizard.capture_view.box_dragging import Handle
from viewer.wizard.import_preview import ImportPreview

HANDLE_PX = 4.5
STEPS = 16  # of each side of the crop's outline, which a lens bends
WIDEST = 5.0
"""Tangent of the angle from a camera's axis beyond which nothing is drawn in its place."""


def paint_picture(
    painter: QPainter, look: ImportPreview, index: int, picture: QImage, place: QRectF, theme: Theme
) -> None:
    """A view's picture, or a plain ground while there is none; shaded where the crop cuts away."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if picture.isNull():
        painter.fillRect(place, QColor(theme.panel))
    else:
        painter.drawImage(place, picture)
    turn = None if look.turns is None else look.turns[index]
    outline = crop_outline(look.views[index].lens, look.intrinsics, place, turn)
    shade = QColor(theme.viewport)
    shade.setAlphaF(0.72)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawPolygon(QPolygonF(place).subtracted(outline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine))
    painter.drawPolygon(outline)


def paint_handle(
    painter: QPainter, place: QPointF, handle: Handle, is_held: bool, theme: Theme
) -> None:
    """A dot for a face of the box, a square for its middle."""
    painter.setPen(QPen(QColor(theme.viewport), 1))
    painter.setBrush(QColor(theme.text if is_held else theme.amber))
    radius = HANDLE_PX + (1.5 if is_held else 0)
    if handle.is_face:
        painter.drawEllipse(place, radius, radius)
    else:
        square = QRectF(0, 0, 2 * radius, 2 * radius)
        square.moveCenter(place)
        painter.drawRect(square)


def paint_words(
    painter: QPainter, room: QRectF, text: str, color: str, theme: Theme, font: QFont
) -> None:
    """A line on a plate, so that it can be read over cameras."""
    painter.setFont(font)
    metrics = painter.fontMetrics()
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
    ground = QColor(theme.viewport)
    ground.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    width = metrics.horizontalAdvance(text) + 12
    plate = QRectF(room.left() - 6, room.top(), width, room.height())
    painter.drawRoundedRect(plate, CORNER_RADIUS, CORNER_RADIUS)
    painter.setPen(QColor(color))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


def crop_outline(
    lens: Lens, intrinsics: Intrinsics, place: QRectF, turn: NDArray[np.float64] | None = None
) -> QPolygonF:
    """Where the imported square lies in a picture that is shown at `place`.

    The square is that of the imported camera, from which `turn` leads to the picture's; the
    picture's lens bends its sides.
    """
    edge = np.linspace(0, 1, STEPS, endpoint=False)
    zeros, ones = np.zeros(STEPS), np.ones(STEPS)
    x = np.concatenate([edge, ones, 1 - edge, zeros]) * intrinsics.width
    y = np.concatenate([zeros, edge, ones, 1 - edge]) * intrinsics.height
    flat = pinhole_lens(intrinsics).unproject(np.stack([x, y], axis=1))
    rays = np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
    if turn is not None:
        rays = rays @ turn.T
    # A wide square may go on behind the picture's camera, or where the lens bends back.
    flat = rays[:, :2] / np.maximum(rays[:, 2:], 1e-6)
    radius = np.linalg.norm(flat, axis=1, keepdims=True)
    farthest = min(lens.largest_radius, WIDEST)
    pixels = lens.project(flat * np.minimum(1, farthest / np.maximum(radius, 1e-12)))
    scale = place.width() / lens.width
    points = pixels * scale + (place.left(), place.top())
    return QPolygonF([QPointF(*point) for point in points])
