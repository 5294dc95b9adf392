"""Integration replayed: order, views, play, scrub, and what each observation brought."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QPushButton

from dvox_core.training.run.history import Curve
from viewer.panels.panel import Section
from viewer.text.units import counted, decibels, significant
from viewer.theme import ThemeManager, interface_font, tabular
from viewer.widgets.curve_plot import CurvePlot, PlotLine
from viewer.widgets.icon_button import IconButton
from viewer.widgets.inputs import Dropdown, labelled, number_slider
from viewer.widgets.progress_row import ProgressRow
from viewer.widgets.widget_row import WidgetRow
from viewer.workers.comparison.ground_truth import TrueView

if TYPE_CHECKING:  # imports torch
    from dvox_core.pipeline.growth import GrowthStep

LABEL_WIDTH = 60
PLOT_PX, LIST_PX = 92, 132
MARKED = "marked"
ORDERS = (
    ("As captured", "captured"),
    ("Far apart first", "spread"),
    ("Along a ring", "ring"),
    ("Only those marked on the sphere", MARKED),
)
SPEEDS = (("1 a second", 1.0), ("2 a second", 2.0), ("5 a second", 5.0), ("10 a second", 10.0))
STARTS = (("An empty grid", False), ("The trained grid", True))
NO_STEP = "From an empty grid, the training pictures are observed one after another."


class ReplaySection(Section):
    """The controls; what they mean is up to the panel."""

    order_chosen = Signal()
    start_wanted = Signal()
    moment_chosen = Signal(int)  # observations done
    use_wanted = Signal()
    leave_wanted = Signal()

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__("Integration replayed")
        self._themes = themes
        self._steps: Sequence[GrowthStep] = ()
        self._total = 0
        self._problem = ""
        self.order = Dropdown(ORDERS, "Order", "Which picture is observed after which")
        self.first = Dropdown(
            STARTS,
            "Start",
            "The grid that observes the first picture. Where training closed the gates of what it\n"
            "knew, an empty grid stays empty; the trained one shows what is still open",
        )
        self.held_out = Dropdown(
            [("None", None)],
            "Held-out view",
            "The view that is rendered and scored after each observation",
        )
        self.views = QListWidget()
        self.views.setFixedHeight(LIST_PX)
        self.views.setAccessibleName("Views in the order they are observed in")
        self.views.setToolTip(
            "Untick a view to leave it out; “Again” observes the chosen one twice"
        )
        self.again = QPushButton("Again")
        self.again.setToolTip("Observe the chosen view once more, right after itself")
        self.everything = QPushButton("All")
        self.everything.setToolTip("Observe all views of the order once")
        self.nothing = QPushButton("None")
        self.nothing.setToolTip("Untick all views")
        self.start = QPushButton("Replay")
        self.start.setProperty("role", "primary")
        self.start.setToolTip("Observe the ticked views one after another")
        self.progress = ProgressRow("Stop observing; the states so far stay")
        self.back = IconButton(themes, "skip-previous", "One observation back")
        self.play = IconButton(themes, "play", "Play: show state after state")
        self.play.setCheckable(True)
        self.forward = IconButton(themes, "skip-next", "One observation on")
        self.moment = number_slider("Observed", "How many pictures the grid has observed")
        self.speed = Dropdown(SPEEDS, "Speed", "States a second while it plays")
        self.speed.set_value(5.0)
        self.line = QLabel(NO_STEP)
        self.line.setWordWrap(True)
        self.line.setProperty("role", "muted")
        self.line.setFont(tabular(interface_font()))
        self.psnr, self.change = (CurvePlot(name, PLOT_PX) for name in ("PSNR", "Change"))
        self.psnr.setToolTip(
            "PSNR of the held-out view in dB, over the number of observed pictures"
        )
        self.change.setToolTip(
            "The norm of what each observation changed in the grid, over their number"
        )
        self.use = QPushButton("Use this grid")
        self.use.setToolTip(
            "Render the scene with this grid from now on; undo takes it back, and edits that are "
            "saved keep it"
        )
        self.leave = QPushButton("Trained grid")
        self.leave.setToolTip("Leave the replay: show the trained grid again")
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._play_on)
        self._build()

    def _build(self) -> None:
        edits = WidgetRow(self.again, self.everything, self.nothing)
        edits.add_stretch()
        edits.add(self.start)
        self.transport = WidgetRow(self.back, self.play, self.forward)
        self.transport.add(self.moment, 1)
        uses = WidgetRow(self.use, self.leave)
        uses.add_stretch()
        self._after = (
            self.transport,
            labelled("Speed", self.speed, width=LABEL_WIDTH),
            self.psnr,
            self.change,
            uses,
        )
        self._choices = (self.first, self.order, self.held_out, self.views, edits)
        for widget in (
            self.line,
            labelled("Start", self.first, width=LABEL_WIDTH),
            labelled("Order", self.order, width=LABEL_WIDTH),
            labelled("Score on", self.held_out, width=LABEL_WIDTH),
            self.views,
            edits,
            self.progress,
            *self._after,
        ):
            self.column.addWidget(widget)
        self.order.chosen.connect(lambda _: self.order_chosen.emit())
        self.start.clicked.connect(self.start_wanted)
        self.again.clicked.connect(self._repeat)
        self.everything.clicked.connect(self.order_chosen)
        self.nothing.clicked.connect(lambda: self._tick(Qt.CheckState.Unchecked))
        self.moment.changed.connect(lambda value: self._choose(round(value)))
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        self.play.toggled.connect(self._on_play_toggled)
        self.speed.chosen.connect(lambda _: self._on_play_toggled(self.play.isChecked()))
        self.use.clicked.connect(self.use_wanted)
        self.leave.clicked.connect(self.leave_wanted)
        for plot in (self.psnr, self.change):
            plot.cursor_moved.connect(self._on_cursor_moved)
        self.show_steps((), 0)

    # Views

    @property
    def chosen_views(self) -> tuple[TrueView, ...]:
        """The ticked ones, in their order."""
        items = [self.views.item(row) for row in range(self.views.count())]
        return tuple(
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.checkState() is Qt.CheckState.Checked
        )

    def show_views(self, views: Sequence[TrueView]) -> None:
        """Offer these in this order, all ticked."""
        self.views.clear()
        for view in views:
            self.views.addItem(_item(view))

    def show_problem(self, problem: str) -> None:
        """Say why there is nothing to replay; "" where there is."""
        if problem != self._problem:
            self._problem = problem
            for widget in self._choices:
                widget.setEnabled(not problem)
            if not self._total:
                self.line.setText(problem or NO_STEP)

    def show_held_out(self, views: Sequence[TrueView]) -> None:
        """Offer these to score on, the first one at first."""
        before = self.held_out.value
        self.held_out.set_entries(
            [*((f"{view.name}, {view.split}", view) for view in views), ("None", None)]
        )
        if before not in views and views:
            self.held_out.set_value(views[0])

    def _repeat(self) -> None:
        row = self.views.currentRow()
        if row >= 0:
            view = self.views.item(row).data(Qt.ItemDataRole.UserRole)
            self.views.insertItem(row + 1, _item(view))

    def _tick(self, state: Qt.CheckState) -> None:
        for row in range(self.views.count()):
            self.views.item(row).setCheckState(state)

    # Moments

    @property
    def at(self) -> int:
        """How many observations the shown state has."""
        return round(self.moment.value)

    @property
    def is_playing(self) -> bool:
        """Whether states follow one another."""
        return self._timer.isActive()

    def show_steps(self, steps: Sequence[GrowthStep], total: int) -> None:
        """Show what is known of a replay of so many views; 0 for none."""
        self._steps, self._total = steps, total
        for widget in self._after:
            widget.setVisible(total > 0)
        if not total:
            self.play.setChecked(False)
            self.line.setText(self._problem or NO_STEP)
            return
        at = self.at
        self.moment.set_range(0, max(len(steps), 1))
        self.moment.set_value(min(at, len(steps)))
        theme = self._themes.theme
        observed = np.array([step.observed for step in steps], dtype=np.float64)
        for plot, name, values in (
            (self.psnr, "PSNR, dB", [step.psnr for step in steps]),
            (self.change, "Change", [step.change for step in steps]),
        ):
            plot.show_theme(theme)
            known = np.array(values, dtype=np.float64)
            finite = np.isfinite(known)
            curve = Curve(observed[finite], known[finite])
            empty = Curve(np.zeros(0), np.zeros(0))
            color = theme.accent if plot is self.psnr else theme.pins[1]
            plot.show_lines([PlotLine(name, name, color, empty, curve)], (1, max(total, 2)))
        self.psnr.setVisible(total > 0 and any(math.isfinite(step.psnr) for step in steps))
        self.show_line()

    def show_line(self) -> None:
        """Say what the shown state is, and mark it in the curves."""
        at = self.at
        for plot in (self.psnr, self.change):
            plot.set_cursor_step(float(at) if at else None)
        if not self._total:
            return
        text = "No picture observed yet"
        if 0 < at <= len(self._steps):
            step = self._steps[at - 1]
            text = f"{counted(at, 'picture')} observed, last {step.view}: change "
            text += significant(step.change)
            if math.isfinite(step.psnr):
                text += f", held-out view {decibels(step.psnr)}"
        self.line.setText(text)

    def go_to(self, number: int) -> None:
        """Show another state, as the user does."""
        self._choose(min(max(number, 0), len(self._steps)))

    def step(self, by: int) -> None:
        """Show the state so many observations on."""
        self.play.setChecked(False)
        self.go_to(self.at + by)

    def stop(self) -> None:
        """Play no more."""
        self.play.setChecked(False)
        self._timer.stop()

    def _choose(self, number: int) -> None:
        self.moment.set_value(number)
        self.show_line()
        self.moment_chosen.emit(number)

    def _on_play_toggled(self, playing: bool) -> None:
        self.play.set_icon("pause" if playing else "play")
        if not playing:
            self._timer.stop()
            return
        if self.at >= len(self._steps) == self._total:
            self._choose(0)
        self._timer.start(round(1000 / self.speed.value))

    def _play_on(self) -> None:
        if self.at < len(self._steps):
            self._choose(self.at + 1)
        elif len(self._steps) >= self._total:
            self.play.setChecked(False)

    def _on_cursor_moved(self, step: Any) -> None:
        """The mouse over a curve scrubs."""
        if step is not None and self._steps and not self.is_playing:
            number = round(min(max(float(step), 0), len(self._steps)))
            if number != self.at:
                self._choose(number)


def _item(view: TrueView) -> QListWidgetItem:
    item = QListWidgetItem(view.name)
    item.setData(Qt.ItemDataRole.UserRole, view)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked)
    return item
