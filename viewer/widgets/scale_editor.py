"""Changes how a map is coloured: colour map, direction, logarithm, range and its lock."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QVBoxLayout, QWidget

from dvox_core.rendering.map_scale import EVEN_MAPS, MapScale
from dvox_core.rendering.pictures import Legend
from viewer.theme import Spacing
from viewer.widgets.inputs import Dropdown, ignore_wheel, labelled
from viewer.widgets.number_fields import DecimalField

COLORS = (("As usual", ""), *EVEN_MAPS)


class ScaleEditor(QWidget):
    """Shows a scale and the legend that it leads to, and sends every change of the user's."""

    chosen = Signal(object)  # MapScale

    def __init__(self) -> None:
        super().__init__()
        self._scale = MapScale()
        self._range = (0.0, 1.0)
        self.colors = Dropdown(COLORS, "Colours", "Colour map, of perceptually even ones")
        self.inverted = QCheckBox("Invert")
        self.inverted.setToolTip("Let the last colour stand for the lowest value")
        self.logarithmic = QCheckBox("Log")
        self.logarithmic.setToolTip("Let equal steps of colour be equal ratios of values")
        self.fits = QCheckBox("Fit")
        self.fits.setToolTip("Let the range follow the values; off, it is locked")
        self.fits.setChecked(True)
        self.low, self.high = (_range_box(name) for name in ("Lowest", "Highest"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Spacing.CONTROL)
        column.addWidget(labelled("Colours", self.colors, self.inverted, self.logarithmic))
        column.addWidget(labelled("Range", self.low, self.high, self.fits))
        self.colors.chosen.connect(self._send)
        self.inverted.clicked.connect(self._send)
        self.logarithmic.clicked.connect(self._send)
        self.fits.clicked.connect(self._send)
        for box in (self.low, self.high):
            box.valueChanged.connect(self._send)

    def show_scale(self, scale: MapScale, legend: Legend) -> None:
        """Show a scale, and the range of the legend under it; nothing is sent."""
        self._scale, self._range = scale, (legend.low, legend.high)
        self.colors.set_value(scale.colormap)
        self.inverted.setChecked(scale.is_inverted)
        self.logarithmic.setChecked(scale.is_logarithmic)
        self.fits.setChecked(not scale.is_locked)
        for box, value in zip((self.low, self.high), self._range, strict=True):
            box.setEnabled(scale.is_locked)
            if abs(box.value() - value) > 10.0 ** -box.decimals() and not box.hasFocus():
                box.blockSignals(True)
                box.setValue(value)
                box.blockSignals(False)

    def _send(self, *_: object) -> None:
        scale = MapScale(
            self.colors.value,
            is_inverted=self.inverted.isChecked(),
            is_logarithmic=self.logarithmic.isChecked(),
        )
        if not self.fits.isChecked():
            low, high = self._range
            if self._scale.is_locked:  # else the fields show rounded what the values had
                low, high = self.low.value(), self.high.value()
            scale = scale.locked(low, high)
        self._scale = scale
        for box in (self.low, self.high):
            box.setEnabled(scale.is_locked)
        self.chosen.emit(scale)


def _range_box(name: str) -> DecimalField:
    box = DecimalField()
    box.setRange(-1000, 1000)
    box.setDecimals(3)
    box.setSingleStep(0.01)
    box.setAccessibleName(f"{name} value of the colours")
    box.setToolTip(f"{name} value of the colours; take “Fit” off to set it")
    box.setMinimumWidth(72)
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    ignore_wheel(box)
    return box
