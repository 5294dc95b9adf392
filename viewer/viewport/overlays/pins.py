"""Pinned pixels as coloured rings over the picture, and the pixel that a panel points at."""

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap

from viewer.state.selection import Pixel, Selection
from viewer.viewport.canvas.letterbox import PictureArea
from viewer.viewport.overlays.overlay import Overlay

RADIUS = 7.0
ROOM = 10  # from its middle to the edges of a ring's picture
MAX_RINGS = 32  # whose pictures are kept

# Over the picture, whatever its colours and the theme.
OUTLINE = QColor(0, 0, 0, 150)
CROSS = QColor(255, 255, 255)


class PinsOverlay(Overlay):
    """Shows the selection's pins while somebody watches them."""

    def __init__(self, selection: Selection) -> None:
        super().__init__()
        self.setObjectName("pins")
        self._selection = selection
        self._rings: dict[tuple[float, float, str, float], QPixmap] = {}
        selection.pins_changed.connect(self._show)
        selection.hovered_changed.connect(self._show)
        selection.watched_changed.connect(self._show)
        self._show()

    @property
    def pointed_at(self) -> Pixel | None:
        """The pixel that a panel points at; one under the mouse itself needs no mark."""
        parent = self.parentWidget()
        by_mouse = parent is not None and parent.underMouse()
        return None if by_mouse else self._selection.hovered

    def _show(self, *_: object) -> None:
        wanted = self._selection.watched and bool(self._selection.pins or self.pointed_at)
        if wanted or self.isVisible():
            self.setVisible(wanted)
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint a ring a pin, and a cross where a panel points."""
        area = self.area
        if area is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for pin in self._selection.pins:
                self._ring(painter, _place(area, pin.pixel), self.theme.pins[pin.slot])
            if self.pointed_at is not None:
                self._cross(painter, _place(area, self.pointed_at))

    def _ring(self, painter: QPainter, place: QPointF, color: str) -> None:
        """Drawn once for a place: Qt paints the overlay anew with every view."""
        ratio = self.devicePixelRatioF()
        corner = QPointF(math.floor(place.x()), math.floor(place.y())) - QPointF(ROOM, ROOM)
        middle = place - corner
        key = (middle.x(), middle.y(), color, ratio)
        if key not in self._rings:
            if len(self._rings) >= MAX_RINGS:
                self._rings.clear()
            self._rings[key] = _ring_picture(middle, QColor(color), ratio)
        painter.drawPixmap(corner, self._rings[key])

    def _cross(self, painter: QPainter, place: QPointF) -> None:
        for color, width in ((OUTLINE, 3), (CROSS, 1)):
            painter.setPen(QPen(color, width))
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                way = QPointF(x, y)
                painter.drawLine(place + way * 3, place + way * 9)


def _ring_picture(middle: QPointF, color: QColor, ratio: float) -> QPixmap:
    picture = QPixmap(math.ceil((2 * ROOM + 1) * ratio), math.ceil((2 * ROOM + 1) * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A dark rim outside and inside: visible on any picture.
        painter.setPen(QPen(OUTLINE, 4))
        painter.drawEllipse(middle, RADIUS, RADIUS)
        painter.setPen(QPen(color, 2))
        painter.drawEllipse(middle, RADIUS, RADIUS)
        painter.drawPoint(middle)
    return picture


def _place(area: PictureArea, pixel: Pixel) -> QPointF:
    return QPointF(*area.point_of(pixel.u, pixel.v))
