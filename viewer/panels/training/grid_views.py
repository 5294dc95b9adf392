"""The grid of a training, seen along its three axes: the brightest voxels, or cuts."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from dvox_core.rendering import colormaps
from dvox_core.rendering.pictures import Legend
from dvox_core.training.volume_names import RESET_GATE, UPDATE_GATE
from viewer.state.training_state import RunVolumes
from viewer.text.units import significant
from viewer.theme import CAPTION_PX, Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.inputs import Dropdown
from viewer.widgets.map_view import KEY_STEPS, MapView
from viewer.widgets.scale_bar import ScaleBar

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
        self._names: list[str] = []  # of the volumes to choose from
        self._ranges: dict[str, float] = {}
        self.voxel = [0, 0, 0]  # z, y, x of the cuts
        self.what = Dropdown(
            (), "Volume", "What is shown of the grid. Gates exist where the paper's recipe trains"
        )
        self.how = Dropdown(
            (("Brightest", False), ("Cuts", True)),
            "Kind of view",
            "Brightest: the highest value along each axis.\n"
            "Cuts: one layer along each axis; click or drag in a picture to move the others",
        )
        self._themes = themes
        self.views = [VolumeImage(axis) for axis in AXES]
        self.bar = ScaleBar()
        self.statistics = QLabel()
        self.statistics.setProperty("role", "caption")
        self.statistics.setFont(tabular(interface_font(CAPTION_PX)))
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
        grid.addWidget(self.statistics, 3, 0, 1, 3)
        for choice in (self.what, self.how):
            choice.chosen.connect(lambda _: self._show())

    def show_volumes(self, volumes: RunVolumes, ranges: dict[str, float]) -> None:
        """Show the volumes of one step; `ranges` has the highest value of each over all steps."""
        self._volumes, self._ranges = volumes, ranges
        names = [name for name in VOLUMES if name in volumes.volumes]
        names += [name for name in volumes.volumes if name not in VOLUMES]
        if names != self._names:
            self._names = names
            self.what.set_entries([(VOLUMES.get(name, name), name) for name in names])
            side = next(iter(volumes.volumes.values())).shape[0] if names else 2
            self.voxel = [side // 2] * 3
        self._show()

    def clear(self) -> None:
        """Show nothing."""
        self._volumes, self._names = None, []
        self.what.set_entries(())
        for view in self.views:
            view.show_nothing()
        self.statistics.setText("")

    def _show(self) -> None:
        if self._volumes is None or not self._names:
            return
        name = self.what.value
        volume = self._volumes.volumes[name]
        highest = float(volume.max())
        top = 1.0 if name in GATES else max(self._ranges.get(name, highest), 1e-6)
        cuts, theme = self.how.value, self._themes.theme
        legend = Legend(VOLUMES.get(name, name), "", colormaps.WEIGHTS, 0.0, top)
        for axis, view in enumerate(self.views):
            layer = self.voxel[axis]
            values = cut(volume, axis, layer) if cuts else brightest(volume, axis)
            row, column = (self.voxel[other] for other in range(3) if other != axis)
            label = f"{AXES[axis]} = {layer}" if cuts else f"along {AXES[axis]}"
            view.show_theme(theme)
            view.show_cross((column, row) if cuts else None, label)
            view.show_values(values, legend)
        self.bar.show_legend(legend, theme)
        self.statistics.setText(
            f"mean {significant(float(volume.mean()))}, highest {significant(highest)}"
        )

    def _move(self, axis: int, row: int, column: int) -> None:
        """Cut through the voxel that was pointed at in the view along `axis`."""
        first, second = (other for other in range(3) if other != axis)
        self.voxel[first], self.voxel[second] = row, column
        self.how.set_value(True)
        self._show()


class VolumeImage(MapView):
    """A view of a volume along one axis; pointing chooses a voxel."""

    pointed = Signal(int, int)  # row, column

    def __init__(self, axis: str) -> None:
        super().__init__(f"The grid along {axis}")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(
            f"The grid as seen along its {axis} axis. Click, drag or arrow keys: cut through "
            "another voxel"
        )
        self.clicked.connect(lambda column, row: self._emit(row, column))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Cut here."""
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()  # a drag moves the cut, and does not pan

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Cut here."""
        entry = self.entry_at(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton and entry is not None:
            self._emit(entry[1], entry[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the cut by a voxel."""
        step = KEY_STEPS.get(Qt.Key(event.key()))
        if step is None or self.values is None:
            super().keyPressEvent(event)
            return
        column, row = self.cross or (len(self.values) // 2, len(self.values) // 2)
        self._emit(row + step[1], column + step[0])

    def _emit(self, row: float, column: float) -> None:
        if self.values is not None:
            last = len(self.values) - 1
            self.pointed.emit(min(max(round(row), 0), last), min(max(round(column), 0), last))


AXES = ("z", "y", "x")
"""In the order of a volume's axes; a view along one shows the other two, the first one down."""


def brightest(volume: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """[G, G]: the highest value along an axis."""
    highest: NDArray[np.float32] = volume.max(axis=axis)
    return highest


def cut(volume: NDArray[np.float32], axis: int, layer: int) -> NDArray[np.float32]:
    """[G, G]: one layer across an axis."""
    layers: NDArray[np.float32] = np.take(volume, layer, axis=axis)
    return layers
