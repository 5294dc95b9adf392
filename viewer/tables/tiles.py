"""Systems side by side under one camera: a drag on any tile turns all."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from dvox_core.geometry.cameras import Camera
from viewer.theme import Spacing, ThemeManager
from viewer.viewport.navigation.camera_motion import OrbitPose, dolly, orbit
from viewer.widgets.labels import ElidedLabel
from viewer.workers.tables.tile_renderer import (
    TileEvent,
    TileFailed,
    TilePainted,
    TileReady,
    TileRenderer,
    TileScene,
    TileSource,
)

TURN_PER_WIDTH = np.pi
"""Radians that a drag over a tile's width turns."""

KEY_TURN = np.radians(5.0)
NEAREST, FARTHEST = 0.3, 3.0
"""Shares of the distance at first that the wheel may go to."""


class Tile(QWidget):
    """One system's picture; reports drags and the wheel."""

    dragged = Signal(float, float)  # shares of the side, to the right and down
    scrolled = Signal(float)  # steps towards the object

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._picture: QImage | None = None
        self._text = "Opening…"
        self._is_problem = False
        self._last: QPointF | None = None
        self.setMinimumSize(96, 96)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    @property
    def picture(self) -> QImage | None:
        """What is shown."""
        return self._picture

    @property
    def text(self) -> str:
        """What is said in the picture's place."""
        return self._text

    def show_picture(self, picture: QImage) -> None:
        """Show a newer picture."""
        self._picture, self._text = picture, ""
        self.update()

    def show_text(self, text: str, *, is_problem: bool = False) -> None:
        """Say something in the picture's place."""
        self._picture, self._text, self._is_problem = None, text, is_problem
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture as large as it fits."""
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.viewport))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self._picture is not None:
                painter.drawImage(self._square(), self._picture)
            else:
                painter.setPen(QColor(theme.red if self._is_problem else theme.muted))
                flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
                margin = Spacing.PANEL
                inner = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
                painter.drawText(inner, flags, self._text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._last = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn."""
        if self._last is None:
            return
        moved, self._last = event.position() - self._last, event.position()
        side = max(1.0, self._square().width())
        self.dragged.emit(moved.x() / side, moved.y() / side)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        self._last = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go nearer or farther."""
        self.scrolled.emit(event.angleDelta().y() / 120)
        event.accept()

    def _square(self) -> QRectF:
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)


class SideBySide(QWidget):
    """Up to five tiles and the one camera of all. On the window's thread."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._renderer: TileRenderer | None = None
        self._scene: TileScene | None = None
        self._pose: OrbitPose | None = None
        self.tiles: list[Tile] = []
        self._labels: list[QLabel] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(Spacing.CONTROL)
        hint = QLabel("Drag turns all of them, the wheel goes nearer; double click: back to start")
        hint.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(Spacing.PAGE, Spacing.SECTION, Spacing.PAGE, Spacing.SECTION)
        column.setSpacing(Spacing.CONTROL)
        column.addLayout(self._grid, 1)
        column.addWidget(hint)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def camera(self) -> Camera | None:
        """From where all are seen."""
        return None if self._pose is None else self._pose.camera

    def open(self, sources: Sequence[TileSource], renderer: TileRenderer) -> None:
        """Show these systems, in place of others; `renderer` is of the same sources."""
        self.close_tiles()
        columns = len(sources) if len(sources) <= 3 else (len(sources) + 1) // 2
        for number, source in enumerate(sources):
            tile = Tile(self._themes)
            tile.dragged.connect(self._turn)
            tile.scrolled.connect(self._go_nearer)
            title = ElidedLabel(source.title)
            title.setProperty("role", "section")
            cell = QVBoxLayout()
            cell.setSpacing(Spacing.LABEL)
            cell.addWidget(title)
            cell.addWidget(tile, 1)
            self._grid.addLayout(cell, number // columns, number % columns)
            self.tiles.append(tile)
            self._labels.append(title)
        self._renderer = renderer
        renderer.told.connect(self._on_told)
        renderer.start()

    def close_tiles(self) -> None:
        """End the renderers and give their memory back."""
        if self._renderer is not None:
            self._renderer.stop()
        self._renderer = self._scene = self._pose = None
        while (item := self._grid.takeAt(0)) is not None:
            layout = item.layout()
            if layout is not None:
                layout.deleteLater()
        for widget in (*self.tiles, *self._labels):
            widget.hide()
            widget.deleteLater()
        self.tiles, self._labels = [], []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys turn too."""
        turns = {
            Qt.Key.Key_Left: (KEY_TURN, 0.0),
            Qt.Key.Key_Right: (-KEY_TURN, 0.0),
            Qt.Key.Key_Up: (0.0, KEY_TURN),
            Qt.Key.Key_Down: (0.0, -KEY_TURN),
        }
        key = Qt.Key(event.key())
        if key in turns:
            yaw, pitch = turns[key]
            self._turn(-yaw / TURN_PER_WIDTH, pitch / TURN_PER_WIDTH)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the view at first."""
        if self._scene is not None:
            self._set(OrbitPose(self._scene.start, self._scene.pivot))

    def _on_told(self, event: TileEvent) -> None:
        match event:
            case TileReady(_, scene) if self._scene is None:
                self._scene = scene
                self._set(OrbitPose(scene.start, scene.pivot))
            case TilePainted(tile, _, picture):
                self.tiles[tile].show_picture(picture)
            case TileFailed(tile, line):
                self.tiles[tile].show_text(line, is_problem=True)

    def _turn(self, right: float, down: float) -> None:
        if self._pose is None or self._scene is None:
            return
        yaw, pitch = -right * TURN_PER_WIDTH, -down * TURN_PER_WIDTH
        self._set(orbit(self._pose, self._scene.up, yaw, pitch))

    def _go_nearer(self, steps: float) -> None:
        if self._pose is None or self._scene is None:
            return
        first = OrbitPose(self._scene.start, self._scene.pivot).distance
        self._set(dolly(self._pose, steps, NEAREST * first, FARTHEST * first))

    def _set(self, pose: OrbitPose) -> None:
        self._pose = pose
        if self._renderer is not None:
            self._renderer.show(pose.camera)
