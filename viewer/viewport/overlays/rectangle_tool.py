"""Marks a rectangle of the picture by a drag, or by the keys."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen

from dvox_core.inspection.rectangle import PictureRectangle
from dvox_core.rendering.frame import BORDER
from viewer.state.rectangle_request import RectangleRequest
from viewer.theme import Spacing, interface_font
from viewer.viewport.overlays.overlay import Overlay

STEP = 4  # pixels of the picture that a key moves
HINT = "drag a rectangle · arrows move it, Shift and arrows size it, Enter takes it · Esc cancels"

# Over the picture, whatever its colours and the theme.
SHADE = QColor(0, 0, 0, 110)
OUTLINE = QColor(0, 0, 0, 160)
PLATE = QColor(0, 0, 0, 190)
WRITING = QColor(255, 255, 255)

_ARROWS = {
    Qt.Key.Key_Left: (-STEP, 0),
    Qt.Key.Key_Right: (STEP, 0),
    Qt.Key.Key_Up: (0, -STEP),
    Qt.Key.Key_Down: (0, STEP),
}


class RectangleTool(Overlay):
    """Takes the mouse while a rectangle is wanted; afterwards shows what was marked."""

    def __init__(self, request: RectangleRequest) -> None:
        super().__init__()
        self.setObjectName("marquee")
        self._request = request
        self._start: tuple[float, float] | None = None  # pixel where the drag began
        self._drawn: PictureRectangle | None = None
        request.wanted_changed.connect(self._on_wanted_changed)
        request.rectangle_changed.connect(lambda _: self._show())
        self._show()

    @property
    def shown(self) -> PictureRectangle | None:
        """What is being marked, or was marked last."""
        return self._drawn if self._request.wanted else self._request.rectangle

    def _on_wanted_changed(self, text: str) -> None:
        self._start = self._drawn = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not text)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._show()
        if text:
            self.setFocus()
        elif self.hasFocus() and (parent := self.parentWidget()) is not None:
            parent.setFocus()

    def _show(self) -> None:
        self.setVisible(bool(self._request.wanted) or self._request.rectangle is not None)
        self.update()

    def _pixel(self, place: QPointF) -> tuple[float, float] | None:
        if self.area is None:
            return None
        u, v = self.area.pixel_at(place.x(), place.y())
        least, most = BORDER - 0.5, self.area.side - BORDER - 0.5
        return min(max(u, least), most), min(max(v, least), most)

    # Qt's overrides

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a rectangle."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start, self._drawn = self._pixel(event.position()), None
        else:
            self._request.cancel()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw it."""
        end = self._pixel(event.position())
        if self._start is not None and end is not None:
            self._drawn = _spanned(self._start, end)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take it; a mere click marks nothing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = None
            self._finish()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Leave the pivot alone."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, size, take or cancel."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self._request.cancel()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif key in _ARROWS and self.area is not None:
            sizes = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            side = self.area.side
            self._drawn = _moved(self._drawn or _middle(side), *_ARROWS[key], sizes, side)
            self.update()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Shade all but the rectangle while it is being marked; outline it afterwards."""
        if self.area is None:
            return
        with QPainter(self) as painter:
            place = self.area.place
            picture = QRectF(place.x, place.y, place.width, place.height)
            outline = self._outline()
            if self._request.wanted:
                around = QPainterPath()
                around.addRect(picture)
                if outline is not None:
                    around.addRect(outline)  # a hole: paths fill by odd and even
                painter.fillPath(around, SHADE)
                self._write_request(painter, picture)
            if outline is not None:
                for color, width in ((OUTLINE, 3), (QColor(self.theme.accent), 1)):
                    painter.setPen(QPen(color, width))
                    painter.drawRect(outline)

    def _outline(self) -> QRectF | None:
        shown = self.shown
        if shown is None or self.area is None:
            return None
        left, top = self.area.point_of(shown.left - 0.5, shown.top - 0.5)
        right, bottom = self.area.point_of(shown.right - 0.5, shown.bottom - 0.5)
        return QRectF(QPointF(left, top), QPointF(right, bottom))

    def _write_request(self, painter: QPainter, picture: QRectF) -> None:
        painter.setFont(interface_font())
        lines = f"{self._request.wanted}\n{HINT}"
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        room = picture.adjusted(Spacing.PAGE, Spacing.PAGE, -Spacing.PAGE, -Spacing.PAGE)
        bounds = painter.boundingRect(room, flags, lines)
        plate = bounds.adjusted(-Spacing.PANEL, -Spacing.CONTROL, Spacing.PANEL, Spacing.CONTROL)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(plate, 6, 6)
        painter.setPen(WRITING)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawText(room, flags, lines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _finish(self) -> None:
        if self._drawn is not None:
            self._request.finish(self._drawn)


def _spanned(start: tuple[float, float], end: tuple[float, float]) -> PictureRectangle:
    """The pixels between two points, at least one."""
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(start, end, strict=True))
    left, right, top, bottom = (round(edge + 0.5) for edge in (left, right, top, bottom))
    return PictureRectangle(left, top, max(right, left + 1), max(bottom, top + 1))


def _middle(side: int) -> PictureRectangle:
    return PictureRectangle(3 * side // 8, 3 * side // 8, 5 * side // 8, 5 * side // 8)


def _moved(
    rectangle: PictureRectangle, right: int, down: int, sizes: bool, side: int
) -> PictureRectangle:
    """Moved, or with its lower right corner moved; it stays within the trained picture."""
    least, most = BORDER, side - BORDER
    if sizes:
        return PictureRectangle(
            rectangle.left,
            rectangle.top,
            min(max(rectangle.right + right, rectangle.left + STEP), most),
            min(max(rectangle.bottom + down, rectangle.top + STEP), most),
        )
    width, height = rectangle.right - rectangle.left, rectangle.bottom - rectangle.top
    left = min(max(rectangle.left + right, least), most - width)
    top = min(max(rectangle.top + down, least), most - height)
    return PictureRectangle(left, top, left + width, top + height)
