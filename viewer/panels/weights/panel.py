"""The weights panel: a browser of the D × 64 × 64 depth weights of the present view."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from dvox_core.geometry.frustum import FEATURE_MAP_SIDE
from dvox_core.model.scene import Scene
from dvox_core.rendering.frame import Extra
from dvox_core.rendering.map_scale import MapScale
from dvox_core.rendering.pictures import Legend
from viewer.panels.export_row import ExportRow, ExportTable
from viewer.panels.live import NO_WEIGHTS, LivePanel, no_weights_line
from viewer.panels.occlusion_section import OcclusionSection
from viewer.panels.panel import PanelContext, Section
from viewer.panels.pixel_rays import pixel_text
from viewer.panels.weights.maps import (
    WeightMap,
    WeightsMode,
    entry_depth,
    map_axes,
    map_entry,
    picture_pixel,
    weight_map,
)
from viewer.state.map_scales import MapQuantity
from viewer.state.selection import Pixel
from viewer.text.units import number, significant
from viewer.theme import Spacing, interface_font, tabular
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.icon_button import IconButton
from viewer.widgets.inputs import Dropdown, ValueSlider, labelled
from viewer.widgets.map_profile import MapProfile
from viewer.widgets.map_view import MapView, Mark
from viewer.widgets.scale_bar import ScaleBar
from viewer.widgets.scale_editor import ScaleEditor

PLAY_MS = 90
PIN_REACH = 1.5  # entries of the map
PROJECTIONS = (
    WeightsMode.ABOVE,
    WeightsMode.SIDE,
    WeightsMode.ABOVE_HIGHEST,
    WeightsMode.SIDE_HIGHEST,
)
MIDDLE = FEATURE_MAP_SIDE // 2


class WeightsPanel(LivePanel):
    """Shows one map of the weights at a time; its cursor and the picture's are one."""

    name = "weights"

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.shown: WeightMap | None = None
        self.mode = Dropdown(
            [(mode.value, mode) for mode in WeightsMode],
            "Map of the weights",
            "What to show of the depth weights of this view",
        )
        self.plane = ValueSlider(
            "Depth plane",
            "Depth plane that is shown",
            0,
            1,
            0,
            self._plane_text,
            whole=True,
        )
        self.play = IconButton(context.themes, "play", "Play: step through the planes")
        self.play.setCheckable(True)
        self.line = ValueSlider(
            "Row or column of the cut",
            "Where the weights are cut; follows the mouse over the picture",
            0,
            FEATURE_MAP_SIDE - 1,
            MIDDLE,
            lambda value: f"{value:.0f} of {FEATURE_MAP_SIDE}",
            whole=True,
        )
        self.map = MapView("Depth weights of this view", has_axes=True)
        self.map.setToolTip(
            "The cursor here is the cursor over the picture; a click pins the pixel.\n"
            "By keys: arrows move the cursor, Space pins; with Shift they move a profile's line"
        )
        self.profile = MapProfile(self.map)
        self.scale = ScaleBar(adjustable=True)
        self.readout = QLabel()
        self.readout.setFont(tabular(interface_font()))
        self.editor = ScaleEditor()
        self.none = EmptyState(NO_WEIGHTS)
        self._plane_row = labelled("Plane", self.plane, self.play)
        self._line_row = labelled("Row", self.line)
        self._stepping = QTimer(self, interval=PLAY_MS)
        self._stepping.timeout.connect(self._next_plane)
        self._build(context)

    def _build(self, context: PanelContext) -> None:
        self.section = Section("Depth weights of this view")
        shown = QWidget()  # what is copied as a picture
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        for widget in (self.map, self.profile.plot, self.scale):
            column.addWidget(widget)
        self.export_row = ExportRow(context, "weights", self._data, shown)
        self._rows: list[QWidget] = [
            labelled("Show", self.mode),
            self._plane_row,
            self._line_row,
            shown,
            self.profile.row,
            self.readout,
            self.editor,
            self.export_row,
        ]
        self.section.column.addWidget(self.none)
        for row in self._rows:
            self.section.column.addWidget(row)
        self.add_section(self.section)
        self.occlusion = OcclusionSection(context)
        self.add_section(self.occlusion)
        self.mode.chosen.connect(self._on_mode_chosen)
        self.plane.changed.connect(self.refresh_soon)
        self.line.changed.connect(self.refresh_soon)
        self.profile.changed.connect(self.refresh_soon)
        self.editor.chosen.connect(self._set_scale)
        context.state.scales.changed.connect(self.refresh_soon)
        self.play.toggled.connect(self._play_or_stop)
        self.map.hovered.connect(self._hover)
        self.map.clicked.connect(self._pin)
        self.scale.levels_chosen.connect(self._on_levels_chosen)
        selection = context.selection
        selection.hovered_changed.connect(self.refresh_soon)
        selection.pins_changed.connect(self.refresh_soon)
        context.state.scene_changed.connect(self._on_scene_changed)
        self._on_scene_changed(context.state.scene)

    def set_live(self, live: bool) -> None:
        """Request what the shown map needs, and follow the mouse over the picture."""
        self.extras = self.mode.value.extras if live else Extra.NONE
        super().set_live(live)
        self.context.selection.set_watched(self.name, live)
        if not live:
            self.play.setChecked(False)

    def refresh(self) -> None:
        """Show the newest frame's map."""
        scene, frame = self.context.state.scene, self.context.state.frame
        self.show_content(scene is not None)
        if scene is None:
            return
        knows, mode = scene.config.knows_depth, self.mode.value
        self.none.setVisible(not knows)
        if not knows:
            self.none.set_text(no_weights_line(scene))
        # Once each: one that comes and goes again would lay out the whole panel twice.
        left_out = set()
        if mode is not WeightsMode.PLANE:
            left_out.add(self._plane_row)
        if mode not in (WeightsMode.ROW_CUT, WeightsMode.COLUMN_CUT):
            left_out.add(self._line_row)
        for row in (*self._rows, self.occlusion):
            row.setVisible(knows and row not in left_out)
        if not knows:
            return
        self._follow_cursor(scene, mode)
        for plot in (self.map, self.scale):
            plot.show_theme(self.context.themes.theme)  # also before there is a map
        shown = None
        if frame is not None:
            plane, line = round(self.plane.value), round(self.line.value)
            shown = weight_map(frame, scene.frustum, mode, plane, line)
        if shown is None:
            return  # a frame with what the map needs is on its way; the last map stays
        self.shown = shown
        if mode.quantity is MapQuantity.DEPTH:
            self.context.state.scales.follow_depths(shown.values)
        legend = self._legend(shown.legend)
        self.map.show_values(shown.values, legend, map_axes(mode, scene.frustum))
        self.scale.show_legend(legend, self.context.themes.theme)
        self._mark(scene, mode)
        self.profile.show_profile(legend, self.context.themes.theme)
        self._read_out(scene, mode)

    # What the user does

    def show_mode(self, mode: WeightsMode) -> None:
        """Show another map."""
        self.mode.choose(mode)

    def _on_mode_chosen(self, mode: WeightsMode) -> None:
        if mode is not WeightsMode.PLANE:
            self.play.setChecked(False)
        if self.live:
            self.set_live(True)
        if mode.quantity is MapQuantity.WEIGHT:  # maps of weights differ in range by much
            self._set_scale(self.context.state.scales.of(mode.quantity).unlocked())
        self._line_row.set_label("Column" if mode is WeightsMode.COLUMN_CUT else "Row")
        self.refresh_soon()

    def _on_scene_changed(self, scene: Scene | None) -> None:
        self.shown = None
        self.map.show_nothing()
        self.profile.show_profile(None, self.context.themes.theme)
        self.readout.setText("")
        if scene is not None:
            last = scene.frustum.plane_count - 1
            self.plane.set_range(0, last)
            self.plane.set_value(last // 2)

    def _set_scale(self, scale: MapScale) -> None:
        self.context.state.scales.set_scale(self.mode.value.quantity, scale)

    def _on_levels_chosen(self, low: float, high: float) -> None:
        scale = self.context.state.scales.of(self.mode.value.quantity)
        self._set_scale(scale.locked(low, high))

    def _play_or_stop(self, play: bool) -> None:
        if play:
            self._stepping.start()
        else:
            self._stepping.stop()

    def _next_plane(self) -> None:
        scene = self.context.state.scene
        if scene is not None:
            self.plane.choose((round(self.plane.value) + 1) % scene.frustum.plane_count)

    def _hover(self, entry: tuple[float, float] | None) -> None:
        self._entry = entry
        self.context.selection.hover(self._pixel(entry))

    def _pin(self, column: float, row: float) -> None:
        scene, pixel = self.context.state.scene, self._pixel((column, row))
        if scene is not None and pixel is not None:
            reach = PIN_REACH * scene.config.image_size / FEATURE_MAP_SIDE
            self.context.selection.toggle_pin(pixel, reach)

    def _pixel(self, entry: tuple[float, float] | None) -> Pixel | None:
        scene, mode = self.context.state.scene, self.mode.value
        if scene is None or entry is None or mode in PROJECTIONS:
            return None  # a projection over all rows has no one pixel
        line = round(self.line.value)
        return Pixel(*picture_pixel(mode, *entry, line, scene.config.image_size))

    # What is shown

    _entry: tuple[float, float] | None = None  # under the mouse over the map

    def _follow_cursor(self, scene: Scene, mode: WeightsMode) -> None:
        pixel = self.context.selection.hovered
        if pixel is None or self._entry is not None:
            return  # over the map itself the cut stays
        share = FEATURE_MAP_SIDE / scene.config.image_size
        if mode is WeightsMode.ROW_CUT:
            self.line.set_value(round(pixel.v * share))
        elif mode is WeightsMode.COLUMN_CUT:
            self.line.set_value(round(pixel.u * share))

    def _legend(self, fitting: Legend) -> Legend:
        """The legend under the scale that the quantity has everywhere."""
        scales, quantity = self.context.state.scales, self.mode.value.quantity
        if quantity is MapQuantity.DEPTH and scales.depths is not None:
            fitting = replace(fitting, low=scales.depths.low, high=scales.depths.high)
        scale = scales.of(quantity)
        legend = scale.applied_to(fitting)
        self.editor.show_scale(scale, legend)
        return legend

    def _mark(self, scene: Scene, mode: WeightsMode) -> None:
        side, theme = scene.config.image_size, self.context.themes.theme
        marks = []
        cursor: tuple[float | None, float | None] = (None, None)
        for pin in self.context.selection.pins:
            column, row = map_entry(mode, *pin.pixel, side)
            if column is not None and row is not None:
                marks.append(Mark(column, row, theme.pins[pin.slot]))
        hovered = self.context.selection.hovered
        if hovered is not None:
            cursor = map_entry(mode, *hovered, side)
        self.map.mark(cursor, marks, theme)

    def _read_out(self, scene: Scene, mode: WeightsMode) -> None:
        hovered = self.context.selection.hovered
        text = "Move over the map or the picture to read values"
        entry = self._entry
        if entry is None and hovered is not None:
            column, row = map_entry(mode, *hovered, scene.config.image_size)
            entry = None if column is None or row is None else (column, row)
        if entry is not None and self.shown is not None:
            value = self.map.value_at(*entry)
            depth = entry_depth(mode, *entry, scene.frustum)
            text = (
                "no surface"
                if np.isnan(value)
                else f"{significant(value)} {self.shown.legend.unit}"
            )
            if depth is not None:
                text += f" at depth {number(depth)} units"
            if hovered is not None:
                text = f"{pixel_text(hovered)}: {text}"
        if text != self.readout.text():
            self.readout.setText(text)

    def _plane_text(self, plane: float) -> str:
        scene = self.context.state.scene
        if scene is None:
            return f"{plane:.0f}"
        depths = scene.frustum.plane_depths
        return f"{plane:.0f} · {depths[min(round(plane), len(depths) - 1)]:.2f} units"

    def _data(self) -> ExportTable:
        if self.shown is None:
            return ExportTable("row,column,value\n")
        arrays = {"map": self.shown.values}
        scene, frame = self.context.state.scene, self.context.state.frame
        if scene is not None and frame is not None:
            arrays["plane_depths"] = scene.frustum.plane_depths
            arrays["camera_to_world"] = frame.camera.camera_to_world
            if frame.visibility is not None:
                arrays["visibility"] = frame.visibility
        return ExportTable(self.map.values_csv(), arrays)
