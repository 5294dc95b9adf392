"""The ray panel: the depth weights of the pixel under the mouse and of pinned pixels."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from dvox_core.rendering.frame import Extra
from viewer.panels.export_row import ExportRow, ExportTable
from viewer.panels.live import NO_WEIGHTS, LivePanel, no_weights_line
from viewer.panels.occlusion_section import OcclusionSection
from viewer.panels.panel import PanelContext, Section
from viewer.panels.pixel_rays import ShownRay, pixel_text, rays_csv, shown_rays
from viewer.panels.ray.plot import RayPlot
from viewer.panels.ray.ray_view import RayView
from viewer.panels.ray.voxel_section import RayVoxelSection
from viewer.state.selection import PIN_LIMIT, Pin, Pixel, Voxel
from viewer.text.units import number, percent
from viewer.theme import Spacing, Theme, ThemeManager, interface_font, tabular
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.icon_button import IconButton

EMPTY = (
    "Move the mouse over the picture: here are the weights that the network gives to each depth "
    "along the ray of that pixel. A click pins the pixel, up to five of them; "
    "pins stay while the scene turns."
)

UNKNOWN = "–"

PIN_COLUMNS = (
    ("Pin", "Column and row in the picture"),
    ("Expected", "Expected depth, world units"),
    ("Entropy", "How undecided the network is: 0 bit is sure"),
    ("Outside", "Share of the weight outside the grid"),
)


class RayPanel(LivePanel):
    """Plot, figures and a view in space of up to five pinned rays and the hovered one."""

    name = "ray"
    extras = Extra.VISIBILITY

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.rays: list[ShownRay] = []
        self.plot = RayPlot()
        self.statistics = RayStatistics()
        self.pins = PinTable(context.themes)
        self.space = RayView()
        self.empty = EmptyState(EMPTY, "Pin the middle", self._pin_the_middle)
        self.none = EmptyState(NO_WEIGHTS)
        self.weights = Section("Depth weights")
        self.through = Section("Through the grid")
        self.through.set_remark("drag turns")
        self.export_row = ExportRow(context, "ray", self._data, self.plot)
        for widget in (
            self.none,
            self.empty,
            self.plot,
            self.statistics,
            self.pins,
            self.export_row,
        ):
            self.weights.column.addWidget(widget)
        self.through.column.addWidget(self.space)
        self.add_section(self.weights)
        self.add_section(self.through)
        self.voxel = RayVoxelSection(context)
        self.voxel.selected.connect(lambda place: context.selection.select_voxel(Voxel(*place)))
        self.add_section(self.voxel)
        self.occlusion = OcclusionSection(context)
        self.add_section(self.occlusion)
        self.pins.removed.connect(context.selection.unpin)
        self.plot.sample_chosen.connect(lambda plane: self._select(0, plane))
        self.space.sample_chosen.connect(self._select)
        for changed in (
            context.selection.hovered_changed,
            context.selection.pins_changed,
            context.selection.voxel_changed,
        ):
            changed.connect(self.refresh_soon)

    def set_live(self, live: bool) -> None:
        """Start or stop following the mouse over the picture."""
        super().set_live(live)
        self.context.selection.set_watched(self.name, live)
        if not live:
            self.voxel.stop()

    def refresh(self) -> None:
        """Show the rays of the newest frame."""
        state, selection, theme = self.context.state, self.context.selection, self.theme
        scene, frame = state.scene, state.frame
        self.show_content(scene is not None)
        if scene is None:
            return
        knows = scene.config.knows_depth
        self.rays = shown_rays(state, selection)
        self.none.setVisible(not knows)
        if not knows:
            self.none.set_text(no_weights_line(scene))
        self.occlusion.setVisible(knows)
        self.empty.setVisible(knows and not self.rays)
        for widget in (self.plot, self.statistics, self.export_row, self.through):
            widget.setVisible(bool(self.rays))
        self.pins.show_rays(self.rays, selection.pins, theme)
        self.voxel.setVisible(knows and selection.voxel is not None)
        if knows and selection.voxel is not None:
            self.voxel.show_voxel(scene, selection.voxel, self.rays)
        if not self.rays:
            self.weights.set_title("Depth weights")
            self.weights.set_remark("")
            return
        first = self.rays[0]
        self.weights.set_title(f"Depth weights at {first.place}")
        self.weights.set_remark("click pins · Esc clears")
        self.plot.show_rays(self.rays, selection.voxel, theme)
        self.statistics.show_ray(first, theme)
        assert frame is not None  # it has rays
        self.space.show_rays(scene, frame.camera, self.rays, selection.voxel, theme)

    @property
    def theme(self) -> Theme:
        """The present theme."""
        return self.context.themes.theme

    def _select(self, number: int, plane: int) -> None:
        x, y, z = (int(value) for value in self.rays[number].table.voxels[plane])
        if x < 0:
            self.context.show_info("This sample lies outside the grid: it belongs to no voxel")
            self.context.selection.select_voxel(None)
        else:
            self.context.selection.select_voxel(Voxel(x, y, z))

    def _pin_the_middle(self) -> None:
        scene = self.context.state.scene
        if scene is not None:
            middle = scene.config.image_size / 2
            self.context.selection.pin(Pixel(middle, middle))

    def _data(self) -> ExportTable:
        return ExportTable(rays_csv(self.rays), {})


class RayStatistics(QWidget):
    """Expected and most likely depth, entropy, and the weight outside the grid."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Spacing.CONTROL)
        grid.setVerticalSpacing(Spacing.LABEL)
        self._labels: list[QLabel] = []
        self.values: list[QLabel] = []
        tips = (
            ("expected", "Mean depth under the weights, world units"),
            ("entropy", "How undecided the network is: 0 bit is sure"),
            ("most likely", "Depth of the plane with most weight, world units"),
            ("outside grid", "Share of the weight on samples outside the voxel grid"),
        )
        for index, (name, tip) in enumerate(tips):
            label, value = QLabel(name), QLabel()
            label.setProperty("role", "muted")
            value.setFont(tabular(interface_font(bold=True)))
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setAccessibleName(name)
            for widget in (label, value):
                widget.setToolTip(tip)
            row, column = divmod(index, 2)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(value, row, 2 * column + 1)
            grid.setColumnStretch(2 * column + 1, 1)
            self._labels.append(label)
            self.values.append(value)
        grid.setColumnMinimumWidth(2, 92)
        self._colored = ""

    def show_ray(self, ray: ShownRay, theme: Theme) -> None:
        """Show the statistics of one ray."""
        for value, text in zip(self.values, statistics_texts(ray), strict=True):
            value.setText(text)
        if theme.name != self._colored:  # a style sheet a frame would be slow
            self._colored = theme.name
            self._labels[0].setStyleSheet(f"color: {theme.amber}")
            self._labels[2].setStyleSheet(f"color: {theme.green}")


class PinTable(QWidget):
    """One row a pin: its colour, pixel, depth, entropy, and a button that removes it."""

    removed = Signal(int)  # the pin's slot

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Spacing.PANEL)
        grid.setVerticalSpacing(0)
        self.rows: list[tuple[Swatch, list[QLabel], IconButton]] = []
        font = tabular(interface_font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, (title, tip) in enumerate(PIN_COLUMNS, 1):
            header = QLabel(title)
            header.setProperty("role", "caption")
            header.setToolTip(tip)
            if column > 1:
                header.setAlignment(right)
            grid.addWidget(header, 0, column)
        for row in range(PIN_LIMIT):
            swatch = Swatch()
            labels = [QLabel() for _ in PIN_COLUMNS]
            button = IconButton(themes, "close", "Take this pin away (a click on it does too)")
            button.setFixedHeight(22)
            button.clicked.connect(lambda _=False, row=row: self.removed.emit(self._slots[row]))
            for column, widget in enumerate((swatch, *labels, button)):
                grid.addWidget(widget, row + 1, column)
            for label, (_, tip) in zip(labels, PIN_COLUMNS, strict=True):
                label.setFont(font)
                label.setToolTip(tip)
            for label in labels[1:]:
                label.setAlignment(right)
            self.rows.append((swatch, labels, button))
        grid.setColumnStretch(1, 1)
        self._slots: list[int] = []
        self._pin_count = -1

    def show_rays(self, rays: Sequence[ShownRay], pins: Sequence[Pin], theme: Theme) -> None:
        """Show the pins' rays, oldest first."""
        by_slot = {ray.slot: ray for ray in rays}
        self._slots = [pin.slot for pin in pins]
        if len(pins) != self._pin_count:
            self._pin_count = len(pins)
            self.setVisible(bool(pins))
            for index, (swatch, labels, button) in enumerate(self.rows):
                for widget in (swatch, *labels, button):
                    widget.setVisible(index < len(pins))
        for pin, (swatch, labels, _) in zip(pins, self.rows, strict=False):
            swatch.show_color(theme.pins[pin.slot])
            ray = by_slot.get(pin.slot)
            expected, entropy, _, outside = statistics_texts(ray) if ray else ("", "", "", "")
            for label, text in zip(
                labels, (pixel_text(pin.pixel), expected, entropy, outside), strict=True
            ):
                label.setText(text)


class Swatch(QWidget):
    """A dot of a colour."""

    def __init__(self) -> None:
        super().__init__()
        self._color = QColor()
        self.setFixedSize(10, 10)

    def show_color(self, color: str) -> None:
        """Set the colour."""
        if QColor(color) != self._color:
            self._color = QColor(color)
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the dot."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._color)
            painter.drawEllipse(self.rect())


def statistics_texts(ray: ShownRay) -> tuple[str, str, str, str]:
    """Expected depth, entropy, most likely depth, weight outside: with their units.

    Where a network's weights are not finite, nothing follows from them.
    """
    table = ray.table
    if not np.isfinite(table.weights).all():
        return UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN
    return (
        number(table.expected_depth),
        f"{table.entropy:.2f} bit",
        number(table.depths[table.most_likely_plane]),
        percent(table.outside_share, 1),
    )
