"""Asks what to save a picture of, at which size, and how."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from dvox_core.exporting.pictures import RESAMPLINGS, PictureOptions
from dvox_core.rendering.frame import BORDER
from viewer.dialogs.task import row_of
from viewer.widgets.dialog import Dialog
from viewer.widgets.form_grid import FormGrid
from viewer.widgets.number_fields import WholeNumberField

SCALES = (1, 2, 4)
LARGEST_SIDE = 16384

RESAMPLING_TITLES = {
    "lanczos": "Lanczos (sharp)",
    "bicubic": "Bicubic",
    "bilinear": "Bilinear (soft)",
    "nearest": "Nearest (the network's pixels as squares)",
}


@dataclass(frozen=True)
class PictureFacts:
    """What the dialog must know of the picture.

    Attributes:
        side: pixels a side that the network paints, its border too.
        mode_title: of the display mode.
        is_rgb: whether it is the network's picture itself.
        knows_depth: whether the model tells where a ray meets nothing.
        has_legend: whether the mode's colours have one.
    """

    side: int
    mode_title: str
    is_rgb: bool
    knows_depth: bool
    has_legend: bool


@dataclass(frozen=True)
class PictureChoice:
    """What was chosen: a widget by its title with `scale`, or the picture ("") with `options`.

    Attributes:
        is_drawing: the widget as SVG, whatever the scale.
    """

    what: str
    scale: int
    options: PictureOptions
    is_drawing: bool = False


class SavePictureDialog(Dialog):
    """Size, resampling, border, opacity and legend; where to is asked afterwards."""

    chosen = Signal(object)  # PictureChoice

    def __init__(self, parent: QWidget, facts: PictureFacts, others: Sequence[str]) -> None:
        super().__init__(parent, "Save a picture", width=480)
        self._facts = facts
        self.text = self.add_text("", "muted")
        self._make_fields(others)
        self._lay_out()
        cancel = self.add_button("Cancel")
        cancel.clicked.connect(self.reject)
        self.save = self.add_button("Choose where…", primary=True)
        self.save.clicked.connect(self._choose)
        self.what.currentIndexChanged.connect(self._show_what)
        self.kind.currentIndexChanged.connect(self._show_size)
        self.size_choice.currentIndexChanged.connect(self._show_size)
        self.border.toggled.connect(self._show_size)
        self._show_what()

    @property
    def choice(self) -> PictureChoice:
        """What the fields say."""
        scale = self.size_choice.currentData()
        options = PictureOptions(
            side=self.side.value(),
            resampling=self.resampling.currentData(),
            with_border=self.border.isEnabled() and self.border.isChecked(),
            transparent=self.transparent.isEnabled() and self.transparent.isChecked(),
            with_legend=self.legend.isEnabled() and self.legend.isChecked(),
        )
        what = self.what.currentData()
        return PictureChoice(what, scale or 1, options, bool(what) and self.draws)

    @property
    def draws(self) -> bool:
        """Whether SVG is chosen."""
        return bool(self.kind.currentData())

    def choose_what(self, title: str) -> None:
        """Choose a part of the window by its title, where it is offered."""
        self.what.setCurrentIndex(max(self.what.findData(title), 0))

    def _make_fields(self, others: Sequence[str]) -> None:
        facts = self._facts
        self.what = QComboBox()
        self.what.addItem(f"The picture ({facts.mode_title})", "")
        for title in others:
            self.what.addItem(title, title)
        self.what.setToolTip("What the network painted, or a part of the window as it looks")
        self.kind = QComboBox()
        self.kind.addItem("PNG picture", False)
        self.kind.addItem("SVG drawing", True)
        self.kind.setToolTip("A drawing has text and curves that stay sharp at any size")
        self.size_choice = QComboBox()
        self.size_choice.setToolTip("The network has one size; others are resampled from it")
        self.side = WholeNumberField()
        self.side.setRange(1, LARGEST_SIDE)
        self.side.setSuffix(" px")
        self.side.setToolTip("Pixels a side")
        self.side.setAccessibleName("Pixels a side")
        self.resampling = QComboBox()
        for name in RESAMPLINGS:
            self.resampling.addItem(RESAMPLING_TITLES[name], name)
        self.resampling.setToolTip("How the network's pixels become those of another size")
        self.border = QCheckBox(f"With the untrained border of {BORDER} pixels")
        self.border.setToolTip("The outermost pixels are no part of training; RGB alone has them")
        self.border.setEnabled(facts.is_rgb)
        self.transparent = QCheckBox("Transparent where no ray meets a surface")
        self.transparent.setToolTip(
            "Where the depth weights are spread over all planes, or fall on empty voxels"
            if facts.knows_depth
            else "The model has no depth weights, so nobody knows where that is"
        )
        self.legend = QCheckBox("With the legend and its colour bar")
        self.legend.setChecked(facts.has_legend)
        self.legend.setToolTip(
            "Drawn into the lower right corner"
            if facts.has_legend
            else "The picture's colours need none; other modes have one"
        )

    def _lay_out(self) -> None:
        grid = FormGrid()
        grid.add_field("What", self.what)
        grid.add_field("As", self.kind)
        grid.add_field("Size", self.size_choice, row=row_of(self.size_choice, self.side))
        grid.add_field("Resampling", self.resampling)
        for box in (self.border, self.transparent, self.legend):
            grid.add_row(None, box)
        self.column.addLayout(grid)

    def _show_what(self) -> None:
        """Offer the sizes of what is chosen."""
        is_picture = not self.what.currentData()
        self.size_choice.blockSignals(True)
        self.size_choice.clear()
        for scale in SCALES:
            self.size_choice.addItem(f"{scale} ×", scale)
        if is_picture:
            self.size_choice.addItem("Exactly", 0)
        self.size_choice.blockSignals(False)
        self.side.setVisible(is_picture)
        self.kind.setEnabled(not is_picture)
        if is_picture:
            self.kind.setCurrentIndex(0)
        for widget in (self.resampling, self.border, self.transparent, self.legend):
            widget.setEnabled(is_picture)
        self.border.setEnabled(is_picture and self._facts.is_rgb)
        self.transparent.setEnabled(is_picture and self._facts.knows_depth)
        self.legend.setEnabled(is_picture and self._facts.has_legend)
        self._show_size()

    def _show_size(self) -> None:
        facts = self._facts
        is_picture = not self.what.currentData()
        if not is_picture:
            self.size_choice.setEnabled(not self.draws)
            self.text.setText(
                "The part of the window as it looks, scrolled out of view or not: text and curves "
                "as drawings, pictures in their own pixels."
                if self.draws
                else "The part of the window as it looks, scrolled out of view or not, with 1, 2 "
                "or 4 pixels for each of its own."
            )
            return
        self.size_choice.setEnabled(True)
        scale = self.size_choice.currentData()
        own = facts.side if self.border.isChecked() and facts.is_rgb else facts.side - 2 * BORDER
        self.side.setEnabled(scale == 0)
        if scale:
            self.side.setValue(scale * own)
        self.resampling.setEnabled(scale != 1)
        self.text.setText(
            f"The network paints {facts.side} × {facts.side} pixels, the outermost {BORDER} of "
            "them untrained. It has this one size: any other is resampled and shows no more."
        )

    def _choose(self) -> None:
        self.chosen.emit(self.choice)
        self.accept()
