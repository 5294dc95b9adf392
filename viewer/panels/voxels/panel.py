"""The voxels panel: the grid from outside and in slices, the selected voxel, and edits."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dvox_core.inspection.voxel_questions import (
    Tint,
    VoxelIndex,
    VoxelQuantity,
)
from dvox_core.model.config import ModelConfig
from dvox_core.model.scene import Scene, SceneCamera
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.interventions import Action, Box, GridEdit
from viewer.panels.export_row import ExportRow, ExportTable
from viewer.panels.live import LivePanel
from viewer.panels.panel import PanelContext, Section
from viewer.panels.voxel_answers import ColoredAnswer
from viewer.panels.voxels.change_section import ChangeSection
from viewer.panels.voxels.cloud import drawn_rays, voxel_cloud, voxel_table
from viewer.panels.voxels.cloud_view import SpaceLook
from viewer.panels.voxels.edit_files import EditFiles
from viewer.panels.voxels.edit_section import EditSection
from viewer.panels.voxels.grid_section import POINT_AT_A_SLICE, GridSection
from viewer.panels.voxels.mark_section import MarkSection
from viewer.panels.voxels.questions import Remedy, VoxelQuestions
from viewer.panels.voxels.region_marker import RegionMarker, Tool
from viewer.panels.voxels.selected_section import SelectedSection
from viewer.state.selection import Voxel
from viewer.text.units import significant
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.slice_view import SliceAxis, SliceLook

NO_VOXELS = "This system has no voxels. Open a DeepVoxels scene to look into its grid."


class VoxelsPanel(LivePanel):
    """Shows the newest answer about the voxels; lets the user select, mark and edit them."""

    name = "voxels"

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self._side = 0
        self._place: VoxelIndex = (0, 0, 0)
        self._drag_edits = False  # whether the present drag has edited
        self._cloud: NDArray[np.float32] | None = None
        self._cloud_of: tuple[Any, ...] = ()
        self._followed: NDArray[np.float32] | None = None  # the heat that was marked last
        self.marker = RegionMarker(self)
        self.grid = GridSection()
        self.questions = VoxelQuestions(context, self.grid, self)
        self.tasks = self.questions.tasks
        self._build(context)
        self._connect(context)
        self._on_scene_changed(context.state.scene)

    def _build(self, context: PanelContext) -> None:
        self.selected = SelectedSection()
        self.marking = MarkSection(context, self.marker)
        self.editing = EditSection(context)
        self.grid.put_beside_slices(self.marking.tool_row, self.editing.action_row)
        self.change = ChangeSection(context)
        self.export_row = ExportRow(context, "voxels", self._data, self.grid.quad)
        self.grid.column.addWidget(self.export_row)
        self.no_voxels = Section("Voxels")
        self.no_voxels.column.addWidget(EmptyState(NO_VOXELS))
        self._sections = (self.grid, self.selected, self.marking, self.editing)
        for section in (self.no_voxels, *self._sections, self.change):
            self.add_section(section)

    def _connect(self, context: PanelContext) -> None:
        for choice in (self.grid.quantity, self.grid.source, self.grid.tint):
            choice.chosen.connect(self._on_choice)
        for slider in (self.grid.channel, self.grid.threshold, self.grid.opacity):
            slider.changed.connect(self.refresh_soon)
        for axis, step in enumerate(self.grid.steps):
            step.changed.connect(lambda value, axis=axis: self._step_to(axis, round(value)))
        self.grid.crop_changed.connect(self.refresh_soon)
        self.grid.crops_shown.toggled.connect(self.refresh_soon)
        self.grid.follows.toggled.connect(self.grid.quad.space.set_follows)
        self.grid.cameras.toggled.connect(self.refresh_soon)
        self.grid.quad.pressed.connect(self._press)
        self.grid.quad.dragged.connect(self._drag)
        self.grid.quad.stepped.connect(self._step_by)
        self.grid.quad.box_scaled.connect(self._scale_box)
        self.grid.quad.space.place_chosen.connect(self.select)
        self.grid.quad.space.camera_chosen.connect(self._look_from)
        self.grid.quad.space.failed.connect(context.show_error)
        for view in self.grid.quad.slices:
            view.hovered.connect(lambda entry, view=view: self._read_out(view, entry))
        self.questions.changed.connect(self._on_found)
        self.questions.failed.connect(context.show_error)
        self.tasks.capture_progressed.connect(self.grid.progress.show_progress)
        self.tasks.part_progressed.connect(self.marking.progress.show_progress)
        self.tasks.ended.connect(self._hide_progress)
        self.grid.progress.cancelled.connect(self.tasks.cancel_views)
        self.marking.cancelled.connect(self.tasks.cancel_part)
        self.marking.part_wanted.connect(self.questions.ask_for_part)
        self.marking.share_changed.connect(lambda: self._mark_part(continues=True))
        self.marker.changed.connect(self.refresh_soon)
        self.editing.edit_wanted.connect(self._edit)
        self.selected.likeness_wanted.connect(lambda: self.show_quantity(VoxelQuantity.SIMILARITY))
        self.selected.alike_wanted.connect(lambda: self.grid.tint.choose(Tint.SIMILAR))
        self.grid.problem.button.clicked.connect(self._apply_remedy)
        self.selected.bars.chosen.connect(self._show_feature)
        self.files = EditFiles(context, self.editing)
        context.state.scene_changed.connect(self._on_scene_changed)
        context.state.scene_refreshed.connect(self._on_scene_refreshed)
        context.state.camera_changed.connect(self.refresh_soon)
        context.edits.interventions_changed.connect(self.refresh_soon)
        context.selection.voxel_changed.connect(self._on_voxel_changed)
        context.selection.pins_changed.connect(self.refresh_soon)
        context.selection.hovered_changed.connect(self.refresh_soon)

    @property
    def found(self) -> ColoredAnswer | None:
        """The newest answer."""
        return self.questions.found

    @property
    def cloud(self) -> NDArray[np.float32] | None:
        """[G, G, G, 4] in 0…1, colours and opacities as they are drawn; None before there are."""
        return self._cloud

    @property
    def place(self) -> VoxelIndex:
        """Where the slices meet."""
        return self._place

    def set_live(self, live: bool) -> None:
        """Ask what is shown while in view; out of view nothing runs."""
        self.extras = self.questions.extras if live else Extra.NONE
        super().set_live(live)
        self.change.set_live(live)
        if not live:
            self.questions.stop()
            self.grid.quad.space.stop()
            self.files.stop()

    def refresh(self) -> None:
        """Show what is known, and ask for what is not."""
        self.show_content(self.context.state.scene is not None)
        scene = self._scene
        self.no_voxels.setVisible(scene is None)
        for section in self._sections:
            section.setVisible(scene is not None)
        if scene is None:
            self.change.hide()
            return
        extras = self.questions.extras
        if extras != self.extras:
            self.extras = extras
            self.context.state.set_panel_extras(self.name, extras)
        self.questions.ask(scene)
        self._show_answer(scene)
        self._show_looks(scene)
        self.change.show_frame(self.context.state.frame)

    @property
    def _scene(self) -> Scene | None:
        """The open scene, if it has voxels."""
        scene = self.context.state.scene
        return scene if scene is not None and isinstance(scene.config, ModelConfig) else None

    # What is shown

    def _show_answer(self, scene: Scene) -> None:
        answer = self.found.answer if self.found is not None else None
        grid, theme = self.grid, self.context.themes.theme
        grid.show_answer(answer, self.questions.remedy.value, theme)
        chosen = round(grid.channel.value) if grid.quantity.value is VoxelQuantity.CHANNEL else None
        selected = answer.selected if answer is not None else None
        self.selected.show_voxel(selected, chosen, len(scene.cameras), theme)
        self.editing.show_possible(self.marker.count > 0, "grid" in scene.weights.shapes())

    def _show_looks(self, scene: Scene) -> None:
        found, theme = self.found, self.context.themes.theme
        camera = self.context.state.camera
        if found is None or found.rgba is None or camera is None:
            self.grid.quad.show_looks(None, None, theme)
            return
        crop = self.grid.crop(scene.voxel_config.grid_size)
        tinted = found.answer.tinted
        slices = SliceLook(found.rgba, tinted, self.marker.mask, crop, self._place, self.marker.box)
        space = SpaceLook(
            scene=scene,
            cloud=self._cloud_now(found, crop),
            camera=camera,
            rays=drawn_rays(scene, camera, self.context.selection, theme),
            voxel=self.context.selection.voxel,
            shows_cameras=self.grid.cameras.isChecked(),
        )
        self.grid.quad.show_looks(slices, space, theme)

    def _cloud_now(self, found: ColoredAnswer, crop: Box) -> NDArray[np.float32]:
        key = (
            found,
            crop,
            self.grid.threshold.value,
            self.grid.opacity.value,
            self.marker.revision,
            self.context.themes.theme,
        )
        if key != self._cloud_of or self._cloud is None:
            self._cloud_of = key
            self._cloud = voxel_cloud(
                found,
                self.grid.threshold.value,
                self.grid.opacity.value,
                crop,
                self.marker.mask,
                self.context.themes.theme,
            )
        return self._cloud

    def _read_out(self, view: Any, entry: tuple[float, float] | None) -> None:
        volume = self.found.answer.volume if self.found is not None else None
        scene = self._scene
        if entry is None or volume is None or scene is None:
            self.grid.readout.setText(POINT_AT_A_SLICE)
            return
        side = scene.voxel_config.grid_size
        number = self._place[view.axis.through]
        x, y, z = view.axis.place(*entry, number, side)
        value = f"{significant(volume.values[z, y, x])} {volume.legend.unit}".strip()
        self.grid.readout.setText(f"x {x}  y {y}  z {z}:  {value}")

    # What the user does

    def select(self, place: VoxelIndex, *, continues: bool = False) -> None:
        """Select a voxel; the slices meet there."""
        self.context.selection.select_voxel(Voxel(*place), continues=continues)

    def show_quantity(self, quantity: VoxelQuantity) -> None:
        """Show another quantity."""
        self.grid.quantity.choose(quantity)

    def _on_choice(self, _: object) -> None:
        self.questions.compute_views_if_needed()
        self.refresh_soon()

    def _on_scene_changed(self, _: Scene | None) -> None:
        scene = self._scene
        self.marking.show_part(False)
        self.questions.begin(scene)
        if scene is not None:
            side = scene.voxel_config.grid_size
            if side != self._side:
                self._side, self._place = side, (side // 2, side // 2, side // 2)
                self.grid.begin(scene)
            self.marker.begin(side)
        self.refresh_soon()

    def _on_scene_refreshed(self, _: Scene) -> None:
        """Keep what is marked and chosen: it is the same scene with newer weights."""
        self.tasks.begin(self._scene)
        self.refresh_soon()

    def _on_voxel_changed(self, voxel: Voxel | None) -> None:
        if voxel is not None:
            self._place = voxel
            for axis, step in enumerate(self.grid.steps):
                step.set_value(self._place[axis])
        self.refresh_soon()

    def _on_found(self) -> None:
        heat = self.tasks.heat
        if heat is not None and heat is not self._followed:
            self._followed = heat
            z, y, x = (int(value) for value in np.unravel_index(heat.argmax(), heat.shape))
            self.select((x, y, z))
            self.grid.quantity.choose(VoxelQuantity.ATTRIBUTION)
            self._mark_part()
        self.refresh_soon()

    def _hide_progress(self) -> None:
        self.grid.progress.setVisible(self.tasks.capturing)
        self.marking.progress.setVisible(self.tasks.following)

    def _step_to(self, axis: int, number: int) -> None:
        place = list(self._place)
        place[axis] = number
        self.select((place[0], place[1], place[2]), continues=True)

    def _step_by(self, axis: int, voxels: int) -> None:
        last = round(self.grid.steps[axis].slider.maximum())
        self._step_to(axis, min(max(self._place[axis] + voxels, 0), last))

    def _press(self, place: VoxelIndex, shift: bool, axis: SliceAxis) -> None:
        if self.marker.tool is Tool.SELECT:
            self.select(place)
            return
        self._drag_edits = False
        self.marker.press(place, shift, axis)
        self._edit_live()

    def _drag(self, place: VoxelIndex, shift: bool, axis: SliceAxis) -> None:
        if self.marker.tool is Tool.SELECT:
            self.select(place, continues=True)
            return
        self.marker.drag(place, shift, axis)
        self._edit_live()

    def _scale_box(
        self, axis: SliceAxis, across: tuple[int, int], up: tuple[int, int], goes_on: bool
    ) -> None:
        before, edits = self.marker.box, self.context.edits.interventions.edits
        self.marker.bound_box(axis, across, up, continues=goes_on)
        if edits and edits[-1].region == before:
            self._edit_on()

    def _edit_live(self) -> None:
        """Where edits are live, what a drag marks is edited: by one edit that follows it."""
        if not self.editing.live.isChecked() or not self.marker.is_drawing:
            return
        if self._drag_edits:
            self._edit_on()
        else:
            self._drag_edits = True
            self._edit(self.editing.live_action.value)

    def _edit_on(self) -> None:
        """Where edits are live, the newest one follows what is marked."""
        edits, region = self.context.edits.interventions.edits, self.marker.region
        if self.editing.live.isChecked() and edits and region is not None:
            self.context.edits.go_on(replace(edits[-1], region=region))

    def _show_feature(self, number: int) -> None:
        self.grid.channel.set_value(number)
        self.grid.quantity.choose(VoxelQuantity.CHANNEL)

    def _look_from(self, view: SceneCamera) -> None:
        self.context.state.set_camera(view.camera)

    def _edit(self, action: Action) -> None:
        region = self.marker.region
        if region is not None:
            seed = len(self.context.edits.interventions.edits)
            self.context.edits.add(GridEdit(region, action, seed))

    def _mark_part(self, *, continues: bool = False) -> None:
        heat = self.tasks.heat
        self.marking.show_part(heat is not None)
        if heat is not None:
            from dvox_core.inspection.attribution import strongest_voxels

            mask = strongest_voxels(heat, self.marking.share.value)
            self.marker.set_mask(mask, continues=continues)

    def _apply_remedy(self) -> None:
        match self.questions.remedy:
            case Remedy.COMPUTE_VIEWS:
                self.questions.compute_views()
            case Remedy.MARK_PART:
                self.questions.ask_for_part(self.marking.way.value)
            case Remedy.SELECT_VOXEL:
                self.select(self._place)

    def _data(self) -> ExportTable:
        """The voxels that are seen as a table; all of them as arrays."""
        found = self.found
        if found is None or found.answer.volume is None or self._cloud is None:
            return ExportTable("x,y,z,value\n", {})
        return voxel_table(found, self._cloud[..., 3] > 0, self.marker.mask)
