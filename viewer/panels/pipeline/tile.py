"""A tile of the pipeline: a stage's picture with its marks, its tensor's shape, and its time."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from dvox_core.pipeline.places import CloudPlaces, Place
from dvox_core.pipeline.stages import Stage
from viewer.theme import CAPTION_PX, CORNER_RADIUS, Theme, interface_font, mixed, tabular
from viewer.view3d.projection import Projection

FOOT_PX = 36
"""Two lines below the picture."""

MARK_PX = 5.0


@dataclass(frozen=True)
class TileMark:
    """A place of the picture, in shares of its sides, that is chosen or pointed at."""

    place: Place
    color: str


@dataclass(frozen=True, eq=False)
class Tile:
    """What a tile shows.

    Attributes:
        image: None where there is none; `note` then says why.
        is_opaque: whether the image fills the tile.
        shape: of the tensor, in words.
        time: of the stage, in words.
        cube: where the grid's cube is drawn around a cloud; None for other pictures.
        is_smooth: whether the image is interpolated.
    """

    image: QImage | None = None
    is_opaque: bool = True
    shape: str = ""
    time: str = ""
    note: str = ""
    marks: Sequence[TileMark] = ()
    cube: CloudPlaces | None = None
    is_smooth: bool = True


def paint_tile(
    painter: QPainter,
    place: QRectF,  # of the picture
    stage: Stage,
    tile: Tile,
    theme: Theme,
    outline: QPen | None,
) -> None:
    """Paint picture, outline, marks and the two lines below."""
    shape = QPainterPath()
    shape.addRoundedRect(place, CORNER_RADIUS, CORNER_RADIUS)
    painter.save()
    painter.setClipPath(shape)
    painter.fillRect(place, QColor(theme.viewport))
    if tile.image is None:
        _paint_note(painter, place, tile.note, theme)
    else:
        if tile.cube is not None:
            paint_cube(painter, place, tile.cube, theme)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, tile.is_smooth)
        painter.drawImage(place, tile.image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(outline or QPen(QColor(theme.line), 1))
    painter.drawPath(shape)
    if tile.image is not None:
        for mark in tile.marks:
            _paint_mark(painter, place, mark)
    _paint_foot(painter, place, stage, tile, theme)


def _paint_foot(painter: QPainter, place: QRectF, stage: Stage, tile: Tile, theme: Theme) -> None:
    there = tile.image is not None
    font = interface_font(CAPTION_PX + 1, bold=True)
    painter.setFont(font)
    painter.setPen(QColor(theme.text if there else theme.muted))
    line = QRectF(place.left(), place.bottom() + 4, place.width(), 16)
    title, metrics = stage.title, QFontMetricsF(font)
    if metrics.horizontalAdvance(title) > place.width():
        title = title.partition(" ")[0]
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
    small = tabular(interface_font(CAPTION_PX))
    painter.setFont(small)
    painter.setPen(QColor(theme.muted))
    line.translate(0, 15)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, tile.shape)
    metrics = QFontMetricsF(small)
    room = place.width() - metrics.horizontalAdvance(tile.shape) - 6
    for time in (tile.time, tile.time.rpartition("· ")[2]):
        if time and metrics.horizontalAdvance(time) <= room:
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line, right, time)
            return


def _paint_note(painter: QPainter, place: QRectF, note: str, theme: Theme) -> None:
    """One calm line in an empty tile."""
    font = interface_font(CAPTION_PX)
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    inner = place.adjusted(8, 6, -8, -6)
    flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
    note = note.partition(":")[0]  # the tool tip has all of it
    painter.drawText(inner, flags, note)


def paint_cube(painter: QPainter, place: QRectF, cloud: CloudPlaces, theme: Theme) -> None:
    """The edges of the grid, behind what is in it."""
    view = cloud.view
    factor = place.width() / view.width
    origin = (
        place.left() + (view.center_x + 0.5) * factor,
        place.top() + (view.center_y + 0.5) * factor,
    )
    projection = Projection(view.camera, view.focal * factor, origin, near=1e-6)
    painter.setPen(QPen(QColor(mixed(theme.viewport, theme.muted, 0.35)), 1))
    edges = projection.box(cloud.scene.placement.corners)
    painter.drawLines([QLineF(*edge) for edge in edges.tolist()])


def _paint_mark(painter: QPainter, place: QRectF, mark: TileMark) -> None:
    middle = QPointF(
        place.left() + mark.place[0] * place.width(), place.top() + mark.place[1] * place.height()
    )
    for color, width in ((QColor(0, 0, 0, 170), 4.0), (QColor(mark.color), 2.0)):
        painter.setPen(QPen(color, width))
        painter.drawEllipse(middle, MARK_PX, MARK_PX)
