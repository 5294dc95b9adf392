"""Marks a region of voxels: by a box or a brush in the slices, or by a part of the picture."""

import enum
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from dvox_core.inspection.voxel_questions import Mask, VoxelIndex
from dvox_core.rendering.interventions import Box, VoxelSet
from viewer.state.value_undo import push_change
from viewer.widgets.slice_view import SliceAxis

UNDO_LIMIT = 50  # a mask of 64³ is 256 KiB


class Tool(enum.Enum):
    """What a drag in a slice does."""

    SELECT = "Select"
    BOX = "Box"
    BRUSH = "Brush"


class RegionMarker(QObject):
    """The region that the next edit changes. Lives on the window's thread.

    A drag with the box, or of its handles, sets two sides of it; its third is the whole grid's at
    first, and stays what it was when the box is changed in another slice; a mere click draws none.
    The brush is a ball; with Shift it erases.

    Attributes:
        undo_stack: of what is marked, a drag at a time.
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
        self._is_drawing = False  # whether the drag has marked something
        self.revision = 0  # counts the changes
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_LIMIT)

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

    @property
    def is_drawing(self) -> bool:
        """Whether the present drag has marked something."""
        return self._is_drawing

    def choose_tool(self, tool: Tool) -> None:
        """Mark by this from now on."""
        self.tool = tool
        self.changed.emit()

    def begin(self, side: int) -> None:
        """Mark in a grid of so many voxels a side; nothing is marked yet."""
        self._side = side
        self._start = None
        self.undo_stack.clear()
        self._show(NOTHING)

    def clear(self) -> None:
        """Mark nothing."""
        self._start = None
        self._change("Clear the mark", NOTHING)

    def set_mask(self, mask: Mask, *, continues: bool = False) -> None:
        """Mark these voxels; what continues a gesture is undone with it."""
        region = Marked(None, mask) if mask.any() else NOTHING
        self._change("Mark voxels", region, continues=continues)

    def set_box(self, box: Box, *, continues: bool = False) -> None:
        """Mark a box; what continues a gesture is undone with it."""
        mask = box.mask(self._side)
        region = Marked(box, mask) if mask.any() else NOTHING
        self._change("Mark a box", region, continues=continues)

    def bound_box(
        self,
        axis: SliceAxis,
        across: tuple[int, int],
        up: tuple[int, int],
        *,
        continues: bool = False,
    ) -> None:
        """Set the box's first and last voxels (exclusive) in the plane of a slice."""
        self._bound(self._box, axis, across, up, continues=continues)

    def _bound(
        self,
        box: Box | None,
        axis: SliceAxis,
        across: tuple[int, int],
        up: tuple[int, int],
        *,
        continues: bool,
    ) -> None:
        box = box or Box((0, 0, 0), (self._side,) * 3)
        lower, upper = list(box.lower), list(box.upper)
        for side, ends in ((axis.across, across), (axis.up, up)):
            lower[side], upper[side] = ends
        box = Box((lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2]))
        self.set_box(box, continues=continues)

    def press(self, place: VoxelIndex, erases: bool, axis: SliceAxis) -> None:
        """Begin a drag in a slice; the brush marks at once."""
        self._start, self._is_drawing = place, False
        if self.tool is Tool.BRUSH:
            self.drag(place, erases, axis)

    def drag(self, place: VoxelIndex, erases: bool, axis: SliceAxis) -> None:
        """Continue the drag."""
        if self._start is None or (place == self._start and not self._is_drawing and self._is_box):
            return
        continues, self._is_drawing = self._is_drawing, True
        if self._is_box:
            self._draw_box(self._start, place, axis, continues=continues)
        elif self.tool is Tool.BRUSH:
            self._paint(place, erases, continues=continues)

    @property
    def _is_box(self) -> bool:
        return self.tool is Tool.BOX

    def _change(self, what: str, after: "Marked", *, continues: bool = False) -> None:
        before = Marked(self._box, self._mask)
        push_change(self.undo_stack, what, self._show, before, after, continues=continues)

    def _show(self, marked: "Marked") -> None:
        self._box, self._mask = marked.box, marked.mask
        self.revision += 1
        self.changed.emit()

    def _draw_box(
        self, start: VoxelIndex, end: VoxelIndex, axis: SliceAxis, *, continues: bool
    ) -> None:
        box = self._box
        if box is not None and not axis.meets(box, start[axis.through]):
            box = None  # drawn elsewhere: anew
        across, up = (
            (min(start[side], end[side]), max(start[side], end[side]) + 1)
            for side in (axis.across, axis.up)
        )
        self._bound(box, axis, across, up, continues=continues)

    def _paint(self, place: VoxelIndex, erases: bool, *, continues: bool) -> None:
        mask = self._mask
        mask = np.zeros((self._side,) * 3, dtype=np.bool_) if mask is None else mask.copy()
        steps = np.arange(self._side)
        x, y, z = ((steps - middle) ** 2 for middle in place)
        ball = z[:, None, None] + y[:, None] + x <= self.radius**2
        mask[ball] = not erases
        self.set_mask(mask, continues=continues)


@dataclass(frozen=True, eq=False)
class Marked:
    """What is marked; compared by identity of its parts.

    Attributes:
        box: where a box is.
        mask: [G, G, G]; None where nothing is marked.
    """

    box: Box | None
    mask: Mask | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Marked) and self.box == other.box and self.mask is other.mask

    __hash__ = None  # type: ignore[assignment]  # nothing keeps it in sets


NOTHING = Marked(None, None)
