"""The training over time: a scrubber, a validation view beside the truth, the grid's volumes."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSlider,
)

from viewer.panels.panel import PanelContext, Section
from viewer.panels.training.grid_views import GridViews
from viewer.state.training_state import RunPicture, RunVolumes, TrainingState
from viewer.text.units import count, decibels
from viewer.theme import Spacing, ThemeManager, interface_font, tabular
from viewer.widgets.curve_plot import value_at
from viewer.widgets.icon_button import IconButton
from viewer.widgets.inputs import ignore_wheel
from viewer.widgets.map_view import MapView, opaque
from viewer.widgets.widget_row import WidgetRow

PLAY_MS = 160
PICTURE_TIPS = {
    "Truth": "The first validation view, as it was photographed",
    "Network": "The same view as the network rendered it at this step",
    "Difference": "Where the network is brighter (red) or darker (blue) than the truth",
}


class Scrubber(WidgetRow):
    """Chooses one of the steps at which the run was scored, or plays them one after the other."""

    step_chosen = Signal(int)  # step

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.steps: Sequence[int] = ()
        self.play = IconButton(themes, "play", "Play: show one step after the other", "")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip(
            "The step of the training that is shown. At the right end it follows the newest. "
            "Double-click: the newest"
        )
        self.slider.setAccessibleName("Step of the training")
        ignore_wheel(self.slider)
        self.slider.installEventFilter(self)
        self.label = QLabel()
        self.label.setFont(tabular(interface_font()))
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.label.setMinimumWidth(self.label.fontMetrics().horizontalAdvance("step 0 000 000"))
        self.add(self.play)
        self.add(self.slider, 1)
        self.add(self.label)
        self._player = QTimer(self, interval=PLAY_MS)
        self._player.timeout.connect(self._advance)
        self.play.clicked.connect(self._toggle)
        self.slider.valueChanged.connect(self._show)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go to the newest by a double click."""
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.slider.setValue(self.slider.maximum())
            return True
        return False

    @property
    def step(self) -> int | None:
        """The chosen step."""
        index = self.slider.value()
        return self.steps[index] if 0 <= index < len(self.steps) else None

    @property
    def is_playing(self) -> bool:
        """Whether it is playing."""
        return self._player.isActive()

    def show_steps(self, steps: Sequence[int]) -> None:
        """Offer these steps; the chosen one stays chosen, and the newest follows the newest."""
        before, was_newest = self.step, self.slider.value() >= self.slider.maximum()
        self.steps = tuple(steps)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self.steps) - 1))
        index = len(self.steps) - 1
        if not was_newest and before in self.steps:
            index = self.steps.index(before)
        self.slider.setValue(index)
        self.slider.blockSignals(False)
        if self.step != before:
            self._show()

    def stop(self) -> None:
        """Stop playing."""
        self._player.stop()
        self.play.set_icon("play")
        self.play.setToolTip("Play: show one step after the other")

    def _toggle(self) -> None:
        if self.is_playing:
            self.stop()
        elif len(self.steps) > 1:
            if self.slider.value() == self.slider.maximum():
                self.slider.setValue(0)
            self._player.start()
            self.play.set_icon("pause")
            self.play.setToolTip("Pause at this step")

    def _advance(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self.stop()
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _show(self) -> None:
        step = self.step
        self.label.setText("" if step is None else f"step {count(step)}")
        if step is not None:
            self.step_chosen.emit(step)


class SnapshotsSection(Section):
    """What the network rendered and what the grid held, step by step."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Over time")
        self._link = context.training
        self._state: TrainingState = context.training.state
        self.scrubber = Scrubber(context.themes)
        self.pictures = {
            name: MapView(name, is_smooth=True) for name in ("Truth", "Network", "Difference")
        }
        for name, view in self.pictures.items():
            view.setToolTip(PICTURE_TIPS.get(name, ""))
            view.show_cross(None, name)
            context.themes.theme_changed.connect(view.show_theme)
            view.show_theme(context.themes.theme)
        self.grid = GridViews(context.themes)
        self.empty = QLabel(
            "At every validation one view is rendered and the grid is kept; both will be here. "
            "The first comes within a minute."
        )
        self._build()
        self._in_view = False
        state = self._state
        self.scrubber.step_chosen.connect(self._load)
        state.picture_steps_changed.connect(lambda _: self._show_steps())
        state.volume_steps_changed.connect(lambda _: self._show_steps())
        state.run_changed.connect(lambda _: self._forget())
        state.picture_changed.connect(self._show_picture)
        state.volumes_changed.connect(self._show_volumes)

    def _build(self) -> None:
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "muted")
        pictures = QHBoxLayout()
        pictures.setSpacing(Spacing.CONTROL)
        for view in self.pictures.values():
            pictures.addWidget(view, 1)
        self.column.addWidget(self.empty)
        self.column.addWidget(self.scrubber)
        self.column.addLayout(pictures)
        self.column.addWidget(self.grid)
        self._show_empty(True)

    def set_in_view(self, in_view: bool) -> None:
        """Load what is shown only while it is in view."""
        self._in_view = in_view
        if in_view:
            self._show_steps()
            if self.scrubber.step is not None:
                self._load(self.scrubber.step)
        else:
            self.scrubber.stop()

    def _show_steps(self) -> None:
        if not self._in_view:
            return
        steps = sorted({*self._state.picture_steps, *self._state.volume_steps})
        self._show_empty(not steps)
        self.scrubber.show_steps(steps)

    def _show_empty(self, is_empty: bool) -> None:
        self.empty.setVisible(is_empty)
        for part in (self.scrubber, *self.pictures.values(), self.grid):
            part.setVisible(not is_empty)
        if not self._state.volume_steps:  # of a system without voxels there are none
            self.grid.hide()

    def _load(self, step: int) -> None:
        """Load the newest picture and volumes that existed at a step."""
        if not self._in_view:
            return
        for steps, request in (
            (self._state.picture_steps, self._link.request_picture),
            (self._state.volume_steps, self._link.request_volumes),
        ):
            earlier = [one for one in steps if one <= step]
            if earlier:
                request(earlier[-1])
        score = self._state.curves.curves.get("psnr")
        found = value_at(score.raw, step) if score else None
        self.set_remark(f"PSNR {decibels(found[1])}" if found else "")

    def _show_picture(self, picture: RunPicture) -> None:
        for name, array in (
            ("Truth", picture.truth),
            ("Network", picture.rendered),
            ("Difference", picture.difference),
        ):
            self.pictures[name].show_pixels(opaque(array))

    def _show_volumes(self, volumes: RunVolumes) -> None:
        ranges = {}
        for name in volumes.volumes:
            curve = self._state.curves.curves.get(f"{name} high")
            if curve is not None and len(curve.raw):
                ranges[name] = float(curve.raw.values.max())
        self.grid.show_volumes(volumes, ranges)

    def _forget(self) -> None:
        self.scrubber.stop()
        self.scrubber.show_steps(())
        self.set_remark("")
        for view in self.pictures.values():
            view.show_nothing()
        self.grid.clear()
        self._show_empty(True)
