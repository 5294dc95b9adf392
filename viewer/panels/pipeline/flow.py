"""The flow between the tiles of the pipeline: arrows, signs where two meet, and ends of rows."""

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from dvox_core.pipeline.stages import Stage
from viewer.theme import CAPTION_PX, Theme, interface_font, mixed

HEAD_PX = 5.0
MARGIN_PX = 5.0
STAGES = tuple(Stage)

MEETING = {(Stage.LIFTED, Stage.BEFORE), (Stage.RESET, Stage.UPDATE)}
"""Neighbours that go on together: neither is made of the other."""


def paint_flow(
    painter: QPainter,
    places: Sequence[QRectF],  # of the tiles' pictures, in the stages' order
    live: Sequence[bool],  # whether each tile has a picture
    columns: int,
    theme: Theme,
) -> None:
    """Lead from each tile to the next; what comes from an empty tile is faint."""
    for number, (here, there) in enumerate(itertools.pairwise(places)):
        flows = live[number] and live[number + 1]
        color = QColor(theme.accent if flows else theme.line)
        pair = (STAGES[number], STAGES[number + 1])
        if (number + 1) % columns == 0:
            _lead_down(painter, here, there, color, pair in MEETING)
        elif pair in MEETING:
            _join(painter, here, there, color)
        else:
            _lead_across(painter, here, there, color)
            _write(painter, here, there, pair[1].made_by, theme, flows)


def _lead_across(painter: QPainter, here: QRectF, there: QRectF, color: QColor) -> None:
    y = here.center().y()
    start, end = QPointF(here.right() + MARGIN_PX, y), QPointF(there.left() - MARGIN_PX, y)
    path = QPainterPath(start)
    path.lineTo(end - QPointF(HEAD_PX, 0))
    _draw(painter, path, end, color)


def _lead_down(
    painter: QPainter, here: QRectF, there: QRectF, color: QColor, meeting: bool
) -> None:
    """From the end of a row to the beginning of the next, through the gap between them."""
    below = there.top() - 10
    right, left = here.right() + 12, there.left() - 12
    start = QPointF(here.right() + MARGIN_PX - 3, here.center().y())
    end = QPointF(there.left() - MARGIN_PX + 3, there.center().y())
    bend = 9.0
    path = QPainterPath(start)
    path.lineTo(right - bend, start.y())
    path.quadTo(right, start.y(), right, start.y() + bend)
    path.lineTo(right, below - bend)
    path.quadTo(right, below, right - bend, below)
    path.lineTo(left + bend, below)
    path.quadTo(left, below, left, below + bend)
    path.lineTo(left, end.y() - bend)
    path.quadTo(left, end.y(), left + bend, end.y())
    _draw(painter, path, None if meeting else end, color)


def _join(painter: QPainter, here: QRectF, there: QRectF, color: QColor) -> None:
    """A plus: both go on together."""
    middle = QPointF((here.right() + there.left()) / 2, here.center().y())
    painter.setPen(QPen(color, 1.75, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for arm in (QPointF(5, 0), QPointF(0, 5)):
        painter.drawLine(middle - arm, middle + arm)


def _draw(painter: QPainter, path: QPainterPath, head: QPointF | None, color: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 1.75, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPath(path)
    if head is None:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    back = head - QPointF(HEAD_PX + 1, 0)
    wing = QPointF(0, HEAD_PX * 0.8)
    painter.drawPolygon(QPolygonF([head, back - wing, back + wing]))


def _write(
    painter: QPainter, here: QRectF, there: QRectF, word: str, theme: Theme, flows: bool
) -> None:
    """What makes the next of this, upright beside the arrow where there is room for it."""
    font = interface_font(CAPTION_PX - 1)
    width = QFontMetricsF(font).horizontalAdvance(word)
    if width > here.height() / 2 - 12:
        return
    painter.save()
    painter.setFont(font)
    painter.setPen(QColor(theme.muted if flows else mixed(theme.panel, theme.muted, 0.6)))
    painter.translate((here.right() + there.left()) / 2, here.center().y() - 10)
    painter.rotate(-90)
    painter.drawText(
        QRectF(0, -8, width + 4, 16),
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        word,
    )
    painter.restore()
