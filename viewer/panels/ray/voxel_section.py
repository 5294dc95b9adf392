"""The selected voxel in the ray panel: its weight in the ray, three slices, its features."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from dvox_core.inspection.voxel_questions import (
    GridSource,
    Tint,
    VoxelQuantity,
    VoxelQuestion,
)
from dvox_core.model.scene import Scene
from dvox_core.rendering.interventions import Box
from viewer.panels.panel import PanelContext, Section
from viewer.panels.pixel_rays import ShownRay
from viewer.panels.voxel_answers import ColoredAnswer, VoxelInspector
from viewer.state.selection import Voxel
from viewer.text.units import number
from viewer.theme import Spacing
from viewer.widgets.feature_bars import FeatureBars
from viewer.widgets.inputs import Dropdown, labelled
from viewer.widgets.slice_view import AXES, SliceLook, SliceView

QUANTITIES = (
    VoxelQuantity.VISIBILITY,
    VoxelQuantity.NORM,
    VoxelQuantity.COLORS,
    VoxelQuantity.SIMILARITY,
)


class RayVoxelSection(Section):
    """Slices through the selected voxel, computed only while the panel is in view."""

    selected = Signal(object)  # VoxelIndex, by a click into a slice

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Voxel")
        self._context = context
        self.found: ColoredAnswer | None = None
        self.slices = tuple(SliceView(axis) for axis in AXES)
        self.quantity = Dropdown(
            [(quantity.value, quantity) for quantity in QUANTITIES],
            "Quantity of the slices",
            "What the slices through the voxel show; the Voxels panel has more",
        )
        self.bars = FeatureBars()
        self.caption = QLabel("Bars: its features as rendered · lines: before inpainting")
        self.caption.setProperty("role", "caption")
        row = QWidget()
        columns = QHBoxLayout(row)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(Spacing.CONTROL)
        for view in self.slices:
            columns.addWidget(view)
            for moved in (view.pressed, view.dragged):
                moved.connect(lambda place, *_: self.selected.emit(place))
        for widget in (row, labelled("Show", self.quantity), self.bars, self.caption):
            self.column.addWidget(widget)
        self.inspector = VoxelInspector(self)
        self.inspector.answered.connect(self._on_answered)
        self.inspector.failed.connect(context.show_error)
        self.quantity.chosen.connect(lambda _: self._ask_again())

    def stop(self) -> None:
        """Stop computing."""
        self.inspector.stop()

    def show_voxel(self, scene: Scene, voxel: Voxel, rays: Sequence[ShownRay]) -> None:
        """Show what is known of a voxel, and ask for what is not."""
        self.set_title("Voxel {}, {}, {}".format(*voxel))
        self.set_remark(f"weight {number(rays[0].weight_in(voxel))} of this ray" if rays else "")
        self._ask(scene, voxel)
        self._show(scene, voxel)

    def _ask(self, scene: Scene, voxel: Voxel) -> None:
        frame = self._context.state.frame
        # Only visibility changes with the view; the rest is not asked for again and again.
        needs_frame = self.quantity.value.needs_weights
        has_weights = needs_frame and frame is not None and frame.visibility is not None
        self.inspector.ask(
            VoxelQuestion(
                scene=scene,
                interventions=self._context.edits.interventions,
                quantity=self.quantity.value,
                source=GridSource.RENDERED,
                tint=Tint.NOTHING,
                frame=frame if has_weights else None,
                voxel=voxel,
            )
        )

    def _ask_again(self) -> None:
        scene, voxel = self._context.state.scene, self._context.selection.voxel
        if scene is not None and voxel is not None:
            self._ask(scene, voxel)

    def _on_answered(self, found: ColoredAnswer) -> None:
        scene, voxel = self._context.state.scene, self._context.selection.voxel
        if scene is found.answer.question.scene and voxel is not None:
            self.found = found
            self._show(scene, voxel)

    def _show(self, scene: Scene, voxel: Voxel) -> None:
        theme, found = self._context.themes.theme, self.found
        if found is None or found.answer.question.scene is not scene:
            found = self.found = None
        side = scene.voxel_config.grid_size
        look = None
        if found is not None and found.rgba is not None:
            whole = Box((0, 0, 0), (side, side, side))
            look = SliceLook(found.rgba, None, None, whole, voxel)
        for view in self.slices:
            view.show_look(look, theme)
        known = found.answer.selected if found is not None else None
        if known is not None and known.place == voxel:
            self.bars.show_features(known.rendered, known.raw, None, theme)
