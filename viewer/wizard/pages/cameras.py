"""The second page: where the cameras are, and the box of voxels that the network can fill."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dvox_core.data.pictures import parse_color
from dvox_core.errors import UserError
from dvox_core.geometry.grid import GridPlacement
from viewer.text.units import percent
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.inputs import ignore_wheel
from viewer.widgets.notice import Notice
from viewer.widgets.number_fields import DecimalField
from viewer.wizard.capture_view.view import CaptureView
from viewer.wizard.import_preview import ImportPreview
from viewer.wizard.pages.base_page import WizardPage, label_for, row_of_buttons
from viewer.wizard.pages.box_notice import BoxNotice
from viewer.wizard.pages.coverage_chart import CoverageChart
from viewer.wizard.plan import PICTURE_SIZES, Page
from viewer.wizard.source_reader import Thumbnail
from viewer.wizard.state import WizardState

COLUMN_WIDTH = 304
FIELD_WIDTH = 62
LABEL_WIDTH = 84
FARTHEST = 1e6
BACKGROUNDS = ("white", "black", "grey")
UPS: tuple[tuple[str, tuple[float, float, float] | None], ...] = (
    ("+z, as in the source", None),
    ("−z", (0.0, 0.0, -1.0)),
    ("+y", (0.0, 1.0, 0.0)),
    ("−y", (0.0, -1.0, 0.0)),
    ("+x", (1.0, 0.0, 0.0)),
    ("−x", (-1.0, 0.0, 0.0)),
)


class CamerasPage(WizardPage):
    """The view in 3D, numbers, and what each camera sees."""

    page = Page.CAMERAS

    def __init__(self, state: WizardState, themes: ThemeManager) -> None:
        super().__init__(state, themes, "Cameras and grid", " ")
        self.view = CaptureView(themes)
        self.chart = CoverageChart(themes)
        self.blind = Notice(themes)
        self.inside = Notice(themes, "amber")
        self.box_notice = BoxNotice(state, themes)
        row = QHBoxLayout()
        row.setSpacing(Spacing.SECTION)
        row.addWidget(self.view, 1)
        row.addWidget(self._side())
        self.column.addLayout(row, 1)
        self.view.box_changed.connect(self._set_box)
        self.view.camera_chosen.connect(self._choose)
        self.view.through_changed.connect(self._show_through)
        self.chart.chosen.connect(self.view.choose)
        self.box_notice.answered.connect(self.view.setFocus)  # not Cancel, where Enter would end it
        state.plan_changed.connect(self._show_plan)
        state.preview_changed.connect(self._show_preview)
        state.picture_loaded.connect(self._show_picture)

    def enter(self) -> None:
        """Show what is known, and find out whether the box goes through the object."""
        self._show_preview()
        self.state.box_check.begin()

    def handle_escape(self) -> bool:
        """Show the whole space again, if a camera is looked through."""
        if not self.view.looks_through:
            return False
        self.view.look_through(False)
        return True

    def first_focus(self) -> QWidget:
        """The view, which arrows turn."""
        return self.view

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(COLUMN_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        column.addLayout(self._form())
        self.fit_button = QPushButton("Fit again")
        self.fit_button.setToolTip("Fit box and near plane to points and cameras (Alt+F)")
        self.fit_button.setShortcut("Alt+F")
        self.fit_button.clicked.connect(self._fit)
        self.through_button = QPushButton("Look through a camera")
        self.through_button.setCheckable(True)
        self.through_button.setToolTip(
            "Show the chosen camera's picture, the box in it, and what is cut away (Alt+L)"
        )
        self.through_button.setShortcut("Alt+L")
        self.through_button.clicked.connect(self.view.look_through)
        column.addWidget(row_of_buttons(self.fit_button, self.through_button))
        column.addWidget(self.box_notice)
        column.addWidget(self.blind)
        column.addWidget(self.inside)
        self.crop_line = Notice(self.themes, "amber")
        column.addWidget(self.crop_line)
        heading = QLabel("Share of the box each camera sees")
        heading.setProperty("role", "section")
        column.addSpacing(Spacing.LABEL)
        column.addWidget(heading)
        column.addWidget(self.chart)
        self.camera_line = QLabel(" ")
        self.camera_line.setProperty("role", "caption")
        column.addWidget(self.camera_line)
        column.addStretch(1)
        return side

    def _form(self) -> QGridLayout:
        self.center = [self._number() for _ in range(3)]
        for field, axis in zip(self.center, "xyz", strict=True):
            field.setRange(-FARTHEST, FARTHEST)
            field.setAccessibleName(f"Centre {axis}")
            field.setToolTip(f"Centre of the box along {axis}, in world units")
        self.side, self.near = self._number(), self._number()
        self.far = QLabel(" ")
        self.far.setProperty("role", "muted")
        self.far.setFont(tabular(interface_font()))
        self.up = QComboBox()
        self.picture_size = QComboBox()
        self.background = QComboBox()
        self.background.setEditable(True)
        self.background.addItems(BACKGROUNDS)
        self.masks = QCheckBox("Use the source’s masks")
        self.masks.setToolTip("Put the background where the masks are black")
        grid = QGridLayout()
        grid.setHorizontalSpacing(Spacing.CONTROL)
        grid.setVerticalSpacing(Spacing.CONTROL)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(3, 1)
        center_tip = "Centre of the box, in world units"
        grid.addWidget(self._label("Centre", self.center[0], center_tip), 0, 0)
        for column, field in enumerate(self.center, 1):
            grid.addWidget(field, 0, column)
        side_tip = "Side of the box, in world units: all that the network can represent lies in it"
        grid.addWidget(self._label("Side", self.side, side_tip), 1, 0)
        grid.addWidget(self.side, 1, 1)
        near_tip = (
            "Every camera sees from this depth (its near plane) to two sides of the box behind it "
            "(its far plane), in world units; the fitted value covers most of the box"
        )
        grid.addWidget(self._label("Depth from", self.near, near_tip), 2, 0)
        grid.addWidget(self.near, 2, 1)
        grid.addWidget(self.far, 2, 2, 1, 2)
        up_tip = "The direction that becomes +z; the box stands upright on it"
        size_tip = "Side of the imported pictures; a larger one keeps more for larger presets"
        ground_tip = (
            "The object is put on this colour wherever a picture is transparent or has a mask; "
            "pictures without either keep their own background. A name, or #rrggbb"
        )
        for row, (text, choice, tip) in enumerate(
            (
                ("Up", self.up, up_tip),
                ("Picture size", self.picture_size, size_tip),
                ("Background", self.background, ground_tip),
            ),
            3,
        ):
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            grid.addWidget(self._label(text, choice, tip), row, 0)
            grid.addWidget(choice, row, 1, 1, 3)
        grid.addWidget(self.masks, 6, 1, 1, 3)
        self.crop = QCheckBox("Square around the box")
        self.crop.setToolTip(
            "Each picture's square is placed around the box, and padded where it leaves the "
            "picture; otherwise it is the one that all pictures see whole"
        )
        grid.addWidget(self.crop, 7, 1, 1, 3)
        ignore_wheel(
            *self.center, self.side, self.near, self.up, self.picture_size, self.background
        )
        for number, field in enumerate(self.center):
            field.valueChanged.connect(lambda value, axis=number: self._set_center(axis, value))
        self.side.valueChanged.connect(lambda value: self._set_options(scale=value))
        self.near.valueChanged.connect(lambda value: self._set_options(near=value))
        self.up.activated.connect(lambda _: self._set_options(up=self.up.currentData()))
        self.picture_size.activated.connect(
            lambda _: self._set_options(size=self.picture_size.currentData())
        )
        self.background.textActivated.connect(self._set_background)
        edit = self.background.lineEdit()
        assert edit is not None  # it is editable
        edit.editingFinished.connect(lambda: self._set_background(self.background.currentText()))
        self.masks.toggled.connect(lambda wanted: self._set_options(masks=wanted))
        self.crop.toggled.connect(
            lambda wanted: self._set_options(crop="box" if wanted else "common")
        )
        return grid

    @staticmethod
    def _label(text: str, field: QWidget, tip: str) -> QLabel:
        label = label_for(text, field, tip)
        label.setMinimumWidth(LABEL_WIDTH)
        return label

    @staticmethod
    def _number() -> DecimalField:
        field = DecimalField()
        field.setKeyboardTracking(False)  # typed digits count when Enter or Tab is pressed
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setFont(tabular(interface_font()))
        field.setDecimals(3)
        field.setRange(1e-6, FARTHEST)
        field.setProperty("role", "plain")
        field.setFixedWidth(FIELD_WIDTH)
        return field

    # What is chosen

    def _set_options(self, **changes: object) -> None:
        self.state.set_plan(self.state.plan.with_options(**changes))

    def _set_center(self, axis: int, value: float) -> None:
        box = self.state.box
        if box is not None:
            center = list(box.center)
            center[axis] = value
            self._set_options(center=tuple(center))

    def _set_background(self, text: str) -> None:
        try:
            parse_color(text.strip())
        except UserError:
            self.background.setEditText(self.state.plan.options.background)
            return
        self._set_options(background=text.strip())

    def _set_box(self, center: tuple[float, float, float], side: float) -> None:
        self._set_options(center=center, scale=side)

    def _fit(self) -> None:
        self._set_options(center=None, scale=None, near=None)

    def _choose(self, index: int) -> None:
        self.chart.choose(index)
        self.camera_line.setText(self.chart.text_of(index))
        if self.view.looks_through:
            self.state.load_picture(index)

    def _show_through(self, wanted: bool) -> None:
        self.through_button.setChecked(wanted)
        if wanted:
            self.state.load_picture(self.view.chosen)

    def _show_picture(self, picture: Thumbnail) -> None:
        self.view.show_picture(picture.index, picture.image)

    # What is shown

    def _show_preview(self) -> None:
        preview = self.state.preview
        self.view.show_preview(preview)
        if preview is None:
            self.view.show_caption(self.state.preview_problem or "Looking at the cameras…")
            return
        self.remark.setText(
            f"The box is what the network can represent. {_origin(preview)}, and it is "
            f"{preview.seen}. Drag a dot to change it."
        )
        self.chart.show_shares(preview.shares, [view.name for view in preview.views])
        self.camera_line.setText(self.chart.text_of(self.view.chosen))
        seeing = len(preview.views) - len(preview.blind)
        self.view.show_caption(
            f"{seeing} of {len(preview.views)} cameras see the box · mean coverage "
            f"{percent(preview.shares.mean())}"
        )
        self.crop_line.set_text(crop_text(self.state))
        blind = blind_text(preview, self.state.plan.needs_import)
        self.blind.set_text(self.state.problem or blind)
        inside = [preview.views[index].name for index in preview.inside]
        self.inside.set_text(
            f"{len(inside)} cameras stand inside the box: {_some(inside)}. Choose a smaller side."
            if inside
            else ""
        )
        self._show_plan()

    def _show_plan(self) -> None:
        """Numbers and choices; the box moves at once, what cameras see of it follows."""
        plan, preview, box = self.state.plan, self.state.preview, self.state.box
        if preview is None or box is None or plan.found_source is None:
            return
        near = plan.options.near or preview.placed.near_plane
        self.view.show_box(box, near)
        decimals, step = _precision(box)
        values = (*box.center, box.scale, near)
        for field, value in zip((*self.center, self.side, self.near), values, strict=True):
            field.blockSignals(True)
            field.setDecimals(decimals)
            field.setSingleStep(step)
            field.setValue(value)
            field.blockSignals(False)
        self.far.setText(f"to {near + 2 * box.scale:.{decimals}f}")
        self.far.setToolTip("The far plane: two sides of the box behind the near plane")
        self._fill_up(preview)
        own = [plan.options.size] if plan.options.size not in PICTURE_SIZES else []
        sizes = sorted({*PICTURE_SIZES, *own})
        _fill(
            self.picture_size, [(f"{size} × {size} px", size) for size in sizes], plan.options.size
        )
        if self.background.currentText() != plan.options.background:
            self.background.setEditText(plan.options.background)
        has_masks = any(view.mask_path for view in plan.found_source.survey.views)
        self.masks.setVisible(has_masks)
        self.masks.blockSignals(True)
        self.masks.setChecked(plan.options.masks)
        self.masks.blockSignals(False)
        self.crop.blockSignals(True)
        self.crop.setChecked(plan.options.crop == "box")
        self.crop.blockSignals(False)
        options = plan.options
        given = (options.center, options.scale, options.near)
        self.fit_button.setEnabled(given != (None, None, None))

    def _fill_up(self, preview: ImportPreview) -> None:
        up = preview.camera_up
        direction = ", ".join(f"{value:.2f}" for value in up).replace("-", "−")
        _fill(self.up, [UPS[0], ("Up in the pictures", up), *UPS[1:]], self.state.plan.options.up)
        self.up.setItemData(1, f"({direction}) in the source", Qt.ItemDataRole.ToolTipRole)


def blind_text(preview: ImportPreview, imported: bool) -> str:
    """Which cameras see nothing, and what becomes of them."""
    names = [preview.views[index].name for index in preview.blind]
    if not names:
        return ""
    fate = "They will be left out." if imported else "They teach nothing."
    if len(names) == 1:
        fate = "It will be left out." if imported else "It teaches nothing."
        return f"1 camera does not see the box: {names[0]}. {fate}"
    return f"{len(names)} cameras do not see the box: {_some(names)}. {fate}"


def crop_text(state: WizardState) -> str:
    """What the crop leaves of the pictures."""
    found_source = state.plan.found_source
    if found_source is None:
        return ""
    if state.plan.options.crop == "box":
        plan = state.preview.plan if state.preview else None
        lines = plan.messages if plan else ()
        told = [
            line.removeprefix("warning: ")
            for line in lines
            if "are padded there" in line or "cut off parts of the object" in line
        ]
        return " ".join(f"{line[:1].upper()}{line[1:]}." for line in told)
    lens, side = found_source.survey.views[0].lens, found_source.survey.crop_side
    share = min(1.0, side * side / (lens.width * lens.height))
    text = ""
    if share < 0.99:
        text = (
            f"Pictures are cut to the square that all of them see, about {side:.0f} of "
            f"{lens.width} × {lens.height} px: {percent(share)} of each. "
        )
    if state.plan.options.size > 1.05 * side:
        text += f"They are enlarged to {state.plan.options.size} px; a smaller size loses nothing."
    return text


def _origin(preview: ImportPreview) -> str:
    given = preview.options.center is not None or preview.options.scale is not None
    if given:
        return "You have placed it"
    if preview.options.object is not None:
        return "It goes around the object that was found"
    reasons = " ".join(preview.placed.reasons)
    if "points" in reasons:
        return "It was fitted to the points"
    if "as given" in reasons:
        return "The source brought it along"
    return "It was fitted to where the cameras look"


def _precision(box: GridPlacement) -> tuple[int, float]:
    """Decimals and step of the fields: about a hundredth of the box."""
    decimals = 2
    while decimals < 6 and 10**-decimals > box.scale / 200:
        decimals += 1
    return decimals, 10.0 ** -(decimals - 1) if box.scale < 20 else 1.0


def _fill(combo: QComboBox, choices: Sequence[tuple[str, object]], present: object) -> None:
    texts = [text for text, _ in choices]
    if [combo.itemText(index) for index in range(combo.count())] != texts:
        combo.clear()
        for text, value in choices:
            combo.addItem(text, value)
    values = [value for _, value in choices]
    if present in values:
        combo.setCurrentIndex(values.index(present))


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
