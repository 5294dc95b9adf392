"""The section that measures between two pins, and sets the scene's scale by a known length."""

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QSizePolicy

from dvox_core.inspection.measure import (
    LONGEST_UNIT,
    SceneScale,
    read_scale,
    scale_file,
    surface_point,
    write_scale,
)
from dvox_core.model.scene import Scene
from viewer.panels.panel import PanelContext, Section
from viewer.text.units import significant
from viewer.widgets.inputs import labelled
from viewer.widgets.number_fields import DecimalField
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

HOW = "Pin two pixels to measure between them: click on them with the Ray panel open."


class MeasureSection(Section):
    """The distance of the surfaces under the two newest pins, in world units or the user's."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Measure")
        self._context, self._state = context, context.state
        self.scale: SceneScale | None = None
        self.distance: float | None = None  # world units
        self.text = QLabel(HOW)
        self.text.setWordWrap(True)
        self.length = DecimalField()
        self.length.setRange(0.0, 1e6)
        self.length.setDecimals(4)
        self.length.setAccessibleName("Known length")
        self.length.setToolTip("How long that is in truth: sets the scale of the scene")
        self.length.setButtonSymbols(DecimalField.ButtonSymbols.NoButtons)  # room for its digits
        self.length.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.unit = QLineEdit("mm")
        self.unit.setMaxLength(LONGEST_UNIT)
        self.unit.setMaximumWidth(48)
        self.unit.setAccessibleName("Unit of the known length")
        self.set_button = QPushButton("Set the scale")
        self.set_button.setToolTip("Keep it beside the scene's file, as NAME.scale.json")
        self.set_button.clicked.connect(self.set_scale)
        self.known_row = labelled("Known length", self.length, self.unit, self.set_button)
        self.column.addWidget(self.text)
        self.column.addWidget(self.known_row)
        self._files = LatestOperation(self)
        context.selection.pins_changed.connect(self._measure)
        self._state.frame_changed.connect(self._measure)
        self._state.scene_changed.connect(self._on_scene_changed)
        self._on_scene_changed(self._state.scene)

    def set_scale(self) -> None:
        """Let the measured distance be the known length, and keep that beside the scene."""
        scene, distance = self._state.scene, self.distance
        unit = self.unit.text().strip()
        if scene is None or not distance or self.length.value() <= 0 or not unit:
            self._context.show_info("Pin two places, and say how far they are apart, with a unit")
            return
        self.scale = SceneScale(unit, self.length.value() / distance)
        self._measure()
        path, scale = scale_file(scene), self.scale
        if path is not None:
            self._files.queue(
                lambda: run_in_background(
                    lambda _: write_scale(path, scale),
                    "Keeping the scale",
                    on_failed=self._context.show_error,
                )
            )

    def stop(self) -> None:
        """End what runs."""
        self._files.stop()

    def _on_scene_changed(self, scene: Scene | None) -> None:
        self.scale = None
        self.setVisible(scene is not None and scene.config.knows_depth)
        self._measure()
        path = None if scene is None else scale_file(scene)
        if path is None:
            return

        def read(_: Progress, path: Path = path) -> Any:
            return read_scale(path)

        def show(scale: SceneScale | None) -> None:
            if scene is self._state.scene and scale is not None and self.scale is None:
                self.scale = scale
                self.unit.setText(scale.unit)
                self._measure()

        self._files.replace(
            lambda: run_in_background(
                read, "Reading the scale", on_done=show, on_failed=self._context.show_error
            )
        )

    def _measure(self, *_: object) -> None:
        scene, frame, pins = self._state.scene, self._state.frame, self._context.selection.pins
        self.distance = None
        if scene is None or frame is None or len(pins) < 2:
            self.text.setText(HOW)
        else:
            points = [surface_point(frame, scene, *pin.pixel) for pin in pins[-2:]]
            first, second = points
            if first is None or second is None:
                self.text.setText("A pin meets no surface in this view.")
            else:
                self.distance = float(np.linalg.norm(first - second))
                self.text.setText(f"Between the two newest pins: {self._length(self.distance)}")
        self.known_row.setVisible(self.distance is not None)

    def _length(self, distance: float) -> str:
        in_world = f"{significant(distance, 4)} world units"
        if self.scale is None:
            return in_world
        own = significant(distance * self.scale.per_world_unit, 4)
        return f"{own} {self.scale.unit} ({in_world})"
