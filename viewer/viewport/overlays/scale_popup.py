"""The colours of the present display mode, to be changed beside the legend."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from dvox_core.rendering.map_scale import MapScale
from dvox_core.rendering.pictures import Legend
from viewer.state.map_scales import MapQuantity
from viewer.state.viewer_state import ViewerState
from viewer.theme import Spacing
from viewer.widgets.scale_editor import ScaleEditor

WIDTH = 380


class ScalePopup(QFrame):
    """Edits the scale of what the viewport shows; a click beside it closes it."""

    def __init__(self, state: ViewerState, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._state = state
        self.setObjectName("scalePopup")
        self.setFixedWidth(WIDTH)
        self.editor = ScaleEditor()
        column = QVBoxLayout(self)
        column.setContentsMargins(Spacing.PANEL, Spacing.PANEL, Spacing.PANEL, Spacing.PANEL)
        column.addWidget(self.editor)
        self.editor.chosen.connect(self._set_scale)

    def show_legend(self, legend: Legend | None) -> None:
        """Follow the legend while it is shown."""
        quantity = self._quantity
        if legend is not None and quantity is not None:
            self.editor.show_scale(self._state.scales.of(quantity), legend)

    def open_above(self, legend_widget: QWidget, legend: Legend) -> None:
        """Show it above the legend."""
        self.show_legend(legend)
        self.adjustSize()
        corner = legend_widget.mapToGlobal(QPoint(legend_widget.width(), 0))
        self.move(corner - QPoint(self.width(), self.height() + 6))
        self.show()
        self.editor.colors.setFocus()

    @property
    def _quantity(self) -> MapQuantity | None:
        return self._state.display_mode.quantity

    def _set_scale(self, scale: MapScale) -> None:
        if self._quantity is not None:
            self._state.scales.set_scale(self._quantity, scale)
