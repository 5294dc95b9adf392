"""The selected voxel: its position, visibility, features, and similar voxels."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton

from dvox_core.inspection.voxel_questions import SelectedVoxel
from viewer.panels.panel import Section
from viewer.text.units import coordinates, number, significant
from viewer.theme import DARK, Theme
from viewer.widgets.fact_table import Fact, FactTable
from viewer.widgets.feature_bars import FeatureBars
from viewer.widgets.widget_row import WidgetRow

LISTED = 3  # similar voxels that are named


class SelectedSection(Section):
    """What is known of the selected voxel."""

    likeness_wanted = Signal()
    alike_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Selected voxel")
        self.facts = FactTable()
        self.bars = FeatureBars()
        self.caption = QLabel()
        self.caption.setProperty("role", "caption")
        self.caption.setWordWrap(True)
        self.none = QLabel("A click into a slice or into the cloud selects a voxel.")
        self.none.setProperty("role", "muted")
        self.none.setWordWrap(True)
        self.likeness = QPushButton("Show likeness")
        self.likeness.setToolTip("Show how like each voxel's features are to this one's")
        self.alike = QPushButton("Tint most alike")
        self.alike.setToolTip("Tint the voxels whose features are most like this one's")
        self._buttons = WidgetRow(self.likeness, self.alike)
        self._buttons.add_stretch()
        for widget in (self.none, self.facts, self.bars, self.caption, self._buttons):
            self.column.addWidget(widget)
        self.likeness.clicked.connect(self.likeness_wanted)
        self.alike.clicked.connect(self.alike_wanted)
        self.show_voxel(None, None, 0, DARK)

    def show_voxel(
        self, voxel: SelectedVoxel | None, chosen: int | None, views: int, theme: Theme
    ) -> None:
        """Show a voxel, or how to select one.

        Args:
            chosen: the feature that is shown in all voxels, if one is.
            views: how many views the scene has.
        """
        self.none.setVisible(voxel is None)
        for widget in (self.facts, self.bars, self.caption, self._buttons):
            widget.setVisible(voxel is not None)
        if voxel is None:
            return
        self.facts.set_facts(_facts(voxel, views))
        self.bars.show_features(voxel.rendered, voxel.raw, chosen, theme)
        before = "" if voxel.raw is None else " · lines: before inpainting"
        self.caption.setText(f"Bars: features as rendered{before}")


def _facts(voxel: SelectedVoxel, views: int) -> list[Fact]:
    seen = "–" if voxel.visibility is None else f"{significant(voxel.visibility)} rays"
    count = "not computed" if voxel.view_count is None else f"{voxel.view_count} of {views}"
    alike = ", ".join(
        f"{'/'.join(str(value) for value in place)} ({similarity:.2f})"
        for place, similarity in zip(
            voxel.similar[:LISTED].tolist(), voxel.similarities[:LISTED].tolist(), strict=True
        )
    )
    norm = float(np.linalg.norm(voxel.rendered))
    world = coordinates(voxel.world)
    return [
        Fact("Voxel", "x {} · y {} · z {}".format(*voxel.place), "Its place in the grid"),
        Fact("Position", world, "World units, x y z"),
        Fact("In this view", seen, "The weight that the view's rays give it"),
        Fact("Views that see it", count, "Views that give it more than twice an even share"),
        Fact("Feature norm", number(norm), "As rendered"),
        Fact("Most like it", alike, "Voxels x/y/z and the cosine of their features"),
    ]
