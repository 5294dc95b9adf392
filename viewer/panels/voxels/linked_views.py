"""Four linked views of the voxels: three slices and the cloud; a double click enlarges one."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from viewer.panels.voxels.cloud_view import SpaceLook, VoxelCloudView
from viewer.theme import Spacing, Theme
from viewer.widgets.slice_view import AXES, SliceLook, SliceView


class LinkedVoxelViews(QWidget):
    """The cloud at the upper left, then the slices z, y and x."""

    pressed = Signal(object, bool, object)  # Place, Shift, SliceAxis
    dragged = Signal(object, bool, object)
    released = Signal(object, object)
    stepped = Signal(int, int)  # axis, voxels
    # SliceAxis, across, up: first and last voxel; whether a handle is still being moved
    box_scaled = Signal(object, object, object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.space = VoxelCloudView()
        self.slices = [SliceView(axis) for axis in AXES]
        self.enlarged: QWidget | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Spacing.LABEL)
        for view in self.slices:
            view.double_clicked.connect(
                lambda view=view: self.enlarge(None if self.enlarged else view)
            )
            view.pressed.connect(
                lambda place, shift, view=view: self.pressed.emit(place, shift, view.axis)
            )
            view.dragged.connect(
                lambda place, shift, view=view: self.dragged.emit(place, shift, view.axis)
            )
            view.released.connect(lambda place, view=view: self.released.emit(place, view.axis))
            view.stepped.connect(self.stepped)
            view.box_scaled.connect(
                lambda across, up, goes_on, view=view: self.box_scaled.emit(
                    view.axis, across, up, goes_on
                )
            )
        self._arrange()

    @property
    def views(self) -> Sequence[QWidget]:
        """All four."""
        return (self.space, *self.slices)

    def show_looks(self, slices: SliceLook | None, space: SpaceLook | None, theme: Theme) -> None:
        """Show these, or nothing."""
        for view in self.slices:
            view.show_look(slices, theme)
        self.space.show_look(space, theme)

    def enlarge(self, view: QWidget | None) -> None:
        """Show one view alone, as large as all four; None shows all."""
        self.enlarged = view
        self._arrange()

    def _arrange(self) -> None:
        for number, view in enumerate(self.views):
            self._grid.removeWidget(view)
            if self.enlarged is view:
                self._grid.addWidget(view, 0, 0, 2, 2)
            elif self.enlarged is None:
                self._grid.addWidget(view, number // 2, number % 2)
            # After that: a view without a parent would be shown as a window of its own.
            view.setVisible(self.enlarged in (None, view))
        for column in range(2):
            self._grid.setColumnStretch(column, 1)
