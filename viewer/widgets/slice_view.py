"""Slices through the voxel grid: three linked pictures, to look, to select and to mark in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QWheelEvent

from dvox_core.inspection.voxel_questions import Mask, VoxelIndex
from dvox_core.rendering.interventions import Box
from viewer.plots.chart import Chart, line_pen
from viewer.theme import Theme
from viewer.widgets.map_view import CURSOR, MapView

Pixels = NDArray[np.uint8]

DIMMED = 0.25
"""Share of its colours that is left of what lies outside the crop."""

TINTED = 0.75
"""Share of a tint in the colour of a tinted voxel."""

NOTCH = 120  # Qt's angle for one notch of a wheel

HANDLE_PX = 8
"""How near to a handle of the box the mouse means it."""

NAMES = "xyz"


@dataclass(frozen=True)
class SliceAxis:
    """Which way a slice lies: the axes are 0, 1, 2 for x, y, z; `up` grows upwards.

    Attributes:
        across, up: of its picture.
        through: the one it is cut across.
    """

    across: int
    up: int
    through: int

    @property
    def name(self) -> str:
        """Of the axis it is cut across."""
        return NAMES[self.through]

    def cut(self, volume: NDArray[Any], number: int) -> NDArray[Any]:
        """The slice [up, across, …] of a volume [z, y, x, …], the highest row first."""
        # Stored axes are z, y, x: number 2 − axis.
        slice_: NDArray[Any] = np.take(volume, number, axis=2 - self.through)
        return slice_[::-1]  # the axes that are left stand in the order (up, across) already

    def place(self, column: float, row: float, number: int, side: int) -> VoxelIndex:
        """The voxel of an entry (column, row) of slice `number`; the nearest one in the grid."""
        place = [0, 0, 0]
        place[self.through] = number
        place[self.across] = min(max(round(column), 0), side - 1)
        place[self.up] = min(max(side - 1 - round(row), 0), side - 1)
        return (place[0], place[1], place[2])

    def meets(self, box: Box, number: int) -> bool:
        """Whether slice `number` goes through a box."""
        return box.lower[self.through] <= number < box.upper[self.through]

    def entry(self, place: VoxelIndex, side: int) -> tuple[float, float]:
        """The column and row where a voxel is shown."""
        return float(place[self.across]), float(side - 1 - place[self.up])


AXES = (SliceAxis(0, 1, 2), SliceAxis(0, 2, 1), SliceAxis(1, 2, 0))
"""The slices z, y and x."""


@dataclass(frozen=True, eq=False)
class SliceLook:
    """What all slices show.

    Attributes:
        rgba: [G, G, G, 4] (z, y, x), each voxel's colour.
        tinted: [G, G, G], voxels that are told apart; None where none are.
        marked: [G, G, G], the region that is edited; None where there is none.
        crop: what is shown in full.
        place: where the slices meet.
        box: one that is framed, with handles; None for none.
    """

    rgba: Pixels
    tinted: Mask | None
    marked: Mask | None
    crop: Box
    place: VoxelIndex
    box: Box | None = None

    def shows_the_same_as(self, other: "SliceLook | None") -> bool:
        """Whether nothing has changed; arrays are compared by identity."""
        return (
            other is not None
            and all(getattr(self, n) is getattr(other, n) for n in ("rgba", "tinted", "marked"))
            and (self.crop, self.place, self.box) == (other.crop, other.place, other.box)
        )

    def pixels(self, axis: SliceAxis, theme: Theme) -> Pixels:
        """The picture [G, G, 4] of the slice through `place`."""
        number = self.place[axis.through]
        pixels = axis.cut(self.rgba, number).copy()
        for mask, color in ((self.tinted, theme.red), (self.marked, theme.accent)):
            if mask is not None:
                _blend(pixels, axis.cut(mask, number), color)
        side = len(pixels)
        outside = ~axis.cut(self.crop.mask(side), number)
        if outside.any():
            ground = _rgb(theme.viewport)
            dimmed = pixels[outside][:, :3] * DIMMED + ground * (1 - DIMMED)
            pixels[outside, :3] = dimmed.astype(np.uint8)
        return pixels


class SliceView(MapView):
    """One slice; what is pressed, dragged and let go is told as voxels."""

    pressed = Signal(object, bool, object)  # VoxelIndex, whether Shift was held, SliceAxis
    dragged = Signal(object, bool, object)
    stepped = Signal(int, int)  # axis, voxels: by the arrow keys
    # SliceAxis; first and last voxel (exclusive), across and up; whether a handle is being moved on
    box_scaled = Signal(object, object, object, bool)
    double_clicked = Signal()

    def __init__(self, axis: SliceAxis) -> None:
        super().__init__(f"Slice {axis.name}")
        self.axis = axis
        self._look: SliceLook | None = None
        self._with_shift: bool | None = None  # while the button is down
        self._turned = 0  # by the wheel, less than a notch
        self._is_scaling = False  # whether the handle that is held has moved
        across, up = NAMES[axis.across], NAMES[axis.up]
        self.setToolTip(
            f"Slice across {axis.name}: {across} to the right, {up} upwards.\n"
            "A click selects the voxel, arrow keys step; the wheel, Page up and Page down change "
            "the slice. Ctrl and wheel zoom, the middle button pans."
        )
        self.setMinimumSize(64, 64)

    def show_look(self, look: SliceLook | None, theme: Theme) -> None:
        """Show this slice of it, or nothing."""
        if look is not None and theme is self.theme and look.shows_the_same_as(self._look):
            return  # panels show it again with every frame
        self._look = look
        self.show_theme(theme)
        if look is None:
            self.show_nothing()
            return
        entry = self.axis.entry(look.place, len(look.rgba))
        self.show_cross(entry, f"{self.axis.name} {look.place[self.axis.through]}")
        self.show_pixels(look.pixels(self.axis, theme))

    def place_at_point(self, point: QPointF) -> VoxelIndex | None:
        """The voxel under a point; the nearest one where the point is beside the slice."""
        if self._look is None or self.rgba is None or not self.ready():
            return None
        column, row = self.entry_of_place(self.place_at(point))
        number = self._look.place[self.axis.through]
        return self.axis.place(column, row, number, len(self._look.rgba))

    def point_of_voxel(self, place: VoxelIndex) -> QPointF:
        """Where a voxel's middle is shown."""
        assert self._look is not None
        return self.place_of(*self.axis.entry(place, len(self._look.rgba)))

    # The box

    def add_items(self) -> None:
        """A box with handles at its edges and two corners too."""
        import pyqtgraph as pg

        super().add_items()
        self._box = pg.RectROI((0, 0), (1, 1), sideScalers=True, movable=False, snapSize=1.0)
        for handle, fixed in (((0, 0), (1, 1)), ((0, 0.5), (1, 0.5)), ((0.5, 0), (0.5, 1))):
            self._box.addScaleHandle(handle, fixed)
        self._box.scaleSnap = True
        self._box.sigRegionChangeStarted.connect(self._on_handle_taken)
        self._box.sigRegionChanged.connect(self._on_box_scaled)
        self.plot.vb.addItem(self._box, ignoreBounds=True)

    def draw(self) -> None:
        """Show slice and box."""
        super().draw()
        look, axis = self._look, self.axis
        box = None if look is None else look.box
        if look is None or box is None or not axis.meets(box, look.place[axis.through]):
            self._box.hide()
            return
        first, last, side = box.lower, box.upper, len(look.rgba)
        place = (first[axis.across], side - last[axis.up])
        size = (last[axis.across] - first[axis.across], last[axis.up] - first[axis.up])
        self._box.blockSignals(True)  # it tells what the user does
        self._box.setPos(place)
        self._box.setSize(size)
        self._box.blockSignals(False)
        self._box.show()

    def apply_theme(self) -> None:
        """Colour the box too."""
        super().apply_theme()
        self._box.setPen(line_pen(self.theme.accent))
        for handle in self._box.getHandles():
            handle.pen = handle.currentPen = line_pen(CURSOR, 1.5)

    def _on_handle_taken(self) -> None:
        self._is_scaling = False

    def _on_box_scaled(self) -> None:
        if self._look is None:
            return
        side, (x, y), (width, height) = len(self._look.rgba), self._box.pos(), self._box.size()
        ends = ((x, x + width), (side - y - height, side - y))
        across, up = ((max(round(low), 0), min(round(high), side)) for low, high in ends)
        if across[0] < across[1] and up[0] < up[1]:
            self.box_scaled.emit(self.axis, across, up, self._is_scaling)
            self._is_scaling = True

    def _has_handle_at(self, point: QPointF) -> bool:
        return (
            self.view is not None
            and self._box.isVisible()
            and any(
                QLineF(point, handle.scenePos()).length() < HANDLE_PX
                for handle in self._box.getHandles()
            )
        )

    # The user

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to select or to mark; the box's handles are pyqtgraph's."""
        place = self.place_at_point(event.position())
        if self._has_handle_at(event.position()):
            event.ignore()
        elif event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._with_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.pressed.emit(place, self._with_shift, self.axis)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        super().mouseMoveEvent(event)
        place = self.place_at_point(event.position())
        if self._with_shift is not None and place is not None:
            event.accept()
            self.dragged.emit(place, self._with_shift, self.axis)
        elif self._look is not None and self._look.box is not None:
            event.ignore()  # handles light up

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if self._with_shift is not None and event.button() == Qt.MouseButton.LeftButton:
            self._with_shift = None
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell of it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step from slice to slice, a notch each; with Ctrl pyqtgraph zooms."""
        if self._look is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        self._turned += event.angleDelta().y()  # trackpads turn by less than a notch
        steps = int(self._turned / NOTCH)
        self._turned -= steps * NOTCH
        if steps:
            self.stepped.emit(self.axis.through, steps)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step from voxel to voxel, or from slice to slice."""
        steps = {
            Qt.Key.Key_Left: (self.axis.across, -1),
            Qt.Key.Key_Right: (self.axis.across, 1),
            Qt.Key.Key_Down: (self.axis.up, -1),
            Qt.Key.Key_Up: (self.axis.up, 1),
            Qt.Key.Key_PageDown: (self.axis.through, -1),
            Qt.Key.Key_PageUp: (self.axis.through, 1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            Chart.keyPressEvent(self, event)
        else:
            self.stepped.emit(*step)


def _blend(pixels: Pixels, mask: NDArray[np.bool_], color: str) -> None:
    tint = _rgb(color)
    blended = pixels[mask][:, :3] * (1 - TINTED) + tint * TINTED
    pixels[mask, :3] = blended.astype(np.uint8)


def _rgb(color: str) -> NDArray[np.int64]:
    """[3], 0…255."""
    qcolor = QColor(color)
    return np.array((qcolor.red(), qcolor.green(), qcolor.blue()))
