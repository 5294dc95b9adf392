"""One stage shown large, with its own controls: plane, channel, axis, colours, range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QCheckBox, QLabel

from dvox_core.model.config import ModelConfig
from dvox_core.pipeline.places import CloudPlaces, Place
from dvox_core.pipeline.stage_looks import Channel, StageLook, Way, usual_look, ways_of
from dvox_core.pipeline.stages import Kind, Stage
from dvox_core.rendering.pictures import Legend
from viewer.panels.panel import Section
from viewer.panels.pipeline.tile import paint_cube
from viewer.text.units import significant
from viewer.theme import Theme, ThemeManager, interface_font, tabular
from viewer.widgets.icon_button import IconButton
from viewer.widgets.images import premultiplied_image
from viewer.widgets.inputs import Dropdown, labelled, number_slider
from viewer.widgets.map_profile import MapProfile, RayLine
from viewer.widgets.map_view import MapView, Mark
from viewer.widgets.scale_bar import ScaleBar
from viewer.widgets.scale_editor import COLORS

if TYPE_CHECKING:  # imports numba
    from dvox_core.pipeline.stage_pictures import StagePicture

GRID_AXES = (("Along x", 0), ("Along y", 1), ("Along z", 2))
FRUSTUM_AXES = (("One column", 0), ("One row", 1), ("One depth plane", 2))
CHANNELS = (("Principal components", -1), ("Norm", -2), ("One feature", 0))
LABEL_WIDTH = 56


class EnlargedSection(Section):
    """Shows a stage as large as there is room; a click in it chooses a voxel."""

    look_changed = Signal()
    closed = Signal()
    place_chosen = Signal(float, float)  # shares of the picture's sides

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("")
        self.stage: Stage | None = None
        self._span: tuple[float, float] | None = None
        self.map = MapView("The enlarged stage", is_smooth=False)
        self.map.setToolTip("A click chooses the voxel there; it is marked in all tiles")
        self.profile = MapProfile(self.map, LABEL_WIDTH)
        self.scale = ScaleBar(adjustable=True)
        self.readout = QLabel()
        self.readout.setFont(tabular(interface_font()))
        self.way = Dropdown([("Cloud", Way.CLOUD)], "Way to look", "How the volume is looked at")
        self.axis = Dropdown(GRID_AXES, "Axis", "Along which axis it is cut, or its maxima taken")
        self.plane = number_slider("Plane", "Which slice is shown")
        self.channel = Dropdown(CHANNELS, "Channel", "What of the features is shown")
        self.feature = number_slider("Feature", "Which feature is shown")
        self.colors = Dropdown(COLORS, "Colours", "Colours of the values")
        self.fits = QCheckBox("Fit")
        self.fits.setToolTip(
            "Let the range of the colours follow the values; the scale's handles set another"
        )
        self.fits.setChecked(True)
        self.close_button = IconButton(themes, "close", "Close: show the sheet alone (Esc)")
        self._rows = {
            "way": labelled("Look", self.way, width=LABEL_WIDTH),
            "axis": labelled("Cut", self.axis, width=LABEL_WIDTH),
            "plane": labelled("Plane", self.plane, width=LABEL_WIDTH),
            "channel": labelled("Show", self.channel, width=LABEL_WIDTH),
            "feature": labelled("Feature", self.feature, width=LABEL_WIDTH),
            "colors": labelled("Colours", self.colors, self.fits, width=LABEL_WIDTH),
        }
        self.set_corner(self.close_button)
        shown = (self.map, self.profile.plot, self.scale, self.readout)
        for widget in (*shown, *self._rows.values(), self.profile.row):
            self.column.addWidget(widget)
        for choice in (self.way, self.axis, self.channel, self.colors):
            choice.chosen.connect(self._on_chosen)
        for slider in (self.plane, self.feature):
            slider.changed.connect(lambda _: self.look_changed.emit())
        self.fits.toggled.connect(self._on_fit_toggled)
        self.scale.levels_chosen.connect(self._on_levels_chosen)
        self.close_button.clicked.connect(self.closed)
        self.map.clicked.connect(self._on_clicked)
        self.map.hovered.connect(self._read_out)
        self.hide()

    @property
    def look(self) -> StageLook:
        """As the controls say."""
        channel = int(self.channel.value)
        return StageLook(
            way=self.way.value,
            axis=self.axis.value,
            plane=round(self.plane.value),
            channel=round(self.feature.value) if channel >= 0 else channel,
            colormap=self.colors.value,
            span=None if self.fits.isChecked() else self._span,
        )

    def show_stage(self, stage: Stage | None, config: ModelConfig | None) -> None:
        """Show another stage as usual, or none."""
        self.stage = stage
        self.setVisible(stage is not None and config is not None)
        if stage is None or config is None:
            return
        self.set_title(stage.title)
        kind, usual = stage.kind, usual_look(stage)
        self.way.set_entries([(way.value, way) for way in ways_of(kind)] or [("", usual.way)])
        self.way.set_value(usual.way if ways_of(kind) else self.way.value)
        self.axis.set_entries(FRUSTUM_AXES if kind.is_of_frustum else GRID_AXES)
        self.axis.set_value(2)
        self.channel.set_value(int(Channel.COMPONENTS))
        self.feature.set_range(0, max(config.features - 1, 1))
        self.colors.set_value("")
        self.fits.setChecked(True)
        self._fit_planes(config)
        self._show_rows()

    def show_picture(self, picture: StagePicture, theme: Theme) -> None:
        """Show the stage's picture, and what its colours mean."""
        legend = self._legend = picture.legend
        pixels = picture.rgba if picture.is_opaque else over_ground(picture, theme)
        self.map.show_pixels(np.ascontiguousarray(pixels))
        self.map.values = picture.values
        self.scale.setVisible(legend is not None)
        self._rows["colors"].setVisible(legend is not None)
        if legend is not None:
            self.scale.show_legend(legend, theme)

    def show_profile(self, rays: Sequence[RayLine], theme: Theme) -> None:
        """Show the profile along a row, a column, or one of these epipolar lines."""
        self.profile.offer_rays(rays)
        self.profile.show_profile(self._legend, theme)

    def mark(self, places: list[tuple[Place, str]], theme: Theme) -> None:
        """Mark places of the picture, in shares of its sides."""
        rgba = self.map.rgba
        height, width = (1, 1) if rgba is None else rgba.shape[:2]
        marks = [
            Mark(place[0] * width - 0.5, place[1] * height - 0.5, color) for place, color in places
        ]
        self.map.mark((None, None), marks, theme)

    def _fit_planes(self, config: ModelConfig) -> None:
        assert self.stage is not None
        count = config.grid_size
        if self.stage.kind.is_of_frustum:
            count = config.plane_count if self.axis.value == 2 else 64
        self._count = count
        self.plane.set_range(0, count - 1)
        self.plane.set_value(count // 2)
        self._config = config

    _config: ModelConfig
    _legend: Legend | None = None
    _count = 1

    def _show_rows(self) -> None:
        assert self.stage is not None
        kind, way = self.stage.kind, self.way.value
        is_volume = kind.is_of_grid or kind.is_of_frustum
        cuts = is_volume and way in (Way.SLICE, Way.HIGHEST)
        self._rows["way"].setVisible(is_volume)
        self._rows["axis"].setVisible(cuts)
        self._rows["plane"].setVisible(cuts and way is Way.SLICE)
        self._rows["channel"].setVisible(kind.has_features)
        self._rows["feature"].setVisible(kind.has_features and self.channel.value == 0)
        if kind is Kind.PICTURE:
            self._rows["colors"].hide()

    def _on_chosen(self, _: object) -> None:
        if self.stage is None:
            return
        if self.sender() is self.axis:
            self._fit_planes(self._config)
        if self.sender() is not self.colors:
            self.fits.setChecked(True)
        self._show_rows()
        self.look_changed.emit()

    def _on_fit_toggled(self, fits: bool) -> None:
        legend = self.scale.legend
        if not fits and self._span is None and legend is not None:
            self._span = (legend.low, legend.high)
        if fits:
            self._span = None
        self.look_changed.emit()

    def _on_levels_chosen(self, low: float, high: float) -> None:
        self._span = (low, high)
        if self.fits.isChecked():
            self.fits.setChecked(False)
        else:
            self.look_changed.emit()

    def _on_clicked(self, column: float, row: float) -> None:
        rgba = self.map.rgba
        if rgba is not None:
            height, width = rgba.shape[:2]
            self.place_chosen.emit((column + 0.5) / width, (row + 0.5) / height)

    def _read_out(self, entry: tuple[float, float] | None) -> None:
        text = ""
        legend = self.scale.legend
        if entry is not None and self.map.values is not None and legend is not None:
            value = self.map.value_at(*entry)
            text = f"{significant(value)} {legend.unit}".strip()
        if text != self.readout.text():
            self.readout.setText(text)


def over_ground(picture: StagePicture, theme: Theme) -> NDArray[np.uint8]:
    """A shape over the ground, with the grid's cube behind a cloud: [H, W, 4], opaque."""
    height, width = picture.rgba.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGBA8888)
    image.fill(QColor(theme.viewport))
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(picture.places, CloudPlaces):
            paint_cube(painter, QRectF(image.rect()), picture.places, theme)
        painter.drawImage(0, 0, premultiplied_image(picture.rgba))
    shown = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(height, -1, 4)
    return shown[:, :width].copy()
