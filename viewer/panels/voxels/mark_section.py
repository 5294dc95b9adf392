"""The section with the tools that mark voxels."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QPushButton

from viewer.panels.panel import PanelContext, Section
from viewer.panels.voxels.edit_section import LABEL_WIDTH
from viewer.panels.voxels.region_marker import RegionMarker, Tool
from viewer.text.units import counted, percent
from viewer.widgets.inputs import Dropdown, ValueSlider, labelled
from viewer.widgets.progress_row import ProgressRow
from viewer.widgets.widget_row import WidgetRow

TOOL_TIPS = {
    Tool.SELECT: "A click in a slice selects a voxel",
    Tool.BOX: "A drag in a slice marks a box; a drag in another slice bounds it there, and handles "
    "at its edges resize it",
    Tool.BRUSH: "A drag in a slice paints a ball of voxels; with Shift it takes them away",
}

WAYS = (("By its rays", "rays"), ("By gradient", "gradient"))

FIRST_SHARE = 0.6


class MarkSection(Section):
    """Marks the voxels that the next edit changes.

    Attributes:
        tool_row: the tools, which stand beside the slices that they are for.
    """

    part_wanted = Signal(str)  # "rays" or "gradient": mark a part of the picture
    share_changed = Signal()
    cancelled = Signal()

    def __init__(self, context: PanelContext, marker: RegionMarker) -> None:
        super().__init__("Mark voxels")
        self._marker = marker
        self.tools: dict[Tool, QPushButton] = {}
        self._group = QButtonGroup(self)
        row = self.tool_row = WidgetRow()
        for tool, tip in TOOL_TIPS.items():
            button = QPushButton(tool.value)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, tool=tool: self.choose_tool(tool))
            self.tools[tool] = button
            self._group.addButton(button)
            row.add(button)
        self.tools[Tool.SELECT].setChecked(True)
        self.radius = ValueSlider(
            "Radius of the brush",
            "Radius of the brush",
            0.5,
            8.0,
            2.0,
            lambda value: f"{value:.1f} voxels",
        )
        self.part = QPushButton("Mark in the picture")
        self.part.setToolTip(
            "Drag a rectangle over the picture: the voxels that made it are marked"
        )
        self.way = Dropdown(
            WAYS,
            "How a part of the picture is followed back",
            "By its rays: the depth weights carried back, times the features' norms; quick.\n"
            "By gradient: how much the part would change without a voxel; seconds.",
        )
        self.share = ValueSlider(
            "Share of the part that is marked",
            "The strongest voxels that made this share of the part are marked",
            0.05,
            1.0,
            FIRST_SHARE,
            percent,
        )
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Mark nothing")
        self.count_label = QLabel()
        self.count_label.setProperty("role", "muted")
        self.progress = ProgressRow("Give up following the part back")
        self.radius.setToolTip("Radius of the brush")
        row.add(self.radius, 1)
        row.add_stretch()
        row.add(self.clear)
        self._share_row = labelled("Share", self.share, width=LABEL_WIDTH)
        picture = WidgetRow(self.part)
        picture.add(self.way, 1)
        for widget in (picture, self.progress, self._share_row, self.count_label):
            self.column.addWidget(widget)
        self.radius.changed.connect(lambda value: setattr(marker, "radius", value))
        self.part.clicked.connect(lambda: self.part_wanted.emit(self.way.value))
        self.share.changed.connect(lambda _: self.share_changed.emit())
        self.clear.clicked.connect(marker.clear)
        self.progress.cancelled.connect(self.cancelled)
        marker.changed.connect(self.show_region)
        self.choose_tool(Tool.SELECT)
        self.show_part(False)

    def choose_tool(self, tool: Tool) -> None:
        """Choose a tool."""
        self.tools[tool].setChecked(True)
        self.radius.setVisible(tool is Tool.BRUSH)
        self._marker.choose_tool(tool)

    def show_part(self, is_there: bool) -> None:
        """Show the slider for the marked share where a part of the picture was traced."""
        self._share_row.setVisible(is_there)

    def show_region(self) -> None:
        """Show how much is marked."""
        count = self._marker.count
        self.clear.setEnabled(count > 0)
        mask = self._marker.mask
        if mask is None:
            self.count_label.setText("Nothing is marked")
        else:
            share = percent(count / mask.size, 1)
            self.count_label.setText(f"{counted(count, 'voxel')}, {share} of the grid")
