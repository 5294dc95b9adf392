"""Edits of a region of voxels, live in the picture; what made a part of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dvox_core.rendering.interventions import Action, GridEdit, Inpainting, Interventions
from viewer.panels.panel import IconButton, PanelContext, Section
from viewer.panels.voxels.region_marker import RegionMarker, Tool
from viewer.theme import Space
from viewer.widgets.inputs import Choice, ValueSlider, labelled

TOOL_TIPS = {
    Tool.SELECT: "A click in a slice selects a voxel",
    Tool.BOX: "A drag in a slice marks a box; a drag in another slice bounds it there",
    Tool.BRUSH: "A drag in a slice paints a ball of voxels; with Shift it takes them away",
}
ACTIONS = (
    (Action.ZERO, "Zero", "Take the marked voxels' features away: the picture without them"),
    (Action.NOISE, "Noise", "Replace their features by noise of the same mean and deviation"),
    (
        Action.FREEZE,
        "Freeze",
        "Hold their features at what they are in the unedited scene, whatever other edits do",
    ),
    (Action.RAW, "Raw", "Show their features as they were before inpainting"),
)
INPAINTINGS = (
    ("Edit behind inpainting", Inpainting.BYPASSED),
    ("Inpaint the edited grid again", Inpainting.AGAIN),
)
WAYS = (("By its rays", "rays"), ("By gradient", "gradient"))
FIRST_SHARE = 0.6
LABEL_WIDTH = 72


class MarkingSection(Section):
    """Marks the voxels that the next edit takes."""

    part_wanted = Signal(str)  # "rays" or "gradient": mark a part of the picture
    share_changed = Signal()
    cancelled = Signal()

    def __init__(self, context: PanelContext, marker: RegionMarker) -> None:
        super().__init__("Mark voxels")
        self._marker = marker
        self.tools: dict[Tool, QPushButton] = {}
        self._group = QButtonGroup(self)
        row = _row()
        for tool, tip in TOOL_TIPS.items():
            button = QPushButton(tool.value)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, tool=tool: self.choose_tool(tool))
            self.tools[tool] = button
            self._group.addButton(button)
            row.layout().addWidget(button)
        self.tools[Tool.SELECT].setChecked(True)
        row.layout().addStretch(1)
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
        self.way = Choice(
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
            lambda value: f"{100 * value:.0f} %",
        )
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Mark nothing")
        self.told = QLabel()
        self.told.setProperty("role", "muted")
        self.progress = ProgressRow("Give up following the part back")
        self._radius_row = labelled("Radius", self.radius, width=LABEL_WIDTH)
        self._share_row = labelled("Share", self.share, width=LABEL_WIDTH)
        last = _row()
        last.layout().addWidget(self.told, 1)
        last.layout().addWidget(self.clear)
        picture = _row()
        picture.layout().addWidget(self.part)
        picture.layout().addWidget(self.way, 1)
        for widget in (
            row,
            self._radius_row,
            picture,
            self.progress,
            self._share_row,
            last,
        ):
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
        """Take a tool."""
        self._marker.tool = tool
        self.tools[tool].setChecked(True)
        self._radius_row.setVisible(tool is Tool.BRUSH)
        self.show_region()

    def show_part(self, is_there: bool) -> None:
        """Offer how much of a part of the picture is marked, where one was followed back."""
        self._share_row.setVisible(is_there)

    def show_region(self) -> None:
        """Say how much is marked."""
        count = self._marker.count
        self.clear.setEnabled(count > 0)
        mask = self._marker.mask
        if mask is None:
            self.told.setText("Nothing is marked")
        else:
            word = "voxel" if count == 1 else "voxels"
            self.told.setText(f"{count:,} {word}, {100 * count / mask.size:.1f} % of the grid")


class EditingSection(Section):
    """Edits what is marked; lists the edits; keeps them in a file beside the scene."""

    edit_wanted = Signal(object)  # Action
    load_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Edit")
        self._edits = context.edits
        self._themes = context.themes
        self.buttons: dict[Action, QPushButton] = {}
        actions = _row()
        for action, text, tip in ACTIONS:
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, action=action: self.edit_wanted.emit(action))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.buttons[action] = button
            actions.layout().addWidget(button)
        self.inpainting = Choice(
            INPAINTINGS,
            "Inpainting of the edited grid",
            "Behind inpainting, what was taken away stays away.\n"
            "Inpainted again, the network may heal it.",
        )
        self.live = QCheckBox("While marking:")
        self.live.setToolTip(
            "Edit as soon as a box or the brush marks: each drag is an edit of its own, and the\n"
            "picture follows it"
        )
        self.live_action = Choice(
            [(text, action) for action, text, _ in ACTIONS if action is not Action.RAW],
            "What is done while marking",
            "What is done to the voxels while they are marked",
        )
        live = _row()
        live.layout().addWidget(self.live)
        live.layout().addWidget(self.live_action, 1)
        self.list = QWidget()
        self._rows = QVBoxLayout(self.list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.none = QLabel("No edits: the scene is rendered as it was trained.")
        self.none.setProperty("role", "muted")
        self.none.setWordWrap(True)
        self.undo = IconButton(context.themes, "undo", "Undo the last edit (Ctrl+Z)")
        self.redo = IconButton(context.themes, "redo", "Redo it (Ctrl+Shift+Z)")
        self.load = QPushButton("Load…")
        self.load.setToolTip("Take the edits of a file (NAME.edits.json)")
        self.save = QPushButton("Save…")
        self.save.setToolTip("Write the edits to a small file beside the scene, never into it")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Take all edits away; undo brings them back")
        last = _row()
        for widget in (self.undo, self.redo):
            last.layout().addWidget(widget)
        last.layout().addStretch(1)
        for widget in (self.load, self.save, self.clear):
            last.layout().addWidget(widget)
        for widget in (
            actions,
            live,
            labelled("Inpainting", self.inpainting, width=LABEL_WIDTH),
            self.none,
            self.list,
            last,
        ):
            self.column.addWidget(widget)
        stack = self._edits.undo_stack
        self.inpainting.chosen.connect(self._edits.set_inpainting)
        self.undo.clicked.connect(stack.undo)
        self.redo.clicked.connect(stack.redo)
        self.load.clicked.connect(self.load_wanted)
        self.save.clicked.connect(self.save_wanted)
        self.clear.clicked.connect(self._clear)
        stack.canUndoChanged.connect(self.undo.setEnabled)
        stack.canRedoChanged.connect(self.redo.setEnabled)
        self._edits.interventions_changed.connect(self._show)
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        self._show(self._edits.interventions)

    def show_possible(self, has_region: bool, has_raw: bool) -> None:
        """Let only that be done which can be."""
        for action, button in self.buttons.items():
            button.setEnabled(has_region and (has_raw or action is not Action.RAW))
        self.inpainting.setEnabled(has_raw)

    def _show(self, interventions: Interventions) -> None:
        edits = interventions.edits
        self.inpainting.set_value(interventions.inpainting)
        self.none.setVisible(not edits)
        self.list.setVisible(bool(edits))
        self.clear.setEnabled(bool(edits))
        self.save.setEnabled(bool(edits))
        while self._rows.count():
            row = self._rows.takeAt(0).widget()
            row.hide()
            row.deleteLater()
        for number, edit in enumerate(edits):
            self._rows.addWidget(self._edit_row(number, edit))

    def _edit_row(self, number: int, edit: GridEdit) -> QWidget:
        row = _row()
        label = QLabel(f"{number + 1}  {edit_text(edit)}")
        remove = IconButton(self._themes, "close", "Take this edit away; undo brings it back")
        remove.setFixedHeight(22)
        remove.clicked.connect(lambda: self._edits.remove(number))
        row.layout().addWidget(label, 1)
        row.layout().addWidget(remove)
        return row

    def _clear(self) -> None:
        now = self._edits.interventions
        self._edits.set_all(Interventions(now.occlusion, (), now.inpainting), "Clear")


class ProgressRow(QWidget):
    """How far something in the background is, and a button that gives it up; hidden as a rule."""

    cancelled = Signal()

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.text = QLabel()
        self.text.setProperty("role", "caption")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip(tip)
        self.cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout()
        column.setSpacing(Space.LABEL)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.CONTROL)
        row.addLayout(column, 1)
        row.addWidget(self.cancel)
        self.hide()

    def show_progress(self, share: float, text: str) -> None:
        """Be seen, and say how far it is."""
        self.bar.setValue(round(1000 * share))
        self.text.setText(text)
        self.show()


def edit_text(edit: GridEdit) -> str:
    """An edit in words, e.g. "Zero 214 voxels"."""
    region = edit.region
    name = edit.action.value.capitalize()
    if hasattr(region, "numbers"):
        count = len(region.numbers)
        return f"{name} {count:,} voxel{'' if count == 1 else 's'}"
    spans = (
        f"{axis} {low}…{high - 1}"
        for axis, low, high in zip("xyz", region.lower, region.upper, strict=True)
    )
    return f"{name} box {', '.join(spans)}"


def _row() -> QWidget:
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(Space.CONTROL)
    row.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return widget
