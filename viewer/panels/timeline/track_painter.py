"""Paints the timeline: ruler, keyframes, thumbnails, the angle to known views, playhead."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from dvox_core.geometry.cameras import Camera
from viewer.panels.timeline.time_scale import EMPTY_SECONDS, TimeScale
from viewer.panels.timeline.trust_curve import TrustCurve
from viewer.state.path_editor import PathEditor
from viewer.theme import CAPTION_PX, Spacing, Theme, ThemeManager, faded, interface_font, tabular
from viewer.theme.shapes import keyframe_diamond

RULER = 22
LANE = 22
KEYFRAME_SIZE = 6.0  # from the middle to the corners
KEYFRAME_REACH = 9.0
PICTURES = 44
"""Height of the thumbnails."""
TRUST = 26
CAPTION = 14


class TrackPainter(QWidget):
    """Paints the path of an editor over time."""

    def __init__(
        self,
        editor: PathEditor,
        themes: ThemeManager,
        picture_of: Callable[[Camera], QImage | None],
    ) -> None:
        super().__init__()
        self._editor, self._themes = editor, themes
        self._picture_of = picture_of
        self.trust = TrustCurve(self)
        self._scale = TimeScale(0.0, EMPTY_SECONDS, 400)
        self._hovered: int | None = None
        self._band: QRectF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(RULER + LANE + TRUST + CAPTION)
        editor.selection_changed.connect(lambda _: self.update())
        themes.theme_changed.connect(self._recolor)

    def _recolor(self, theme: Theme) -> None:
        self.trust.show_theme(theme)
        self.update()

    @property
    def scale(self) -> TimeScale:
        """Where times lie."""
        return self._scale

    def keyframe_place(self, index: int) -> QPointF:
        """The middle of a keyframe."""
        return QPointF(self._scale.x(self._editor.path.times[index]), RULER + LANE / 2)

    def show_angles(self, angles: NDArray[np.float64] | None) -> None:
        """Show the degrees to the nearest view along the path, evenly spread; None for unknown."""
        self.trust.show_angles(angles, self._editor.path.seconds, self._themes.theme)
        self.trust.setVisible(bool(self.trust.words))

    def show_trusts(self, trusts: NDArray[np.float64]) -> None:
        """Show how far views evenly along the path can be trusted, instead of their angles."""
        self.trust.show_trusts(trusts)
        self.trust.setVisible(bool(self.trust.words))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the thumbnails."""
        return QSize(600, RULER + LANE + PICTURES + TRUST + CAPTION + Spacing.CONTROL)

    @property
    def _whole(self) -> float:
        seconds = self._editor.path.seconds
        return seconds if seconds > 0 else EMPTY_SECONDS

    def _keyframe_at(self, place: QPointF) -> int | None:
        if not RULER <= place.y() <= RULER + LANE + self._picture_room():
            return None
        near = [
            (abs(self._scale.x(seconds) - place.x()), index)
            for index, seconds in enumerate(self._editor.path.times)
        ]
        distance, index = min(near, default=(KEYFRAME_REACH + 1, -1))
        return index if distance <= KEYFRAME_REACH else None

    def _picture_room(self) -> int:
        room = self.height() - RULER - LANE - TRUST - CAPTION - Spacing.LABEL
        return PICTURES if room >= PICTURES else 0

    # Painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stretch."""
        super().resizeEvent(event)
        self._scale = TimeScale(self._scale.start, self._scale.span, self.width())
        self.trust.setGeometry(0, self.height() - CAPTION - TRUST, self.width(), TRUST)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint all of it."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(tabular(interface_font(CAPTION_PX)))
            self._paint_ruler(painter)
            self._paint_trust(painter)
            if self._picture_room():
                self._paint_pictures(painter)
            self._paint_keyframes(painter)
            if self._band is not None:
                color = self._themes.theme.accent
                painter.setPen(QPen(QColor(color), 1))
                painter.setBrush(faded(color, 40))
                painter.drawRect(self._band)
            self._paint_playhead(painter)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(self._themes.theme.accent), 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_ruler(self, painter: QPainter) -> None:
        theme, scale = self._themes.theme, self._scale
        small, marks = scale.marks()
        painter.setPen(QPen(QColor(theme.line), 1))
        first, last = (
            int(max(scale.seconds(0), 0) / small),
            int(scale.seconds(self.width()) / small),
        )
        for index in range(first, last + 2):
            x = round(scale.x(index * small)) + 0.5
            painter.drawLine(QPointF(x, RULER - 4), QPointF(x, RULER))
        for seconds, text in marks:
            x = round(scale.x(seconds)) + 0.5
            painter.setPen(QPen(QColor(theme.faint), 1))
            painter.drawLine(QPointF(x, RULER - 8), QPointF(x, RULER))
            painter.setPen(QColor(theme.muted))
            if x + 4 + painter.fontMetrics().horizontalAdvance(text) <= self.width():
                painter.drawText(QPointF(x + 4, RULER - 8), text)

    def _paint_keyframes(self, painter: QPainter) -> None:
        theme, path = self._themes.theme, self._editor.path
        y = RULER + LANE / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        left, right = self._scale.x(0), self._scale.x(self._whole)
        painter.drawRoundedRect(QRectF(left, y - 4, right - left, 8), 4, 4)
        if path.closes:
            self._paint_way_back(painter, y)
        ordinary, chosen = QColor(theme.accent), QColor(theme.amber)
        for index, seconds in enumerate(path.times):
            selected = index in self._editor.selected
            size = KEYFRAME_SIZE + (1.5 if index == self._hovered or selected else 0)
            painter.setBrush(chosen if selected else ordinary)
            painter.setPen(QPen(QColor(theme.panel), 1.5))
            painter.drawPolygon(keyframe_diamond(QPointF(self._scale.x(seconds), y), size))

    def _paint_way_back(self, painter: QPainter, y: float) -> None:
        """The loop's way from the last key to the first, which stands at the end again."""
        theme, path = self._themes.theme, self._editor.path
        painter.setPen(QPen(QColor(theme.accent), 1.5, Qt.PenStyle.DotLine))
        end = self._scale.x(path.seconds)
        painter.drawLine(QPointF(self._scale.x(path.last_key_seconds), y), QPointF(end, y))
        painter.setBrush(QColor(theme.panel))
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.drawPolygon(keyframe_diamond(QPointF(end, y), KEYFRAME_SIZE - 1))

    def _paint_pictures(self, painter: QPainter) -> None:
        theme, path = self._themes.theme, self._editor.path
        side = PICTURES - Spacing.LABEL
        top = RULER + LANE
        order = [*self._editor.selected, *range(len(path.keyframes))]
        taken: list[float] = []
        for index in order:
            x = self._scale.x(path.times[index])
            if not -side < x < self.width() + side or any(abs(x - t) < side + 2 for t in taken):
                continue
            taken.append(x)
            left = min(max(x - side / 2, 2.0), self.width() - side - 2.0)
            place = QRectF(left, top, side, side)
            picture = self._picture_of(path.keyframes[index].camera)
            if picture is not None:
                painter.drawImage(place, picture)
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.raised))
                painter.drawRoundedRect(place, 3, 3)
            selected = index in self._editor.selected
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.amber if selected else theme.line), 1))
            painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _paint_trust(self, painter: QPainter) -> None:
        left, right = self._scale.seconds(0), self._scale.seconds(self.width())
        has_keys = bool(self._editor.path.keyframes)
        self.trust.show_times(left, right, self._editor.playhead if has_keys else None)
        painter.setPen(QColor(self._themes.theme.muted))
        place = QPointF(self._scale.x(self._scale.start), self.height() - 4)
        painter.drawText(place, self.trust.words)

    def _paint_playhead(self, painter: QPainter) -> None:
        if not self._editor.path.keyframes:
            return
        color = QColor(self._themes.theme.text)
        x = round(self._scale.x(self._editor.playhead)) + 0.5
        painter.setPen(QPen(color, 1))
        painter.drawLine(QPointF(x, 8), QPointF(x, self.height() - CAPTION))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        head: Sequence[QPointF] = [QPointF(x - 5, 2), QPointF(x + 5, 2), QPointF(x, 10)]
        painter.drawPolygon(QPolygonF(head))
