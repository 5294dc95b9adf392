"""The world's axes on the orbit sphere: balls with letters, to be clicked for views along them."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from dvox_core.geometry.cameras import Camera
from viewer.theme import Theme, interface_font

BALL, SMALL_BALL = 7.0, 4.5
DIRECTIONS = np.concatenate([np.eye(3), -np.eye(3)])  # [6, 3]: x, y, z and their opposites
NAMES = ("x", "y", "z", "−x", "−y", "−z")
SHARE = 0.84
"""How far from the sphere's middle to its rim the balls lie."""

# As everywhere: x red, y green, z blue; not the theme's, so that they stay what they are.
COLORS = ("#e5534b", "#57ab5a", "#4c8ef7")


def axis_places(
    camera: Camera, middle: float, radius: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Places of the six balls [6, 2], and which of them face the user."""
    seen = DIRECTIONS @ camera.rotation
    return middle + SHARE * radius * seen[:, :2], seen[:, 2] <= 0


def axis_at(camera: Camera, middle: float, radius: float, point: QPointF) -> int | None:
    """The number of the ball under a point, the nearest to the user first."""
    places, _ = axis_places(camera, middle, radius)
    depths = (DIRECTIONS @ camera.rotation)[:, 2]
    away = np.hypot(places[:, 0] - point.x(), places[:, 1] - point.y())
    near = [number for number in np.argsort(depths).tolist() if away[number] <= _size(number) + 1]
    return near[0] if near else None


def paint_axes(
    painter: QPainter, camera: Camera, middle: float, radius: float, theme: Theme, *, front: bool
) -> None:
    """Paint the balls that face the user, or those that do not."""
    places, faces = axis_places(camera, middle, radius)
    depths = (DIRECTIONS @ camera.rotation)[:, 2]
    font = interface_font(10, bold=True)
    for number in np.argsort(-depths).tolist():
        if bool(faces[number]) is not front:
            continue
        color, place = QColor(COLORS[number % 3]), QPointF(*places[number])
        if not front:
            color.setAlpha(110)
        size = _size(number)
        if number < 3:
            painter.setPen(QPen(color, 1.5))
            painter.drawLine(QPointF(middle, middle), place)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
        else:
            ground = QColor(theme.panel)
            painter.setPen(QPen(color, 1.5))
            painter.setBrush(ground)
        painter.drawEllipse(place, size, size)
        if number < 3:
            painter.setFont(font)
            painter.setPen(QColor("#10131a"))
            room = QRectF(place.x() - 8, place.y() - 8.5, 16, 16)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, NAMES[number])
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _size(number: int) -> float:
    return BALL if number < 3 else SMALL_BALL
