"""Edits of the marked voxels, which show in the picture at once."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dvox_core.rendering.interventions import (
    Action,
    GridEdit,
    Inpainting,
    Interventions,
    Outside,
    VoxelSet,
)
from viewer.panels.panel import PanelContext, Section
from viewer.state.key_tips import add_keys_to_tip
from viewer.text.units import counted
from viewer.widgets.icon_button import IconButton
from viewer.widgets.inputs import Dropdown, labelled
from viewer.widgets.widget_row import WidgetRow

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
LABEL_WIDTH = 72


class EditSection(Section):
    """Edits what is marked, lists the edits, and loads and saves them."""

    edit_wanted = Signal(object)  # Action
    load_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Edit")
        self._edits = context.edits
        self._themes = context.themes
        self.buttons: dict[Action, QPushButton] = {}
        actions = self.action_row = WidgetRow()
        for action, text, tip in ACTIONS:
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, action=action: self.edit_wanted.emit(action))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.buttons[action] = button
            actions.add(button)
        self.inpainting = Dropdown(
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
        self.live_action = Dropdown(
            [(text, action) for action, text, _ in ACTIONS if action is not Action.RAW],
            "What is done while marking",
            "What is done to the voxels while they are marked",
        )
        live = WidgetRow(self.live)
        live.add(self.live_action, 1)
        self.list = QWidget()
        self._list_column = QVBoxLayout(self.list)
        self._list_column.setContentsMargins(0, 0, 0, 0)
        self._list_column.setSpacing(0)
        self._edit_rows: list[WidgetRow] = []
        self.none = QLabel("No edits: the scene is rendered as it was trained.")
        self.none.setProperty("role", "muted")
        self.none.setWordWrap(True)
        self.undo = IconButton(context.themes, "undo", "Undo the last edit")
        self.redo = IconButton(context.themes, "redo", "Redo it")
        add_keys_to_tip(self.undo, context.keys, "undo")
        add_keys_to_tip(self.redo, context.keys, "redo")
        self.load = QPushButton("Load…")
        self.load.setToolTip("Replace the edits by those of a file (NAME.edits.json)")
        self.save = QPushButton("Save…")
        self.save.setToolTip("Write the edits to a small file beside the scene, never into it")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Remove all edits; undo brings them back")
        last = WidgetRow(self.undo, self.redo)
        last.add_stretch()
        for button in (self.load, self.save, self.clear):
            last.add(button)
        for widget in (
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
        """Enable what can be done."""
        for action, button in self.buttons.items():
            button.setEnabled(has_region and (has_raw or action is not Action.RAW))
        self.inpainting.setEnabled(has_raw)

    def _show(self, interventions: Interventions) -> None:
        edits, grid = interventions.edits, self._edits.used_grid
        changes = bool(edits) or grid is not None
        self.inpainting.set_value(interventions.inpainting)
        self.none.setVisible(not changes)
        self.list.setVisible(changes)
        self.clear.setEnabled(changes)
        self.save.setEnabled(changes)
        for row in self._edit_rows:
            self._list_column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._edit_rows = [
            self._row(f"{number + 1}  {edit_text(edit)}", partial(self._edits.remove, number))
            for number, edit in enumerate(edits)
        ]
        if grid is not None:
            text = f"Grid observed from {counted(len(grid.views), 'view')}"
            self._edit_rows.insert(0, self._row(text, partial(self._edits.use_grid, None)))
        for row in self._edit_rows:
            self._list_column.addWidget(row)

    def _row(self, text: str, take_back: Callable[[], object]) -> WidgetRow:
        row = WidgetRow()
        remove = IconButton(self._themes, "close", "Remove this edit; undo brings it back")
        remove.setFixedHeight(22)
        remove.clicked.connect(lambda: take_back())
        row.add(QLabel(text), 1)
        row.add(remove)
        return row

    def _clear(self) -> None:
        now = self._edits.interventions
        self._edits.set_all(Interventions(now.occlusion, (), now.inpainting), "Clear")


def edit_text(edit: GridEdit) -> str:
    """An edit in words, e.g. "Zero 214 voxels"."""
    region = edit.region
    name = edit.action.value.capitalize()
    if isinstance(region, VoxelSet):
        return f"{name} {counted(len(region.numbers), 'voxel')}"
    what = "box"
    if isinstance(region, Outside):
        region, what = region.box, "outside"
    spans = (
        f"{axis} {low}…{high - 1}"
        for axis, low, high in zip("xyz", region.lower, region.upper, strict=True)
    )
    return f"{name} {what} {', '.join(spans)}"
