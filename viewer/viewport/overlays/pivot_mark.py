"""A mark at the pivot while the camera is steered by hand."""

import numpy as np
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from viewer.state.viewer_state import ViewerState
from viewer.viewport.navigation.navigator import Navigator
from viewer.viewport.overlays.overlay import Overlay

RADIUS = 5.0
SHOWN_MS = 700

# Over the picture, whatever its colours and the theme.
RIM = QColor(0, 0, 0, 150)


class PivotMark(Overlay):
    """A ring with a cross where the camera turns around; goes a moment after the hand rests."""

    def __init__(self, state: ViewerState, navigator: Navigator) -> None:
        super().__init__()
        self.setObjectName("pivotMark")
        self._state = state
        self._away = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._away.timeout.connect(self.hide)
        navigator.steered.connect(self._on_steered)
        state.scene_changed.connect(lambda _: self._stop())
        self.hide()

    @property
    def place(self) -> QPointF | None:
        """Where the pivot is seen; None where it is not."""
        pivot, projection = self._state.pivot, self.projection
        if pivot is None or projection is None:
            return None
        (point,), _ = projection.points(pivot[None])
        return QPointF(*point) if np.isfinite(point).all() else None

    def _on_steered(self) -> None:
        if self._state.scene is not None:
            self._away.start()
            self.show()

    def _stop(self) -> None:
        self._away.stop()
        self.hide()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the mark."""
        place = self.place
        if place is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for color, width in ((RIM, 4.0), (QColor(self.theme.amber), 1.75)):
                painter.setPen(QPen(color, width))
                painter.drawEllipse(place, RADIUS, RADIUS)
                for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    way = QPointF(x, y)
                    painter.drawLine(place + way * (RADIUS + 1), place + way * (RADIUS + 5))
