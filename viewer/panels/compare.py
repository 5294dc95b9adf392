"""The compare panel: the open scene beside true pictures or a second scene, under one camera."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dvox_core.model.scene import Scene
from dvox_core.rendering import colormaps
from dvox_core.rendering.comparing import (
    MapPair,
    Quantity,
    compare_grids,
    compare_maps,
    picture_difference,
    picture_psnr,
    same_size,
)
from dvox_core.rendering.frame import Frame, without_border
from dvox_core.rendering.pictures import Legend
from viewer.panels.controls import Choice, labelled
from viewer.panels.live import EmptyState, LivePanel
from viewer.panels.map_view import MapView, ScaleBar
from viewer.panels.panel import ElidedLabel, Fact, FactTable, PanelContext, Section
from viewer.panels.taking import Table, TakingRow
from viewer.panels.trust_meter import TrustMeter
from viewer.state.views import view_label
from viewer.theme import Space
from viewer.workers.comparison import Against, Among, InPicture, Other

DIFFERENCE = Legend("Difference of the pictures", "of 1", colormaps.DIFFERENCE, -0.5, 0.5)
NO_VIEWS = "The scene's file holds no cameras, so nothing is known of the views it was trained on."
NO_CAPTURE = (
    "The pictures that the scene was trained on would stand here, beside what the network paints. "
    "Choose the folder of the capture: it has rgb/, pose/ and intrinsics.txt, or train/ and test/."
)
NO_SECOND = (
    "Another scene, or another snapshot of the same training run (RUN/snapshots/), would stand "
    "here under the same camera."
)


class ComparePanel(LivePanel):
    """Trust meter, choice of the other side, both sides and their difference."""

    name = "compare"
    go_requested = Signal()
    capture_requested = Signal()
    second_requested = Signal()
    cameras_toggled = Signal(bool)

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.comparison = context.comparison
        self.meter = TrustMeter()
        self.nearest = FactTable()
        self.go = QPushButton("Go to this view")
        self.go.setToolTip("Look from the nearest view of the capture, exactly (N)")
        self.cameras = QCheckBox("Show the cameras")
        self.cameras.setToolTip("The capture's cameras as small pyramids over the picture (C)")
        self.among = Choice(
            [(among.value, among) for among in Among],
            "Views that count",
            "Among which views of the capture the nearest is looked for",
        )
        self.against = Choice(
            [(against.value, against) for against in Against],
            "Other side",
            "What the open scene is compared with",
        )
        self.over = Choice(
            [(over.value, over) for over in InPicture],
            "Over the picture",
            "What of the comparison is put over the picture; it stays while other tabs are open",
        )
        self.quantity = Choice(
            [(quantity.value, quantity) for quantity in Quantity],
            "Quantity",
            "What of both sides is shown and subtracted",
        )
        self.no_capture = EmptyState(NO_CAPTURE, "Choose the capture…", self.capture_requested.emit)
        self.no_second = EmptyState(NO_SECOND, "Open a second scene…", self.second_requested.emit)
        self.source = ElidedLabel()
        self.source.setProperty("role", "muted")
        self.change = QPushButton("Another…")
        self.close_second = QPushButton("Close")
        self.close_second.setToolTip("Close the second scene and give its memory back")
        self.sides = (Side("This scene"), Side(""))
        self.difference = MapView("Difference of both sides")
        self.scale = ScaleBar()
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.figures = ""
        self._build(context)

    def _build(self, context: PanelContext) -> None:
        self._trust = Section("Nearest view")
        self._none = EmptyState(NO_VIEWS)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.CONTROL)
        buttons.addWidget(self.go)
        buttons.addWidget(self.cameras)
        buttons.addStretch(1)
        for widget in (self._none, self.meter, self.nearest):
            self._trust.column.addWidget(widget)
        self._trust.column.addLayout(buttons)
        self._trust.column.addWidget(labelled("Among", self.among))
        self._with = Section("Compare with")
        self._source_row = QWidget()
        row = QHBoxLayout(self._source_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.CONTROL)
        row.addWidget(self.source, 1)
        row.addWidget(self.change)
        row.addWidget(self.close_second)
        for widget in (
            labelled("With", self.against),
            self._source_row,
            self.no_capture,
            self.no_second,
        ):
            self._with.column.addWidget(widget)
        self._over_row = labelled("Picture", self.over)
        self._with.column.addWidget(self._over_row)
        self._both = Section("Side by side")
        pair = QHBoxLayout()
        pair.setSpacing(Space.CONTROL)
        for side in self.sides:
            pair.addWidget(side, 1, Qt.AlignmentFlag.AlignTop)
        self._quantity_row = labelled("Show", self.quantity)
        pictures = QWidget()  # what is copied as a picture
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.CONTROL)
        column.addLayout(pair)
        for widget in (self.verdict, self.difference, self.scale):
            column.addWidget(widget)
        self.taking = TakingRow(context, "compare", self._data, pictures)
        for widget in (self._quantity_row, pictures, self.taking):
            self._both.column.addWidget(widget)
        for section in (self._trust, self._with, self._both):
            self.add_section(section)
        self.among.chosen.connect(self.comparison.set_among)
        self.against.chosen.connect(self._take_against)
        self.over.chosen.connect(self.comparison.set_in_picture)
        self.quantity.chosen.connect(self._take_quantity)
        self.go.clicked.connect(self.go_requested)
        self.change.clicked.connect(self._ask_for_another)
        self.close_second.clicked.connect(self.comparison.second.close)
        self.cameras.toggled.connect(self.cameras_toggled)
        self.comparison.changed.connect(self.refresh_soon)
        context.state.camera_changed.connect(self.refresh_soon)

    def set_live(self, live: bool) -> None:
        """Have the other side rendered, or not."""
        self.extras = self.quantity.value.extras
        super().set_live(live)
        self.comparison.set_watched(live, self.extras)

    def refresh(self) -> None:
        """Show where one is, and both sides."""
        state = self.context.state
        scene = state.scene
        self.widget().setVisible(scene is not None)
        if scene is None or state.camera is None:
            return
        self._show_nearest(scene)
        self._show_choice(scene)
        self._show_sides(scene)

    # What the user does

    def _take_against(self, against: Against) -> None:
        if against is Against.PHOTO:
            self.quantity.set_value(Quantity.PICTURE)
        self.comparison.set_against(against)
        self._take_quantity()
        self.refresh_soon()

    def _take_quantity(self, *_: object) -> None:
        if self.live:
            self.set_live(True)
        self.refresh_soon()

    def _ask_for_another(self) -> None:
        if self.comparison.against is Against.PHOTO:
            self.capture_requested.emit()
        else:
            self.second_requested.emit()

    # What is shown

    def _show_nearest(self, scene: Scene) -> None:
        camera = self.context.state.camera
        view = self.comparison.nearest_view(camera)
        for widget in (self.meter, self.nearest, self.go, self.cameras):
            widget.setVisible(view is not None)
        self._none.setVisible(view is None)
        if view is None:
            return
        degrees = camera.angle_to(view.camera)
        self.meter.show_angle(degrees, self.context.themes.theme)
        self.nearest.set_facts(
            [
                Fact("View", view_label(view), "The nearest view of the capture, by angle"),
                Fact("Turned from it", f"{degrees:.1f}°", "Angle of the rotation to it"),
                Fact(
                    "Moved from it",
                    f"{camera.distance_to(view.camera):.3f} units",
                    "Distance to its centre, in world units",
                ),
            ]
        )

    def _show_choice(self, scene: Scene) -> None:
        comparison = self.comparison
        against, second = comparison.against, comparison.second
        photo, other = against is Against.PHOTO, against is Against.SCENE
        folder = comparison.truth.folder
        self.against.set_value(against)
        self.over.set_value(comparison.in_picture)
        self.among.set_value(comparison.among)
        self.no_capture.setVisible(photo and folder is None and not comparison.truth.is_looking)
        self.no_second.setVisible(other and second.scene is None and not second.is_opening)
        known = (photo and folder is not None) or (other and not self.no_second.isVisibleTo(self))
        self._source_row.setVisible(known)
        self.close_second.setVisible(other)
        self._over_row.setVisible(known)
        if photo and folder is not None:
            text = folder.name
            self.source.setToolTip(str(folder))
        else:
            text = second.scene.name if second.scene else "Opening…"
            self.source.setToolTip(str(second.scene.path) if second.scene else "")
        if text != self.source.text():
            self.source.setText(text)

    def _show_sides(self, scene: Scene) -> None:
        frame, other = self.context.state.frame, self.comparison.other()
        self._both.setVisible(other is not None)
        self._quantity_row.setVisible(self.comparison.against is Against.SCENE)
        if other is None or frame is None:
            return
        self.sides[1].set_caption(other.name)
        if self.quantity.value is Quantity.PICTURE or other.frame is None:
            self._show_pictures(frame, other)
            return
        pair = self._maps(self.quantity.value, scene, frame, other)
        if pair is None:
            self.verdict.setText("On its way, or one of the two models knows no depth.")
        else:
            self._show_maps(pair, other.is_here or self.quantity.value is Quantity.GRID)

    def _show_pictures(self, frame: Frame, other: Other) -> None:
        for side, picture in zip(self.sides, (frame.picture, other.picture), strict=True):
            side.map.show_pixels(_opaque(without_border(picture)))
        if not other.is_here:
            self._show_no_difference()
            return
        ratio = picture_psnr(frame.picture, other.picture)
        self.verdict.setText(f"PSNR {ratio:.2f} dB" if np.isfinite(ratio) else "The same picture")
        values = without_border(picture_difference(frame.picture, other.picture))
        self._show_difference(values, DIFFERENCE)

    def _maps(self, quantity: Quantity, scene: Scene, frame: Frame, other: Other) -> MapPair | None:
        if other.frame is None or other.scene is None:
            return None
        if quantity is Quantity.GRID:
            grids = self.comparison.grids
            first, second = grids.norms(scene), grids.norms(other.scene)
            return None if first is None or second is None else compare_grids(first, second)
        return compare_maps(quantity, frame, other.frame, scene.frustum, other.scene.frustum)

    def _show_maps(self, pair: MapPair, comparable: bool) -> None:
        self.sides[0].map.show_values(pair.first, pair.legend)
        self.sides[1].map.show_values(pair.second, pair.legend)
        if not comparable:
            self._show_no_difference()
            return
        self.verdict.setText(f"Mean difference {pair.mean_difference:.3g} {pair.legend.unit}")
        self._show_difference(pair.difference, pair.difference_legend)

    def _show_difference(self, values: NDArray[np.floating], legend: Legend) -> None:
        self.difference.show_values(values, legend)
        self.scale.show_legend(legend, self.context.themes.theme)
        for widget in (self.difference, self.scale):
            widget.setVisible(True)

    def _show_no_difference(self) -> None:
        photo = self.comparison.against is Against.PHOTO
        self.verdict.setText(
            "Seen from another place: go to this view to compare." if photo else "On its way…"
        )
        for widget in (self.difference, self.scale):
            widget.setVisible(False)

    def _data(self) -> Table:
        frame, other = self.context.state.frame, self.comparison.other()
        if frame is None or other is None:
            return Table("quantity,value\n")
        lines = ["quantity,value", f"other,{other.name}"]
        arrays = {
            "first_picture": frame.picture,
            "second_picture": same_size(other.picture, len(frame.picture)),
            "camera_to_world": frame.camera.camera_to_world,
        }
        if other.is_here:
            lines.append(f"psnr_db,{picture_psnr(frame.picture, other.picture):.4f}")
            arrays["picture_difference"] = picture_difference(frame.picture, other.picture)
        scene = self.context.state.scene
        for quantity in Quantity:
            pair = None if scene is None else self._maps(quantity, scene, frame, other)
            if pair is not None:
                name = quantity.name.lower()
                lines.append(f"mean_{name}_difference,{pair.mean_difference:.6g}")
                arrays[f"first_{name}"], arrays[f"second_{name}"] = pair.first, pair.second
        return Table("\n".join(lines) + "\n", arrays)


class Side(QWidget):
    """One side: a picture and what it is of."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self.map = MapView(caption or "Other side")
        self._caption = ElidedLabel(caption, Qt.TextElideMode.ElideRight)
        self._caption.setProperty("role", "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.LABEL)
        column.addWidget(self.map)
        column.addWidget(self._caption)

    def set_caption(self, text: str) -> None:
        """Say what it is of."""
        if text != self._caption.text():
            self._caption.setText(text)
            self.map.setAccessibleName(text)


def _opaque(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rgba = np.full((*rgb.shape[:2], 4), 255, dtype=np.uint8)
    rgba[..., :3] = rgb
    return rgba
