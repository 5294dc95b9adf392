"""Shows the picture with QPainter, where there is no OpenGL."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.pictures import Picture
from viewer.viewport.canvas.content import EMPTY, CanvasContent
from viewer.viewport.canvas.cpu_warp import MAX_PIXELS, CpuWarp, image_of
from viewer.viewport.canvas.letterbox import Rectangle, letterbox


class PainterCanvas(QWidget):
    """A `Canvas` of plain widgets.

    The picture is enlarged once, smoothly, and kept; a warp is made once for every view, and kept
    while only what lies over it is painted anew.
    """

    painted = Signal()
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._shown = EMPTY
        self._enlarged: QPixmap | None = None  # of `_shown.picture`
        self._warped: QImage | None = None  # of `_shown.warped`
        self._warp = CpuWarp()
        self._surround = QColor("black")

    @property
    def backend_name(self) -> str:
        """What paints."""
        return "QPainter"

    @property
    def place(self) -> Rectangle:
        """Where the picture lies, logical pixels."""
        return self._device_place().scaled(1 / self.devicePixelRatioF())

    @property
    def max_pixels(self) -> int:
        """Side of pictures beyond which a warp gains nothing."""
        return MAX_PIXELS

    def show_view(self, shown: CanvasContent) -> None:
        """Show a picture, a warp, or one over the other."""
        if shown.picture is not self._shown.picture:
            self._enlarged = None
        elif shown.warped is None and self._shown.warped is None:
            return  # as before
        if shown.warped is not self._shown.warped:
            self._warped = None
        self._shown = shown
        self.update()

    def set_surround(self, color: QColor) -> None:
        """Take `color` around the picture."""
        self._surround = QColor(color)
        self.update()

    def as_widget(self) -> QWidget:
        """This widget."""
        return self

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surroundings and the picture."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._surround)
        if self._shown is not EMPTY:
            place = self._device_place()
            ratio = self.devicePixelRatioF()
            # In device pixels, so that not a pixel is resampled twice.
            painter.scale(1 / ratio, 1 / ratio)
            self._paint(painter, QRect(*(int(v) for v in vars(place).values())))
        painter.end()
        self.painted.emit()

    def _paint(self, painter: QPainter, place: QRect) -> None:
        picture, warp = self._shown.picture, self._shown.warped
        if warp is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self._warped is None:
                self._warped = self._warp.image(warp)
            painter.drawImage(place, self._warped)
            painter.setOpacity(self._shown.opacity)
        if picture is not None:
            if self._enlarged is None or self._enlarged.size() != place.size():
                self._enlarged = _enlarge(picture, place.size())
            painter.drawPixmap(place.topLeft(), self._enlarged)

    def _device_place(self) -> Rectangle:
        height, width = self._shown.shape
        return letterbox(self.width(), self.height(), self.devicePixelRatioF(), width, height)


def _enlarge(picture: Picture, size: QSize) -> QPixmap:
    enlarged = QPixmap(size)
    painter = QPainter(enlarged)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(QRect(0, 0, size.width(), size.height()), image_of(picture.rgba))
    painter.end()
    return enlarged
