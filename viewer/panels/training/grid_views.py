"""The grid of a training, seen along its three axes: the brightest voxels, or cuts."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from dvox_core.rendering import colormaps
from dvox_core.training.volume_names import RESET_GATE, UPDATE_GATE
from viewer.state.training_state import RunVolumes
from viewer.text.units import significant
from viewer.theme import CAPTION_PX, Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.image_tile import ImageTile
from viewer.widgets.images import color_ramp
from viewer.widgets.inputs import ignore_wheel

VOLUMES = {
    "grid_norm": "Grid: norm of the features",
    UPDATE_GATE: "Update gate: how far a step replaces a voxel",
    RESET_GATE: "Reset gate: how much of the old is seen",
}
GATES = (UPDATE_GATE, RESET_GATE)
"""Their range is 0…1; the range of others is that of their values so far."""


class GridViews(QWidget):
    """Three views of a volume: its brightest voxels along each axis, or cuts through one voxel."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._volumes: RunVolumes | None = None
        self._ranges: dict[str, float] = {}
        self.voxel = [0, 0, 0]  # z, y, x of the cuts
        self.what, self.how = QComboBox(), QComboBox()
        for text in ("Brightest", "Cuts"):
            self.how.addItem(text)
        self.how.setToolTip(
            "Brightest: the highest value along each axis.\n"
            "Cuts: one layer along each axis; click or drag in a picture to move the others"
        )
        self.what.setToolTip(
            "What is shown of the grid. Gates are there where the paper's recipe trains"
        )
        self.what.setAccessibleName("Volume")
        self.how.setAccessibleName("Kind of view")
        ignore_wheel(self.what, self.how)
        self.what.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.views = [VolumeImage(themes, axis) for axis in AXES]
        self.bar = RangeBar(themes)
        self.figures = QLabel()
        self.figures.setProperty("role", "caption")
        self.figures.setFont(tabular(interface_font(CAPTION_PX)))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, Spacing.LABEL, 0, 0)
        grid.setSpacing(Spacing.CONTROL)
        grid.addWidget(self.what, 0, 0, 1, 2)
        grid.addWidget(self.how, 0, 2)
        for column, view in enumerate(self.views):
            grid.addWidget(view, 1, column)
            grid.setColumnStretch(column, 1)
            view.pointed.connect(lambda row, col, axis=column: self._move(axis, row, col))
        grid.addWidget(self.bar, 2, 0, 1, 3)
        grid.addWidget(self.figures, 3, 0, 1, 3)
        self.what.activated.connect(lambda _: self._show())
        self.how.activated.connect(lambda _: self._show())

    def show_volumes(self, volumes: RunVolumes, ranges: dict[str, float]) -> None:
        """Show the volumes of one step; `ranges` has the highest value of each over all steps."""
        self._volumes, self._ranges = volumes, ranges
        names = [name for name in VOLUMES if name in volumes.volumes]
        names += [name for name in volumes.volumes if name not in VOLUMES]
        if names != [self.what.itemData(index) for index in range(self.what.count())]:
            chosen = self.what.currentData()
            self.what.clear()
            for name in names:
                self.what.addItem(VOLUMES.get(name, name), name)
            self.what.setCurrentIndex(max(0, self.what.findData(chosen)))
            side = next(iter(volumes.volumes.values())).shape[0] if names else 2
            self.voxel = [side // 2] * 3
        self._show()

    def clear(self) -> None:
        """Show nothing."""
        self._volumes = None
        self.what.clear()
        for view in self.views:
            view.show_values(None, 1.0, None, "")
        self.figures.setText("")

    def _show(self) -> None:
        name = self.what.currentData()
        if self._volumes is None or name not in self._volumes.volumes:
            return
        volume = self._volumes.volumes[name]
        highest = float(volume.max())
        top = 1.0 if name in GATES else max(self._ranges.get(name, highest), 1e-6)
        cuts = self.how.currentIndex() == 1
        for axis, view in enumerate(self.views):
            layer = self.voxel[axis]
            values = cut(volume, axis, layer) if cuts else brightest(volume, axis)
            cross = [self.voxel[other] for other in range(3) if other != axis] if cuts else None
            label = f"{AXES[axis]} = {layer}" if cuts else f"along {AXES[axis]}"
            view.show_values(values, top, cross, label)
        self.bar.show_range(0.0, top)
        self.figures.setText(
            f"mean {significant(float(volume.mean()))}, highest {significant(highest)}"
        )

    def _move(self, axis: int, row: int, column: int) -> None:
        """Cut through the voxel that was pointed at in the view along `axis`."""
        first, second = (other for other in range(3) if other != axis)
        self.voxel[first], self.voxel[second] = row, column
        self.how.setCurrentIndex(1)
        self._show()


class VolumeImage(ImageTile):
    """A view of a volume along one axis; pointing chooses a voxel."""

    pointed = Signal(int, int)  # row, column

    def __init__(self, themes: ThemeManager, axis: str) -> None:
        super().__init__(themes, f"along {axis}", smooth=False)
        self._cross: list[int] | None = None
        self._side = 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(
            f"The grid as seen along its {axis} axis. Click, drag or arrow keys: cut through "
            "another voxel"
        )

    def show_values(self, values, top: float, cross: list[int] | None, label: str) -> None:
        """Show [G, G] values from 0 to `top`, with a cross at a row and a column."""
        self._cross = cross
        self.caption = label
        if values is None:
            self.show_array(None)
            return
        self._side = values.shape[0]
        self.show_array(colormaps.colorize(values, 0.0, top, colormaps.WEIGHTS))

    def paint_over(self, painter: QPainter) -> None:
        """Paint the cross."""
        if self._cross is not None:
            color = QColor(self._themes.theme.accent)
            color.setAlpha(150)
            painter.setPen(QPen(color, 1))
            voxel = self.width() / self._side
            row, column = ((index + 0.5) * voxel for index in self._cross)
            painter.drawLine(QPoint(0, round(row)), QPoint(self.width(), round(row)))
            painter.drawLine(QPoint(round(column), 0), QPoint(round(column), self.width()))
        if self.hasFocus():
            painter.setPen(QColor(self._themes.theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.square.adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Cut here."""
        self._point(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Cut here."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._point(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the cut by a voxel."""
        moves = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        row, column = self._cross or (self._side // 2, self._side // 2)
        self._emit(row + move[0], column + move[1])

    def _point(self, event: QMouseEvent) -> None:
        voxel = max(1.0, self.width() / self._side)
        self._emit(int(event.position().y() // voxel), int(event.position().x() // voxel))

    def _emit(self, row: int, column: int) -> None:
        if self.image is not None:
            last = self._side - 1
            self.pointed.emit(min(max(row, 0), last), min(max(column, 0), last))


class RangeBar(QWidget):
    """The colours from the lowest value to the highest."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self._low, self._high = "0", "1"
        self._colors: QImage | None = None
        self.setFixedHeight(14)
        self.setFont(tabular(interface_font(CAPTION_PX)))

    def show_range(self, low: float, high: float) -> None:
        """Show another range."""
        self._low, self._high = significant(low), significant(high)
        if self._colors is None:
            self._colors = color_ramp(colormaps.WEIGHTS)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint low, colours, high."""
        if self._colors is None:
            return
        measure = self.fontMetrics()
        left = measure.horizontalAdvance(self._low) + Spacing.CONTROL
        right = measure.horizontalAdvance(self._high) + Spacing.CONTROL
        with QPainter(self) as painter:
            painter.setPen(QColor(self._themes.theme.muted))
            align = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self.rect(), align | Qt.AlignmentFlag.AlignLeft, self._low)
            painter.drawText(self.rect(), align | Qt.AlignmentFlag.AlignRight, self._high)
            bar = QRectF(left, self.height() / 2 - 3, self.width() - left - right, 6)
            painter.drawImage(bar, self._colors)


AXES = ("z", "y", "x")
"""In the order of a volume's axes; a view along one shows the other two, the first one down."""


def brightest(volume: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """[G, G]: the highest value along an axis."""
    highest: NDArray[np.float32] = volume.max(axis=axis)
    return highest


def cut(volume: NDArray[np.float32], axis: int, layer: int) -> NDArray[np.float32]:
    """[G, G]: one layer across an axis."""
    return volume.take(layer, axis=axis)
