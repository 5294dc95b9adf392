"""The features of a voxel as bars."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QKeyEvent

from viewer.theme import Theme
from viewer.widgets.bar_chart import BarChart

BARS_HEIGHT = 108


class FeatureBars(BarChart):
    """A bar a feature: filled as rendered, a line across it before inpainting."""

    def __init__(self) -> None:
        super().__init__("Features of the voxel", BARS_HEIGHT, "feature")
        self.setAccessibleDescription(
            "Left and right show the next feature in all voxels, as a click on a bar does."
        )
        self.rendered: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self.raw: NDArray[np.float32] | None = None
        self.selected: int | None = None

    def show_features(
        self,
        rendered: NDArray[np.float32],
        raw: NDArray[np.float32] | None,
        selected: int | None,
        theme: Theme,
    ) -> None:
        """Show [F] features; `selected` is the one that is shown elsewhere too."""
        same = rendered is self.rendered and raw is self.raw and theme is self.theme
        if same and selected == self.selected:
            return  # panels show them again with every frame
        self.show_theme(theme)
        self.rendered, self.raw, self.selected = rendered, raw, selected
        colors = [theme.accent] * len(rendered)
        if selected is not None and selected < len(rendered):
            colors[selected] = theme.amber
        values = rendered if raw is None else np.concatenate([rendered, raw])
        values = values[np.isfinite(values)]
        low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
        self.show_bars(rendered, colors, (low, high) if high > low else (0.0, 1.0))

    def add_items(self) -> None:
        """Bars, and lines across them."""
        import pyqtgraph as pg

        super().add_items()
        self._raw = pg.PlotCurveItem(connect="pairs", name="before inpainting")
        self.plot.addItem(self._raw)

    def draw(self) -> None:
        """Show bars and lines."""
        super().draw()
        raw = np.zeros(0) if self.raw is None else self.raw
        ends = np.arange(len(raw))[:, None] + (-0.45, 0.45)
        self._raw.setData(ends.ravel(), np.repeat(raw, 2))

    def apply_theme(self) -> None:
        """Colour the lines too."""
        super().apply_theme()
        self._raw.setPen(self.theme.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right show the next feature."""
        self.step_from(-1 if self.selected is None else self.selected, event)

    def tip_at(self, point: QPointF) -> str:
        """The value under the mouse."""
        number = self.bar_at(point)
        if number is None:
            return ""
        text = f"Feature {number}: {self.rendered[number]:.3f} as rendered"
        if self.raw is not None:
            text += f", {self.raw[number]:.3f} before inpainting"
        return f"{text}\nA click shows this feature in all voxels"
