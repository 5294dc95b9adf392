"""Shapes that mean the same wherever they are painted."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPolygonF


def keyframe_diamond(middle: QPointF, size: float) -> QPolygonF:
    """The shape of a keyframe; `size` from its middle to its corners."""
    across, up = QPointF(size, 0), QPointF(0, size)
    return QPolygonF([middle - up, middle + across, middle + up, middle - across])
