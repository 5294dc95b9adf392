"""What reads and colours the maps of the viewport: the value under the cursor, and their scale."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from dvox_core.rendering.pictures import Legend
from viewer.state.viewer_state import ViewerState
from viewer.viewport.overlays.labels import Label
from viewer.viewport.overlays.legend_bar import LegendBar
from viewer.viewport.overlays.scale_popup import ScalePopup
from viewer.viewport.overlays.value_readout import ValueReadout


class MapTools:
    """The value's label with what tells it, and the popup of the legend.

    Attributes:
        value: the label.
        scale_popup: changes the colours of the present mode.
    """

    def __init__(
        self,
        viewport: QWidget,
        state: ViewerState,
        legend: LegendBar,
        pixel_at: Callable[[float, float], tuple[float, float] | None],
        lay_out: Callable[[], object],
    ) -> None:
        self._legend, self._lay_out = legend, lay_out
        self.value = Label("value", viewport)
        self.scale_popup = ScalePopup(state, viewport)
        self._readout = ValueReadout(viewport, state, pixel_at, self._show_value)
        legend.clicked.connect(self.show_scale)

    def show_legend(self, legend: Legend | None) -> None:
        """Explain these colours, or hide."""
        self._legend.show_legend(legend)
        if self.scale_popup.isVisible():
            self.scale_popup.show_legend(legend)

    def show_scale(self) -> None:
        """Show what changes the colours of the present mode; nothing in the RGB mode."""
        if self._legend.legend is not None:
            self.scale_popup.open_above(self._legend, self._legend.legend)

    def _show_value(self, text: str) -> None:
        if text != self.value.text():
            self.value.show_text(text)
            self._lay_out()
