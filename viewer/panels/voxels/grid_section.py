"""The first section of the voxels panel: four views of the grid, and what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from dvox_core.inspection.voxel_questions import GridSource, Tint, VoxelAnswer, VoxelQuantity
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import Box
from viewer.panels.panel import Section
from viewer.panels.voxels.linked_views import LinkedVoxelViews
from viewer.text.units import percent
from viewer.theme import Theme, interface_font, tabular
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.inputs import Dropdown, ValueSlider, labelled, number_slider
from viewer.widgets.progress_row import ProgressRow
from viewer.widgets.scale_bar import ScaleBar
from viewer.widgets.slice_view import NAMES

if TYPE_CHECKING:
    from viewer.widgets.span_slider import SpanSlider

FIRST_THRESHOLD, FIRST_OPACITY = 0.35, 0.35
LABEL_WIDTH = 72
POINT_AT_A_SLICE = "Move over a slice to read values"


class GridSection(Section):
    """Holds the views and their controls; the panel fills them."""

    crop_changed = Signal()

    def __init__(self) -> None:
        super().__init__("Voxels")
        self.set_remark("double-click enlarges a slice")
        self.quantity = Dropdown(
            [(quantity.value, quantity) for quantity in VoxelQuantity],
            "What is shown of the voxels",
            "What to show of each voxel",
        )
        self.source = Dropdown(
            [(source.value, source) for source in GridSource],
            "Which grid",
            "Of which grid: as rendered (with edits), before inpainting, or what lies between",
        )
        self.channel = number_slider("Feature", "Which feature is shown")
        self.tint = Dropdown(
            [(tint.value, tint) for tint in Tint],
            "Tint",
            "Voxels to tell apart from all others, in red",
        )
        self.threshold = ValueSlider(
            "Threshold",
            "In the cloud, voxels below this share of the range are not seen",
            0.0,
            0.95,
            FIRST_THRESHOLD,
            percent,
        )
        self.opacity = ValueSlider(
            "Opacity",
            "How opaque the cloud's strongest voxels are",
            0.02,
            1.0,
            FIRST_OPACITY,
            percent,
        )
        self.steps = [
            number_slider(
                f"Slice {name}", f"Where the grid is cut across {name}; selects the voxel"
            )
            for name in NAMES
        ]
        self.crops: list[SpanSlider] = []  # made when they are first shown
        self._crop_rows: list[QWidget] = []
        self._side = 2
        self.follows = QCheckBox("Follow")
        self.follows.setToolTip("See the cloud from the picture's camera; off, a drag turns it")
        self.cameras = QCheckBox("Cameras")
        self.cameras.setToolTip(
            "Show the capture's cameras around the grid; a click looks from one"
        )
        self.crops_shown = QCheckBox("Crop")
        self.crops_shown.setToolTip("Show only a box of the grid")
        self._cloud_row = _labelled("Cloud", self.follows, self.cameras, self.crops_shown)
        self.quad = LinkedVoxelViews()
        self.scale = ScaleBar()
        policy = self.scale.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing below it is to jump
        self.scale.setSizePolicy(policy)
        self.readout = QLabel(POINT_AT_A_SLICE)
        self.readout.setFont(tabular(interface_font()))
        self.problem = EmptyState("", "Compute", lambda: None)
        self.progress = ProgressRow("Give up looking through the views")
        self._source_row = _labelled("Grid", self.source)
        self._channel_row = _labelled("Feature", self.channel)
        self._add_rows()
        self.crops_shown.toggled.connect(self._show_crops)

    def _add_rows(self) -> None:
        slices = [_labelled(f"Slice {n}", step) for n, step in zip(NAMES, self.steps, strict=True)]
        for widget in (
            _labelled("Show", self.quantity),
            self._source_row,
            self._channel_row,
            self.problem,
            self.progress,
            self.quad,
            self.scale,
            self.readout,
            *slices,
            _labelled("Tint", self.tint),
            _labelled("Threshold", self.threshold),
            _labelled("Opacity", self.opacity),
            self._cloud_row,
        ):
            self.column.addWidget(widget)

    def put_beside_slices(self, above: QWidget, below: QWidget) -> None:
        """Put the tools for the slices directly above and below them."""
        self.column.insertWidget(self.column.indexOf(self.quad), above)
        self.column.insertWidget(self.column.indexOf(self.quad) + 1, below)

    def begin(self, scene: Scene) -> None:
        """Set the controls to a scene's sizes; the slices meet in the middle."""
        config = scene.voxel_config
        side = self._side = config.grid_size
        for step in self.steps:
            step.set_range(0, side - 1)
            step.set_value(side // 2)
        for crop in self.crops:
            crop.set_count(side)
        self.channel.set_range(0, max(config.features - 1, 1))

    def crop(self, side: int) -> Box:
        """The part of the grid that is shown."""
        if not self.crops_shown.isChecked():
            return Box((0, 0, 0), (side, side, side))
        x, y, z = (crop.span for crop in self.crops)
        return Box((x[0], y[0], z[0]), (x[1] + 1, y[1] + 1, z[1] + 1))

    def show_answer(self, answer: VoxelAnswer | None, remedy: str, theme: Theme) -> None:
        """Show scale and problem; `remedy` is the text of the button below a problem, or ""."""
        quantity = self.quantity.value
        self._source_row.setEnabled(quantity.is_of_features)
        self._channel_row.setVisible(quantity is VoxelQuantity.CHANNEL)
        problem = answer.problem if answer is not None else ""
        self.problem.setVisible(bool(problem) and self.progress.isHidden())
        if problem:
            self.problem.set_text(problem)
            self.problem.button.setText(remedy)
            self.problem.button.setVisible(bool(remedy))
        volume = answer.volume if answer is not None else None
        self.scale.setVisible(volume is not None and volume.colors is None)
        if volume is not None:
            self.scale.show_legend(volume.legend, theme)

    def _show_crops(self, shown: bool) -> None:
        if shown and not self.crops:
            self._make_crops()
        for row in self._crop_rows:
            row.setVisible(shown)

    def _make_crops(self) -> None:
        from viewer.widgets.span_slider import SpanSlider  # superqt takes a tenth of the start

        for name in NAMES:
            crop = SpanSlider(f"Crop along {name}", f"What is shown along {name}", self._side)
            crop.changed.connect(lambda *_: self.crop_changed.emit())
            row = _labelled(f"Crop {name}", crop)
            self.crops.append(crop)
            self._crop_rows.append(row)
            below = self.column.indexOf(self._cloud_row) + len(self.crops)
            self.column.insertWidget(below, row)


def _labelled(text: str, *widgets: QWidget) -> QWidget:
    """A row whose label is as wide as those of the others."""
    return labelled(text, *widgets, width=LABEL_WIDTH)
