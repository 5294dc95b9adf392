"""Four linked views of the voxels: three slices and the cloud; a double click enlarges one."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from viewer.panels.voxels.cloud_view import SpaceLook, VoxelCloudView
from viewer.theme import Spacing, Theme
from viewer.widgets.slice_view import AXES, SliceLook, SliceView


class LinkedVoxelViews(QWidget):
    """The cloud at the upper left, then the slices z, y and x."""

    pressed = Signal(object, bool, object)  # these four as of `SliceView`
    dragged = Signal(object, bool, object)
    stepped = Signal(int, int)
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
            view.pressed.connect(self.pressed)
            view.dragged.connect(self.dragged)
            view.stepped.connect(self.stepped)
            view.box_scaled.connect(self.box_scaled)
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
