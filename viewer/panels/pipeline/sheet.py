"""The sheet of the pipeline: a tile a stage, in rows, with the flow from each to the next."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dvox_core.pipeline.stages import Stage
from viewer.panels.pipeline.flow import paint_flow
from viewer.panels.pipeline.tile import FOOT_PX, Tile, paint_tile
from viewer.theme import CAPTION_PX, Spacing, ThemeManager, interface_font

GAP_PX = 30
"""Between two tiles of a row: room for the flow."""

ROW_GAP_PX, EDGE_PX = 20, 22
MIN_TILE_PX, MAX_TILE_PX = 80, 280
STAGES = tuple(Stage)
COLUMNS = (12, 6, 4, 3, 2)
"""Tiles a row, so that all rows are full."""


@dataclass(frozen=True)
class SheetPlan:
    """How the tiles are laid out.

    Attributes:
        columns: tiles a row.
        side: of a tile's picture, pixels.
    """

    columns: int
    side: int

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(STAGES) // self.columns

    @property
    def height(self) -> int:
        """Of the whole sheet, pixels."""
        rows = self.rows
        return Spacing.PANEL + rows * (self.side + FOOT_PX) + (rows - 1) * ROW_GAP_PX + 4

    @property
    def width(self) -> int:
        """Of the whole sheet, pixels."""
        return 2 * EDGE_PX + self.columns * self.side + (self.columns - 1) * GAP_PX


def plan_sheet(width: int, height: int) -> SheetPlan:
    """The largest tiles with which all is seen at once; where none are, the sheet scrolls down."""
    found: SheetPlan | None = None
    for columns in COLUMNS:
        across = (width - 2 * EDGE_PX - (columns - 1) * GAP_PX) // columns
        rows = len(STAGES) // columns
        rest = height - Spacing.PANEL - 4 - (rows - 1) * ROW_GAP_PX
        side = min(across, rest // rows - FOOT_PX, MAX_TILE_PX)
        if side >= MIN_TILE_PX and (found is None or side > found.side):
            found = SheetPlan(columns, side)
    if found is not None:
        return found
    for columns in COLUMNS:
        across = (width - 2 * EDGE_PX - (columns - 1) * GAP_PX) // columns
        if across >= MIN_TILE_PX or columns == COLUMNS[-1]:
            return SheetPlan(columns, min(max(across, 64), MAX_TILE_PX))
    raise AssertionError("the last number of columns always fits")


class PipelineSheet(QWidget):
    """Paints the tiles; a click, or Return, chooses the one that is to be enlarged."""

    stage_chosen = Signal(object)  # Stage

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._tiles: Mapping[Stage, Tile] = {}
        self._plan = plan_sheet(1000, 400)
        self._chosen: Stage | None = None
        self._pointed: Stage | None = None
        self._focused = STAGES[0]
        self.paint_count = 0
        self.setAccessibleName("Stages of the pipeline")
        self.setAccessibleDescription("Arrow keys go from stage to stage, Return enlarges one.")
        self.setFont(interface_font(CAPTION_PX))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(lambda _: self.update())

    @property
    def plan(self) -> SheetPlan:
        """How the tiles are laid out."""
        return self._plan

    @property
    def tiles(self) -> Mapping[Stage, Tile]:
        """What is shown."""
        return self._tiles

    def fit(self, width: int, height: int) -> None:
        """Lay the tiles out for a room of so many pixels."""
        plan = plan_sheet(width, height)
        self._plan = plan
        self.setFixedHeight(max(plan.height, 0))
        self.update()

    def show_tiles(self, tiles: Mapping[Stage, Tile], chosen: Stage | None) -> None:
        """Show these; `chosen` is the one that is enlarged elsewhere."""
        self._tiles, self._chosen = tiles, chosen
        self.update()

    def show_tile(self, stage: Stage, tile: Tile) -> None:
        """Show one tile anew."""
        self._tiles = {**self._tiles, stage: tile}
        self.update(self._rectangle(stage).toAlignedRect())

    def place_of(self, stage: Stage) -> QRectF:
        """The picture of a tile, in the widget's pixels."""
        whole = self._rectangle(stage)
        return QRectF(whole.topLeft(), QPointF(whole.right(), whole.bottom() - FOOT_PX))

    def stage_at(self, point: QPointF) -> Stage | None:
        """The tile under a point."""
        for stage in STAGES:
            if self._rectangle(stage).contains(point):
                return stage
        return None

    def _rectangle(self, stage: Stage) -> QRectF:
        plan = self._plan
        row, column = divmod(STAGES.index(stage), plan.columns)
        free = max(self.width() - plan.width, 0) / 2
        left = EDGE_PX + free + column * (plan.side + GAP_PX)
        top = 4 + row * (plan.side + FOOT_PX + ROW_GAP_PX)
        return QRectF(left, top, plan.side, plan.side + FOOT_PX)

    # Qt's overrides

    def sizeHint(self) -> QSize:
        """As laid out."""
        return QSize(self._plan.width, self._plan.height)

    def minimumSizeHint(self) -> QSize:
        """May be narrow."""
        return QSize(160, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the flow, and the tiles over it."""
        self.paint_count += 1
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(event.rect(), QColor(theme.panel))
            if event.rect().height() > self._plan.side or event.rect().width() > self._plan.side:
                places = [self.place_of(stage) for stage in STAGES]
                live = [self._is_there(stage) for stage in STAGES]
                paint_flow(painter, places, live, self._plan.columns, theme)
            for stage in STAGES:
                whole = self._rectangle(stage)
                if not whole.intersects(QRectF(event.rect())):
                    continue
                tile = self._tiles.get(stage, Tile())
                outline = None
                if stage is self._chosen:
                    outline = QPen(QColor(theme.accent), 2)
                elif stage is self._pointed or (self.hasFocus() and stage is self._focused):
                    outline = QPen(QColor(theme.muted), 1.25)
                paint_tile(painter, self.place_of(stage), stage, tile, theme, outline)

    def _is_there(self, stage: Stage) -> bool:
        tile = self._tiles.get(stage)
        return tile is not None and tile.image is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Outline the tile under the mouse."""
        self._point_at(self.stage_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Outline none."""
        self._point_at(None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Enlarge the tile, or the picture again where it is large."""
        stage = self.stage_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and stage is not None:
            self._focused = stage
            self.stage_chosen.emit(stage)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from tile to tile, and enlarge one."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._plan.columns,
            Qt.Key.Key_Down: self._plan.columns,
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.stage_chosen.emit(self._focused)
        elif key in steps:
            number = STAGES.index(self._focused) + steps[key]
            if 0 <= number < len(STAGES):
                self._focused = STAGES[number]
                self.update()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Outline the tile that the keys are at."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Outline it no more."""
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Explain the tile under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            stage = self.stage_at(QPointF(event.pos()))
            tile = self._tiles.get(stage) if stage is not None else None
            text = "" if stage is None else explained(stage, tile or Tile())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _point_at(self, stage: Stage | None) -> None:
        if stage is not self._pointed:
            self._pointed = stage
            pointing = Qt.CursorShape.PointingHandCursor
            self.setCursor(Qt.CursorShape.ArrowCursor if stage is None else pointing)
            self.update()


EXPLANATIONS = {
    Stage.SOURCE: "The picture that is observed.",
    Stage.FEATURES: "What the feature extractor sees in it: three principal components as colours.",
    Stage.LIFTED: "Its features in the grid: each voxel takes what its pixel has.",
    Stage.BEFORE: "The grid's state before this picture.",
    Stage.RESET: "How much of the old features the new candidate may see: 0 to 1.",
    Stage.UPDATE: "How far this picture replaces a voxel's features: 0 to 1.",
    Stage.AFTER: "The grid with this picture merged in.",
    Stage.INPAINTED: "The grid that is rendered, its unseen voxels filled in.",
    Stage.FRUSTUM: "The grid resampled into this camera's frustum, seen from above; near is below.",
    Stage.VISIBILITY: "Which depth of each ray is seen, from above; near is below.",
    Stage.COLLAPSED: "The features that are seen, without their depth.",
    Stage.PICTURE: "The picture that the rendering network paints from them.",
}


def explained(stage: Stage, tile: Tile) -> str:
    """A tile in words."""
    lines = [f"{stage.title}: {EXPLANATIONS[stage]}", tile.note or "A click enlarges it."]
    return "\n".join(lines)
