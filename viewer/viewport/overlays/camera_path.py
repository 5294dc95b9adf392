"""The edited camera path over the picture, with keyframes that can be clicked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from viewer.state.path_editor import PathEditor
from viewer.theme.shapes import keyframe_diamond
from viewer.view3d.projection import nearest_point
from viewer.viewport.overlays.overlay import Overlay
from viewer.workers.paths.path_player import PathPlayer

SAMPLES = 240
KEYFRAME_PX = 6.0
HIT_RADIUS_PX = 9.0
MIN_DISTANCE = 0.05
"""Share of the path's reach within which it is not painted: the camera itself stands on it."""

# Over the picture, whatever its colours and the theme.
OUTLINE = QColor(0, 0, 0, 150)


class PathOverlay(Overlay):
    """Shows the path while the timeline is open and nothing plays."""

    def __init__(self, editor: PathEditor, player: PathPlayer) -> None:
        super().__init__()
        self.setObjectName("path")
        self._editor, self._player = editor, player
        self._wanted = False
        self._line = np.zeros((0, 3))
        editor.path_changed.connect(self._follow)
        editor.selection_changed.connect(lambda _: self.update())
        player.curve_ready.connect(self._follow)
        player.playing_changed.connect(self._follow)
        self._follow()

    def set_wanted(self, wanted: bool) -> None:
        """Show it, or not."""
        self._wanted = wanted
        self._follow()

    @property
    def keyframe_places(self) -> list[tuple[int, QPointF]]:
        """The keyframes in view and where they are shown, first ones first."""
        keyframes = self._editor.path.keyframes
        if self.projection is None or not keyframes or self.isHidden():
            return []
        points, shown = self._seen(np.array([keyframe.camera.position for keyframe in keyframes]))
        return [(index, QPointF(*points[index])) for index in np.flatnonzero(shown).tolist()]

    def keyframe_at(self, place: QPointF) -> int | None:
        """The keyframe that is shown there."""
        places = self.keyframe_places
        number = nearest_point([spot.toTuple() for _, spot in places], place, HIT_RADIUS_PX)
        return None if number is None else places[number][0]

    def _follow(self, *_: object) -> None:
        shown = self._wanted and bool(self._editor.path.keyframes) and not self._player.playing
        self.setVisible(shown)
        if shown:
            self._line = line_of(self._editor, self._player.curve, SAMPLES)
            self.update()

    def _seen(self, world: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Where points are shown [N, 2], and which are: before the camera and not too near it."""
        assert self.projection is not None
        points, _ = self.projection.points(world)
        away = np.linalg.norm(world - self.projection.camera.position, axis=1)
        reach = np.ptp(self._line, axis=0).max() if len(self._line) else 0.0
        return points, np.isfinite(points).all(axis=1) & (away > max(MIN_DISTANCE * reach, 1e-9))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the way, then the keyframes."""
        if self.projection is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if len(self._line):
                points, shown = self._seen(self._line)
                for polyline in runs(points, shown):
                    for color, width in ((OUTLINE, 3.5), (QColor(self.theme.accent), 1.75)):
                        painter.setPen(QPen(color, width))
                        painter.drawPolyline(polyline)
            for index, place in self.keyframe_places:
                selected = index in self._editor.selected
                painter.setPen(QPen(OUTLINE, 1.5))
                painter.setBrush(QColor(self.theme.amber if selected else self.theme.accent))
                painter.drawPolygon(keyframe_diamond(place, KEYFRAME_PX + selected))


def line_of(editor: PathEditor, curve: Callable[[], Any], samples: int) -> NDArray[np.float64]:
    """[N, 3]: points along the path, world units; none while there is no curve to follow."""
    found = curve() if editor.path.seconds > 0 else None
    if found is None:
        return np.zeros((0, 3))
    return np.asarray(found.positions_at(np.linspace(0, found.seconds, samples)))


def runs(points: NDArray[np.float64], shown: NDArray[np.bool_]) -> list[QPolygonF]:
    """Unbroken lines through the points that are shown."""
    found: list[QPolygonF] = []
    current: list[QPointF] = []
    for point, seen in zip(points.tolist(), shown.tolist(), strict=True):
        if seen:
            current.append(QPointF(*point))
        elif current:
            found.append(QPolygonF(current))
            current = []
    if current:
        found.append(QPolygonF(current))
    return found
