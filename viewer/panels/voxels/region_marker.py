"""Marks a region of voxels: by a box or a brush in the slices, or by a part of the picture."""

import enum

import numpy as np
from PySide6.QtCore import QObject, Signal

from dvox_core.inspection.voxel_questions import Mask, VoxelIndex
from dvox_core.rendering.interventions import Box, VoxelSet
from viewer.widgets.slice_view import SliceAxis


class Tool(enum.Enum):
    """What a drag in a slice does."""

    SELECT = "Select"
    BOX = "Box"
    BRUSH = "Brush"


class RegionMarker(QObject):
    """The region that the next edit changes. Lives on the window's thread.

    A drag with the box, or of its handles, sets two sides of it; its third is the whole grid's at
    first, and stays what it was when the box is changed in another slice. The brush is a ball;
    with Shift it erases.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tool = Tool.SELECT
        self.radius = 2.0  # of the brush, voxels
        self._side = 0
        self._box: Box | None = None
        self._mask: Mask | None = None
        self._start: VoxelIndex | None = None
        self.revision = 0  # counts the changes

    @property
    def mask(self) -> Mask | None:
        """[G, G, G]; None where nothing is marked."""
        return self._mask

    @property
    def count(self) -> int:
        """How many voxels are marked."""
        return 0 if self._mask is None else int(np.count_nonzero(self._mask))

    @property
    def region(self) -> Box | VoxelSet | None:
        """What is marked, as edits store it."""
        if self._box is not None:
            return self._box
        return None if self._mask is None else VoxelSet.of_mask(self._mask)

    @property
    def box(self) -> Box | None:
        """The marked box, while the box is the tool."""
        return self._box if self.tool is Tool.BOX else None

    def choose_tool(self, tool: Tool) -> None:
        """Mark by this from now on."""
        self.tool = tool
        self.changed.emit()

    def begin(self, side: int) -> None:
        """Mark in a grid of so many voxels a side; nothing is marked yet."""
        self._side = side
        self.clear()

    def clear(self) -> None:
        """Mark nothing."""
        self._box = self._mask = self._start = None
        self._emit_changed()

    def set_mask(self, mask: Mask) -> None:
        """Mark these voxels."""
        self._box, self._mask = None, mask if mask.any() else None
        self._emit_changed()

    def set_box(self, box: Box) -> None:
        """Mark a box."""
        mask = box.mask(self._side)
        self._box, self._mask = (box, mask) if mask.any() else (None, None)
        self._emit_changed()

    def bound_box(self, axis: SliceAxis, across: tuple[int, int], up: tuple[int, int]) -> None:
        """Set the box's first and last voxels (exclusive) in the plane of a slice."""
        box = self._box or Box((0, 0, 0), (self._side,) * 3)
        lower, upper = list(box.lower), list(box.upper)
        for side, ends in ((axis.across, across), (axis.up, up)):
            lower[side], upper[side] = ends
        self.set_box(Box((lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2])))

    def press(self, place: VoxelIndex, erases: bool, axis: SliceAxis) -> None:
        """Begin a drag in a slice."""
        self._start = place
        self.drag(place, erases, axis)

    def drag(self, place: VoxelIndex, erases: bool, axis: SliceAxis) -> None:
        """Continue the drag."""
        if self._start is None:
            return
        if self.tool is Tool.BOX:
            self._draw_box(self._start, place, axis)
        elif self.tool is Tool.BRUSH:
            self._paint(place, erases)

    def _emit_changed(self) -> None:
        self.revision += 1
        self.changed.emit()

    def _draw_box(self, start: VoxelIndex, end: VoxelIndex, axis: SliceAxis) -> None:
        if self._box is not None and not axis.meets(self._box, start[axis.through]):
            self._box = None  # drawn elsewhere: anew
        across, up = (
            (min(start[side], end[side]), max(start[side], end[side]) + 1)
            for side in (axis.across, axis.up)
        )
        self.bound_box(axis, across, up)

    def _paint(self, place: VoxelIndex, erases: bool) -> None:
        mask = self._mask
        mask = np.zeros((self._side,) * 3, dtype=np.bool_) if mask is None else mask.copy()
        steps = np.arange(self._side)
        x, y, z = ((steps - middle) ** 2 for middle in place)
        ball = z[:, None, None] + y[:, None] + x <= self.radius**2
        mask[ball] = not erases
        self.set_mask(mask)
