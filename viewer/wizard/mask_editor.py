"""A dialog in which a mask is mended with a brush."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QSlider, QWidget

from viewer.theme import Spacing, ThemeManager
from viewer.widgets.dialog import Dialog
from viewer.widgets.images import array_image
from viewer.wizard.object_finder import MaskedPicture, ObjectFinder
from viewer.wizard.object_masks import masked_picture

Mask = NDArray[np.uint8]

SMALLEST, LARGEST, USUAL = 1, 20, 5
"""Radius of the brush, in percent of the picture's longer side."""

MOST_UNDONE = 20


def painted(mask: Mask, start: QPointF, end: QPointF, radius: float, value: int) -> Mask:
    """The mask [H, W] after a stroke of a round brush; places and radius in its pixels."""
    height, width = mask.shape
    rows, columns = np.mgrid[:height, :width] + 0.5
    along = np.array([end.x() - start.x(), end.y() - start.y()])
    length = float(along @ along)
    offsets = np.stack([columns - start.x(), rows - start.y()], axis=-1)
    share = np.clip(offsets @ along / length, 0, 1) if length > 0 else np.zeros(mask.shape)
    away = np.linalg.norm(offsets - share[..., None] * along, axis=-1)
    return np.where(away <= radius, np.uint8(value), mask)


class MaskCanvas(QWidget):
    """A picture, pale where its mask leaves it out; a drag paints, with the right button erases."""

    changed = Signal()

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._picture: Mask | None = None
        self._mask: Mask = np.zeros((1, 1), dtype=np.uint8)
        self._image = QImage()
        self._undo: list[Mask] = []
        self._last: QPointF | None = None
        self._cursor: QPointF | None = None
        self.erases = False
        self.radius = USUAL
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(320, 320)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("The picture and its mask")
        self.setToolTip("Drag to add to the object; with the right button to take away")

    @property
    def present_mask(self) -> Mask:
        """[H, W] as it is painted now."""
        return self._mask

    @property
    def can_undo(self) -> bool:
        """Whether something was painted."""
        return bool(self._undo)

    def show_picture(self, given: MaskedPicture) -> None:
        """Begin with this picture and its mask."""
        self._picture, self._mask = given.picture, given.mask
        self._undo.clear()
        self._refresh()

    def undo(self) -> None:
        """Take back a stroke."""
        if self._undo:
            self._mask = self._undo.pop()
            self._refresh()

    def sizeHint(self) -> QSize:
        """Room for a picture."""
        return QSize(560, 560)

    def place(self) -> QRectF:
        """Where the picture is shown."""
        size = self._image.size()
        scale = min(self.width() / max(1, size.width()), self.height() / max(1, size.height()))
        shown = QRectF(0, 0, size.width() * scale, size.height() * scale)
        shown.moveCenter(QRectF(self.rect()).center())
        return shown

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        if self._picture is None:
            return
        self._undo = [*self._undo[1 - MOST_UNDONE :], self._mask]
        self._last = event.position()
        self._paint_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a stroke, or show where the brush is."""
        self._cursor = event.position()
        if self._last is not None:
            self._paint_to(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a stroke."""
        self._last = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture and the brush."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.viewport))
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            if not self._image.isNull():
                painter.drawImage(self.place(), self._image)
            if self._cursor is not None:
                radius = self._radius_px()
                painter.setPen(QPen(QColor(theme.red if self.erases else theme.accent), 1.5))
                painter.drawEllipse(self._cursor, radius, radius)

    def _radius_px(self) -> float:
        place = self.place()
        return self.radius / 100 * max(place.width(), place.height())

    def _paint_to(self, event: QMouseEvent) -> None:
        assert self._last is not None
        place = self.place()
        scale = self._mask.shape[1] / max(1.0, place.width())
        start, end = ((point - place.topLeft()) * scale for point in (self._last, event.position()))
        right = bool(event.buttons() & Qt.MouseButton.RightButton)
        value = 0 if self.erases or right else 255
        self._mask = painted(self._mask, start, end, self._radius_px() * scale, value)
        self._last = event.position()
        self._refresh()

    def _refresh(self) -> None:
        if self._picture is not None:
            self._image = array_image(masked_picture(self._picture, self._mask))
        self.changed.emit()
        self.update()


class MaskEditor(Dialog):
    """Mends masks picture by picture; what is mended is kept when the next one is shown."""

    def __init__(
        self, parent: QWidget, themes: ThemeManager, finder: ObjectFinder, index: int, count: int
    ) -> None:
        super().__init__(parent, "Mend a mask", 620)
        self._finder, self._index, self._count = finder, index, count
        self._name = ""
        self.words = self.add_text("", "muted")
        self.canvas = MaskCanvas(themes)
        self.column.addWidget(self.canvas, 1)
        self.brush = self._button("Brush", "Drag adds to the object (B)", "B")
        self.eraser = self._button("Eraser", "Drag takes away from the object (E)", "E")
        self.undo_button = self._button("Undo", "Take back a stroke (Ctrl+Z)", "Ctrl+Z")
        self.radius_slider = QSlider(Qt.Orientation.Horizontal)
        self.radius_slider.setRange(SMALLEST, LARGEST)
        self.radius_slider.setValue(USUAL)
        self.radius_slider.setAccessibleName("Size of the brush")
        self.radius_slider.setToolTip("Size of the brush")
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        for part in (self.brush, self.eraser, self.undo_button):
            row.addWidget(part)
        row.addWidget(self.radius_slider, 1)
        self.column.addLayout(row)
        self.brush.setCheckable(True)
        self.eraser.setCheckable(True)
        self.before = self.add_button("Previous", at_left=True)
        self.after = self.add_button("Next")
        self.done_button = self.add_button("Done", primary=True)
        self.brush.clicked.connect(lambda: self._set_erases(False))
        self.eraser.clicked.connect(lambda: self._set_erases(True))
        self.undo_button.clicked.connect(self.canvas.undo)
        self.radius_slider.valueChanged.connect(self._set_size)
        self.before.clicked.connect(lambda: self._step(-1))
        self.after.clicked.connect(lambda: self._step(1))
        self.done_button.clicked.connect(self.accept)
        self.canvas.changed.connect(self._on_painted)
        self.finished.connect(lambda _: self._keep())
        finder.picture_loaded.connect(self._on_loaded)
        self._set_erases(False)
        self._on_painted()
        finder.load_picture(index)

    @staticmethod
    def _button(text: str, tip: str, keys: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setShortcut(keys)
        button.setAutoDefault(False)
        return button

    def _set_erases(self, erases: bool) -> None:
        self.canvas.erases = erases
        self.brush.setChecked(not erases)
        self.eraser.setChecked(erases)
        self.canvas.update()

    def _set_size(self, size: int) -> None:
        self.canvas.radius = size
        self.canvas.update()

    def _on_painted(self) -> None:
        self.undo_button.setEnabled(self.canvas.can_undo)

    def _on_loaded(self, given: MaskedPicture) -> None:
        if given.index != self._index:
            return
        self._name = given.name
        self.words.setText(
            f"{given.name}, {given.index + 1} of {self._count}: what is pale becomes background."
        )
        self.canvas.show_picture(given)

    def _step(self, step: int) -> None:
        self._keep()
        self._index = (self._index + step) % self._count
        self._finder.load_picture(self._index)

    def _keep(self) -> None:
        if self._name and self.canvas.can_undo:
            self._finder.save_mask(self._name, self.canvas.present_mask)
        self._name = ""
