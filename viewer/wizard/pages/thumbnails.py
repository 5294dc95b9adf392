"""Tiles of small pictures."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from viewer.theme import CORNER_RADIUS, Spacing, ThemeManager
from viewer.theme.icons import icon
from viewer.wizard.source_reader import Thumbnail

TILE = 76
STEP = TILE + Spacing.CONTROL


class Thumbnails(QWidget):
    """As many columns as there is room for; pictures that are not there yet are empty tiles."""

    clicked = Signal(int)  # index of the view

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._thumbnails: tuple[Thumbnail, ...] = ()
        self._names: tuple[str, ...] = ()
        self._expected = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Pictures")
        themes.theme_changed.connect(lambda: self.update())

    def expect(self, count: int) -> None:
        """Show so many empty tiles."""
        self._thumbnails, self._expected = (), count
        self._relayout()

    def show_pictures(self, thumbnails: Sequence[Thumbnail], names: Sequence[str]) -> None:
        """Show these; `names` are of all views, for the tool tips."""
        self._thumbnails, self._names = tuple(thumbnails), tuple(names)
        self._expected = len(thumbnails)
        self._relayout()

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return self._expected

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(6 * STEP, self.heightForWidth(max(self.width(), STEP)))

    def heightForWidth(self, width: int) -> int:
        """All rows."""
        rows = -(-self._expected // self._columns(width))
        return max(0, rows * STEP - Spacing.CONTROL)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for all rows."""
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell of the picture that was clicked."""
        thumbnail = self._at(event.position().toPoint())
        if thumbnail is not None and thumbnail.index >= 0 and not thumbnail.problem:
            self.clicked.emit(thumbnail.index)

    def event(self, event: QEvent) -> bool:
        """Name the picture under the cursor."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            thumbnail = self._at(event.pos())
            if thumbnail is None:
                QToolTip.hideText()
            else:
                words = thumbnail.left_out or thumbnail.problem or self._names[thumbnail.index]
                QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tiles."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            for number in range(self._expected):
                box = self._box(number)
                if not box.intersects(QRectF(event.rect())):
                    continue
                path = QPainterPath()
                path.addRoundedRect(box, CORNER_RADIUS, CORNER_RADIUS)
                painter.fillPath(path, QColor(theme.panel))
                if number >= len(self._thumbnails):
                    continue
                thumbnail = self._thumbnails[number]
                if thumbnail.problem:
                    painter.setPen(QColor(theme.red))
                    painter.drawPath(path)
                    place = box.adjusted(26, 26, -26, -26).toRect()
                    icon("image-broken-variant", theme, "red").paint(painter, place)
                    continue
                painter.save()
                painter.setClipPath(path)
                painter.setOpacity(0.35 if thumbnail.left_out else 1.0)
                painter.drawImage(_covering(box, thumbnail.image.size()), thumbnail.image)
                painter.restore()
                if thumbnail.left_out:
                    painter.setPen(QPen(QColor(theme.red), 2))
                    painter.drawPath(path)
                    place = box.adjusted(29, 29, -29, -29).toRect()
                    icon("close", theme, "red").paint(painter, place)

    def _relayout(self) -> None:
        self.setMinimumHeight(self.heightForWidth(max(self.width(), STEP)))
        self.updateGeometry()
        self.update()

    def _columns(self, width: int) -> int:
        return max(1, (width + Spacing.CONTROL) // STEP)

    def _box(self, number: int) -> QRectF:
        row, column = divmod(number, self._columns(self.width()))
        return QRectF(column * STEP, row * STEP, TILE, TILE)

    def _at(self, position: QPoint) -> Thumbnail | None:
        for number, thumbnail in enumerate(self._thumbnails):
            if self._box(number).contains(position):
                return thumbnail
        return None


def _covering(box: QRectF, size: QSize) -> QRectF:
    """The rectangle of a picture that covers a box, its middle in the box's."""
    scale = max(box.width() / max(1, size.width()), box.height() / max(1, size.height()))
    place = QRectF(0, 0, size.width() * scale, size.height() * scale)
    place.moveCenter(box.center())
    return place
