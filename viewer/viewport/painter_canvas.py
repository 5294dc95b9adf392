"""Shows the picture with QPainter, where there is no OpenGL."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from dvox_core.rendering.pictures import Picture
from viewer.viewport.letterbox import Rectangle, letterbox


class PainterCanvas(QWidget):
    """A `Canvas` of plain widgets: the picture is enlarged once, smoothly, and kept."""

    painted = Signal()
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture: Picture | None = None
        self._enlarged: QPixmap | None = None
        self._surround = QColor("black")

    @property
    def backend_name(self) -> str:
        """What paints."""
        return "QPainter"

    @property
    def place(self) -> Rectangle:
        """Where the picture lies, logical pixels."""
        return self._device_place().scaled(1 / self.devicePixelRatioF())

    def show_picture(self, picture: Picture | None) -> None:
        """Show `picture`, or only the surroundings."""
        if picture is not self._picture:
            self._picture = picture
            self._enlarged = None
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
        if self._picture is not None:
            place = self._device_place()
            ratio = self.devicePixelRatioF()
            size = QSize(int(place.width), int(place.height))
            if self._enlarged is None or self._enlarged.size() != size:
                self._enlarged = _enlarge(self._picture, size)
            # In device pixels, so that not a pixel is resampled twice.
            painter.scale(1 / ratio, 1 / ratio)
            painter.drawPixmap(int(place.x), int(place.y), self._enlarged)
        painter.end()
        self.painted.emit()

    def _device_place(self) -> Rectangle:
        height, width = (1, 1) if self._picture is None else self._picture.rgba.shape[:2]
        return letterbox(self.width(), self.height(), self.devicePixelRatioF(), width, height)


def _enlarge(picture: Picture, size: QSize) -> QPixmap:
    enlarged = QPixmap(size)
    painter = QPainter(enlarged)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.drawImage(QRect(0, 0, size.width(), size.height()), as_image(picture))
    painter.end()
    return enlarged


def as_image(picture: Picture) -> QImage:
    """The picture as a QImage that owns its pixels, in the format that QPainter is fastest with."""
    height, width = picture.rgba.shape[:2]
    borrowed = QImage(picture.rgba.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
    return borrowed.convertToFormat(QImage.Format.Format_RGB32)
