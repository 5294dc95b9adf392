"""The other side of a comparison over the picture: right of a splitter, or as a difference."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from dvox_core.rendering import colormaps
from dvox_core.rendering.frame import without_border
from dvox_core.rendering.pictures import Legend, colors_of
from dvox_core.rendering.view_difference import picture_difference, picture_error
from viewer.state.viewer_state import DisplayMode, ViewerState
from viewer.text.units import degrees, number
from viewer.theme import CAPTION_PX, interface_font
from viewer.viewport.canvas.letterbox import Rectangle
from viewer.viewport.overlays.hud import paint_plate
from viewer.viewport.overlays.overlay import Overlay
from viewer.widgets.images import array_image, color_ramp
from viewer.workers.comparison.comparison import ComparedView, Comparison, ComparisonDisplay

HANDLE_WIDTH = 16
KEY_STEP = 0.02
DIFFERENCE = Legend("Difference", "of 1", colormaps.DIFFERENCE, -0.5, 0.5)
ERROR = Legend("Error", "of 1", colormaps.WEIGHTS, 0.0, 0.25)
PADDING = 6
SCALE_WIDTH, BAR_HEIGHT = 200, 8


class ComparisonOverlay(Overlay):
    """Paints the other picture over the open scene's, where the comparison wants it."""

    def __init__(self, state: ViewerState, comparison: Comparison) -> None:
        super().__init__()
        self.setObjectName("comparison")
        self._state = state
        self._comparison = comparison
        self._other: ComparedView | None = None
        self._image = QImage()
        self._legend: Legend | None = None
        comparison.changed.connect(self._show)
        comparison.split_changed.connect(lambda _: self.update())
        state.display_mode_changed.connect(self._show)
        self._show()

    @property
    def image(self) -> QImage:
        """What is painted; null where nothing is."""
        return self._image

    def _show(self, *_: object) -> None:
        comparison, frame = self._comparison, self._state.frame
        other = None
        # A photo cannot be compared with colours of depth.
        wanted = comparison.blinks or comparison.in_picture is not ComparisonDisplay.NOTHING
        if wanted and self._state.display_mode is DisplayMode.RGB:
            other = comparison.other()
        if other is None or frame is None:
            self._other, self._image = None, QImage()
            self.hide()
            return
        self._legend = None
        if comparison.blinks or comparison.in_picture is ComparisonDisplay.SPLIT:
            pixels = without_border(other.picture)
        elif other.is_here:
            is_error = comparison.in_picture is ComparisonDisplay.ERROR
            compare = picture_error if is_error else picture_difference
            self._legend = ERROR if is_error else DIFFERENCE
            values = without_border(compare(frame.picture, other.picture, other.shown))
            pixels = colors_of(values, self._legend)[..., :3]
        else:
            self._other, self._image = None, QImage()
            self.hide()
            return
        self._other, self._image = other, array_image(pixels)
        self.show()
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint it, and who is on which side."""
        if self.area is None or self._image.isNull() or self._other is None:
            return
        place = self.area.place
        whole = QRectF(place.x, place.y, place.width, place.height)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self._comparison.blinks:
                painter.drawImage(whole, self._image)
                self._write(painter, whole.topRight(), self.other_side, left=False)
                return
            if self._legend is not None:
                painter.drawImage(whole, self._image)
                text = f"{self._other.name} − this scene"
                if self._legend is ERROR:
                    text = f"Error against {self._other.name}"
                self._write(painter, whole.topLeft(), text, left=True)
                self._paint_scale(painter, whole, self._legend)
                return
            x = whole.x() + self._comparison.split * whole.width()
            painter.save()
            painter.setClipRect(QRectF(x, whole.y(), whole.right() - x, whole.height()))
            painter.drawImage(whole, self._image)
            painter.restore()
            self._write(painter, whole.topLeft(), "This scene", left=True)
            self._write(painter, whole.topRight(), self.other_side, left=False)

    @property
    def legend(self) -> Legend | None:
        """What its colours mean; None where it shows a picture."""
        return self._legend

    @property
    def other_side(self) -> str:
        """Who is right of the splitter, and how far off where it is seen from elsewhere."""
        other, frame = self._other, self._state.frame
        if other is None or other.is_here or frame is None or other.camera is None:
            return other.name if other is not None else ""
        turned = degrees(frame.camera.angle_to(other.camera))
        moved = number(frame.camera.distance_to(other.camera))
        return f"{other.name}, seen from another place ({turned}, {moved} units away)"

    def _paint_scale(self, painter: QPainter, whole: QRectF, legend: Legend) -> None:
        """What the colours mean, at the picture's lower left."""
        painter.setFont(interface_font(CAPTION_PX))
        height = painter.fontMetrics().height()
        plate = QRectF(
            whole.x() + PADDING,
            whole.bottom() - 3 * PADDING - height - BAR_HEIGHT,
            SCALE_WIDTH,
            2 * PADDING + height + BAR_HEIGHT,
        )
        paint_plate(painter, plate, self.theme)
        bar = plate.adjusted(PADDING, PADDING, -PADDING, -PADDING - height)
        painter.drawImage(bar, color_ramp(legend.colormap))
        values = QRectF(bar.x(), bar.bottom(), bar.width(), height)
        painter.setPen(QColor(self.theme.text))
        middle = (legend.low + legend.high) / 2
        sides = (
            (f"{legend.low:g}".replace("-", "−"), Qt.AlignmentFlag.AlignLeft),
            (f"{middle:g}", Qt.AlignmentFlag.AlignHCenter),
            (f"{legend.high:g} {legend.unit}", Qt.AlignmentFlag.AlignRight),
        )
        for text, side in sides:
            painter.drawText(values, side, text)

    def _write(self, painter: QPainter, corner: QPointF, text: str, *, left: bool) -> None:
        painter.setFont(interface_font(CAPTION_PX))
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(text) + 2 * PADDING, metrics.height() + PADDING
        x = corner.x() + PADDING if left else corner.x() - PADDING - width
        plate = QRectF(x, corner.y() + PADDING, width, height)
        paint_plate(painter, plate, self.theme)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


class ComparisonSplitter(Overlay):
    """The line between the two sides; a drag or the arrow keys move it."""

    def __init__(self, comparison: Comparison, overlay: ComparisonOverlay) -> None:
        super().__init__()
        self.setObjectName("splitHandle")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Splitter of the comparison")
        self.setToolTip("Drag, or use the arrow keys; double-click returns to the middle")
        self._comparison = comparison
        self._overlay = overlay
        self._place = Rectangle(0, 0, 1, 1)
        comparison.changed.connect(self._show)
        comparison.split_changed.connect(lambda _: self._put())
        self._show()

    def lay_out(self, size: QSize, place: Rectangle) -> None:
        """Stand where the split is."""
        self._place = place
        self._put()

    def _show(self) -> None:
        comparison = self._comparison
        splits = comparison.in_picture is ComparisonDisplay.SPLIT and not comparison.blinks
        self.setVisible(splits and not self._overlay.image.isNull())

    def _put(self) -> None:
        place = self._place
        x = place.x + self._comparison.split * place.width - HANDLE_WIDTH / 2
        self.setGeometry(round(x), round(place.y), HANDLE_WIDTH, round(place.height))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the line and its grip."""
        middle = self.rect().center()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self.theme.accent), 2))
            x = HANDLE_WIDTH / 2
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
            # Filled where the arrow keys move it.
            painter.setBrush(QColor(self.theme.accent if self.hasFocus() else self.theme.panel))
            painter.drawRoundedRect(QRectF(x - 5, middle.y() - 14, 10, 28), 5, 5)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it; nothing reaches the picture below."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            x = self.mapToParent(event.position()).x()
            self._comparison.set_split((x - self._place.x) / max(self._place.width, 1))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Return to the middle."""
        event.accept()
        self._comparison.set_split(0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by the arrow keys."""
        steps = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._comparison.set_split(self._comparison.split + step)
