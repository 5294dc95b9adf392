"""The compare panel: the open scene beside true pictures or a second scene, under one camera."""

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dvox_core.geometry.cameras import Camera
from dvox_core.model.scene import Scene
from dvox_core.rendering.view_difference import (
    ComparedQuantity,
    picture_difference,
    picture_psnr,
    same_size,
)
from viewer.panels.compare.sides import Compared, ComparisonInputs, Grids, compare_sides, map_pair
from viewer.panels.export_row import ExportRow, ExportTable
from viewer.panels.live import LivePanel
from viewer.panels.panel import PanelContext, Section
from viewer.state.capture_views import view_label
from viewer.state.key_tips import add_keys_to_tip
from viewer.text.units import degrees, number
from viewer.theme import Spacing
from viewer.widgets.empty_state import EmptyState
from viewer.widgets.fact_table import Fact, FactTable
from viewer.widgets.inputs import Dropdown, labelled
from viewer.widgets.labels import ElidedLabel
from viewer.widgets.map_view import MapView
from viewer.widgets.scale_bar import ScaleBar
from viewer.widgets.trust_meter import TrustMeter
from viewer.widgets.widget_row import WidgetRow
from viewer.workers.background.latest_answer import LatestAnswer
from viewer.workers.comparison.comparison import (
    ComparedView,
    ComparisonDisplay,
    ComparisonTarget,
    ViewSubset,
)

NO_VIEWS = "The scene's file holds no cameras, so nothing is known of the views it was trained on."
NO_CAPTURE = (
    "The pictures that the scene was trained on would stand here, beside what the network paints. "
    "Choose the folder of the capture: it has rgb/, pose/ and intrinsics.txt, or train/ and test/."
)
NO_SECOND = (
    "Another scene, or another snapshot of the same training run (RUN/snapshots/), would stand "
    "here under the same camera."
)


NEAREST = {
    "train": "seen in training",
    "validation": "a validation view",
    "test": "a test view",
}
UNKNOWN = "a view of the capture"  # whose split nobody knows: it may never have been trained on


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
        self.go.setToolTip("Look from the nearest view of the capture, exactly")
        self.cameras = QCheckBox("Show the cameras")
        self.cameras.setToolTip("The capture's cameras as small pyramids over the picture")
        self.among = Dropdown(
            [(among.value, among) for among in ViewSubset],
            "Views that count",
            "Among which views of the capture the nearest is looked for",
        )
        self.against = Dropdown(
            [(against.value, against) for against in ComparisonTarget],
            "Other side",
            "What the open scene is compared with",
        )
        self.over = Dropdown(
            [(over.value, over) for over in ComparisonDisplay],
            "Over the picture",
            "What is put over the RGB picture; it stays while other tabs are open",
        )
        self.lpips = QCheckBox("Score by LPIPS too")
        self.lpips.setToolTip(
            "How different the picture looks from the true one, by AlexNet's features: 0 where "
            "they are equal, a quarter of a second a picture"
        )
        self.quantity = Dropdown(
            [(quantity.value, quantity) for quantity in ComparedQuantity],
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
        for widget, action in (
            (self.go, "nearest_view"),
            (self.cameras, "cameras"),
            (self.over, "split"),
        ):
            add_keys_to_tip(widget, context.keys, action)
        self.compared: Compared | None = None
        self._asked: ComparisonInputs | None = None
        self._known_grids: Grids | None = None
        self._worker: LatestAnswer[ComparisonInputs] = LatestAnswer(
            compare_sides, "Comparing", self
        )
        self._worker.answered.connect(self._show_compared)
        self._worker.failed.connect(context.show_error)
        self._build(context)

    def _build(self, context: PanelContext) -> None:
        self._trust = Section("Nearest view")
        self._none = EmptyState(NO_VIEWS)
        buttons = WidgetRow(self.go, self.cameras)
        buttons.add_stretch()
        among = labelled("Among", self.among)
        for widget in (self._none, self.meter, self.nearest, buttons, among):
            self._trust.column.addWidget(widget)
        self._with = Section("Compare with")
        self._source_row = WidgetRow()
        self._source_row.add(self.source, 1)
        self._source_row.add(self.change)
        self._source_row.add(self.close_second)
        self._over_row = labelled("Picture", self.over)
        for row in (
            labelled("With", self.against),
            self._source_row,
            self.no_capture,
            self.no_second,
            self._over_row,
            self.lpips,
        ):
            self._with.column.addWidget(row)
        self._both = Section("Side by side")
        pair = QHBoxLayout()
        pair.setSpacing(Spacing.CONTROL)
        for side in self.sides:
            pair.addWidget(side, 1, Qt.AlignmentFlag.AlignTop)
        self._quantity_row = labelled("Show", self.quantity)
        pictures = QWidget()  # what is copied as a picture
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        column.addLayout(pair)
        for view in (self.verdict, self.difference, self.scale):
            column.addWidget(view)
        self.export_row = ExportRow(context, "compare", self._data, pictures)
        for part in (self._quantity_row, pictures, self.export_row):
            self._both.column.addWidget(part)
        for section in (self._trust, self._with, self._both):
            self.add_section(section)
        self.among.chosen.connect(self.comparison.set_among)
        self.against.chosen.connect(self._on_target_chosen)
        self.over.chosen.connect(self.comparison.set_in_picture)
        self.lpips.toggled.connect(self.refresh_soon)
        self.quantity.chosen.connect(self._on_quantity_chosen)
        self.go.clicked.connect(self.go_requested)
        self.change.clicked.connect(self._ask_for_another)
        self.close_second.clicked.connect(self.comparison.second.close)
        self.cameras.toggled.connect(self.cameras_toggled)
        self.comparison.changed.connect(self.refresh_soon)
        context.state.camera_changed.connect(self.refresh_soon)

    def set_live(self, live: bool) -> None:
        """Start or stop rendering the other side."""
        self.extras = self.quantity.value.extras
        super().set_live(live)
        self.comparison.set_watched(live, self.extras)
        if not live:
            self._worker.stop()
            self._asked = None

    def refresh(self) -> None:
        """Show the nearest view and both sides."""
        state = self.context.state
        scene = state.scene
        self.show_content(scene is not None)
        if scene is None or state.camera is None:
            return
        self._show_nearest(state.camera)
        self._show_choice(scene)
        self._show_sides(scene)

    # What the user does

    def _on_target_chosen(self, against: ComparisonTarget) -> None:
        if against is ComparisonTarget.PHOTO:
            self.quantity.set_value(ComparedQuantity.PICTURE)
        self.comparison.set_against(against)
        self._on_quantity_chosen()
        self.refresh_soon()

    def _on_quantity_chosen(self, *_: object) -> None:
        if self.live:
            self.set_live(True)
        self.refresh_soon()

    def _ask_for_another(self) -> None:
        if self.comparison.against is ComparisonTarget.PHOTO:
            self.capture_requested.emit()
        else:
            self.second_requested.emit()

    # What is shown

    def _show_nearest(self, camera: Camera) -> None:
        view = self.comparison.nearest_view(camera)
        for widget in (self.meter, self.nearest, self.go, self.cameras):
            widget.setVisible(view is not None)
        self._none.setVisible(view is None)
        if view is None:
            return
        angle = camera.angle_to(view.camera)
        self.meter.show_angle(angle, self.context.themes.theme, NEAREST.get(view.split, UNKNOWN))
        self.nearest.set_facts(
            [
                Fact("View", view_label(view), "The nearest view of the capture, by angle"),
                Fact("Turned from it", degrees(angle), "Angle of the rotation to it"),
                Fact(
                    "Moved from it",
                    f"{number(camera.distance_to(view.camera))} units",
                    "Distance to its centre, in world units",
                ),
            ]
        )

    def _show_choice(self, scene: Scene) -> None:
        comparison = self.comparison
        against, second = comparison.against, comparison.second
        photo, other = against is ComparisonTarget.PHOTO, against is ComparisonTarget.SCENE
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
        self.lpips.setVisible(photo and folder is not None)
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
        self._quantity_row.setVisible(self.comparison.against is ComparisonTarget.SCENE)
        if other is None or frame is None:
            return
        self.sides[1].set_caption(other.name)
        grids, lpips = self._grids(scene, other), self.lpips.isChecked()
        sides = ComparisonInputs(self.quantity.value, scene, frame, other, grids, lpips)
        if not sides.is_same(self._asked):
            self._asked = sides
            self._worker.ask(sides)

    def _grids(self, scene: Scene, other: ComparedView) -> Grids | None:
        if self.quantity.value is not ComparedQuantity.GRID or other.scene is None:
            return None
        if not (scene.config.has_grid and other.scene.config.has_grid):
            return None  # there is nothing to compare, so neither is read
        first, second = (self.comparison.grids.norms(each) for each in (scene, other.scene))
        if first is None or second is None:
            return None
        known = self._known_grids
        if known is None or known[0] is not first or known[1] is not second:
            self._known_grids = first, second
        return self._known_grids

    def _show_compared(self, compared: Compared) -> None:
        self.compared = compared
        if compared.problem and self.lpips.isChecked():
            self.lpips.setChecked(False)
            self._asked = None  # asked for again at once, it is tried again
            self.context.show_error(compared.problem)
        self.verdict.setText(compared.verdict)
        for side, pixels in zip(self.sides, (compared.first, compared.second), strict=True):
            if pixels is not None:
                side.map.show_pixels(pixels)
        difference, legend = compared.difference, compared.legend
        has_difference = difference is not None and legend is not None
        if difference is not None and legend is not None:
            self.difference.show_pixels(difference)
            self.scale.show_legend(legend, self.context.themes.theme)
        for widget in (self.difference, self.scale):
            widget.setVisible(has_difference)

    def _data(self) -> ExportTable:
        compared = self.compared
        if compared is None:
            return ExportTable("quantity,value\n")
        sides = compared.sides
        frame, other = sides.frame, sides.other
        lines = ["quantity,value", f"other,{other.name}"]
        arrays: dict[str, NDArray[Any]] = {
            "first_picture": frame.picture,
            "second_picture": same_size(other.picture, len(frame.picture)),
            "camera_to_world": frame.camera.camera_to_world,
        }
        if other.is_here:
            both = frame.picture, other.picture, other.shown
            lines.append(f"psnr_db,{picture_psnr(*both):.4f}")
            if compared.score is not None:
                lines.append(f"ssim,{compared.score.ssim:.5f}")
                if compared.score.lpips is not None:
                    lines.append(f"lpips_alex,{compared.score.lpips:.5f}")
            arrays["picture_difference"] = picture_difference(*both)
        for quantity in ComparedQuantity:
            pair = map_pair(replace(sides, quantity=quantity))
            if pair is not None:
                name = quantity.name.lower()
                lines.append(f"mean_{name}_difference,{pair.mean_difference:.6g}")
                arrays[f"first_{name}"], arrays[f"second_{name}"] = pair.first, pair.second
        return ExportTable("\n".join(lines) + "\n", arrays)


class Side(QWidget):
    """One side: a picture and what it is of."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self.map = MapView(caption or "Other side")
        self._caption = ElidedLabel(caption, Qt.TextElideMode.ElideRight)
        self._caption.setProperty("role", "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.LABEL)
        column.addWidget(self.map)
        column.addWidget(self._caption)

    def set_caption(self, text: str) -> None:
        """Set the caption."""
        if text != self._caption.text():
            self._caption.setText(text)
            self.map.setAccessibleName(text)
