"""The training panel's plots: losses and validation scores, with a common cursor and range."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QPushButton

from viewer.panels.panel import PanelContext, Section
from viewer.panels.training.facts import CURVE_NAMES
from viewer.state.training_state import CurveSet, PlotRequest, PlottedCurve, TrainingState
from viewer.text.units import count, decibels, number, significant
from viewer.theme import Theme, ThemeManager
from viewer.widgets.curve_plot import CurvePlot, PlotLine, value_at
from viewer.widgets.inputs import ValueSlider, labelled
from viewer.workers.runs.run_link import RunLink

LOSSES = ("generator", "l1", "adversarial", "discriminator")
COLORS = {"generator": 0, "l1": 2, "adversarial": 1, "discriminator": 3, "psnr": 0, "ssim": 2}
"""Numbers of the theme's pin colours."""

SMOOTHING, MAX_SMOOTHING = 50, 100  # of the slider: see `smoothing_weight`
RESIZE_MS = 150


class Curves:
    """What all plots share: the visible range, the smoothing and the cursor."""

    def __init__(self, link: RunLink, plots: Mapping[str, CurvePlot]) -> None:
        self._link, self._plots = link, plots
        self._in_view = False
        self.smoothing = smoothing_weight(SMOOTHING)
        self.range: tuple[float, float] | None = None
        for plot in plots.values():
            plot.range_chosen.connect(self.set_range)
        link.state.run_changed.connect(lambda _: self.set_range(None))

    def set_in_view(self, in_view: bool) -> None:
        """Load curves only while they are in view."""
        self._in_view = in_view
        self.request()

    def set_range(self, steps: tuple[float, float] | None) -> None:
        """Show a part of the steps, or all."""
        self.range = steps
        self.request()

    def set_smoothing(self, weight: float) -> None:
        """Set the weight of the moving average."""
        self.smoothing = weight
        self.request()

    def request(self) -> None:
        """Load the curves for the visible range."""
        if not self._in_view:
            self._link.request_curves(None)
            return
        first, last = self.range or (None, None)
        width = max(plot.width() for plot in self._plots.values())
        self._link.request_curves(PlotRequest(self.smoothing, first, last, max(50, width // 2)))

    def steps(self, curves: CurveSet) -> tuple[float, float]:
        """The steps at the plots' edges."""
        if self.range:
            return self.range
        others = [len(line.raw) and line.raw.steps[-1] for line in curves.compared.values()]
        return 0.0, float(max([curves.last_step, 1, *others]))


class LossSection(Section):
    """Losses over steps; smoothing and log scale."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Losses")
        self._themes: ThemeManager = context.themes
        self._state: TrainingState = context.training.state
        self.plot = CurvePlot("Losses", 176)
        self.smoothing = ValueSlider(
            "Smoothing",
            "How much the lines are smoothed: the weight of what was before, as a moving average",
            0,
            MAX_SMOOTHING,
            SMOOTHING,
            lambda value: number(smoothing_weight(value)),
            whole=True,
        )
        self.log = QPushButton("Log")
        self.compared = ComparedRun(context)
        self.empty = QLabel("The first steps' losses will be drawn here.")
        self._build()
        self.log.toggled.connect(lambda _: self.show_curves())

    def _build(self) -> None:
        self.log.setCheckable(True)
        self.log.setChecked(True)
        self.log.setToolTip("Logarithmic scale of the values")
        self._controls = labelled("Smoothing", self.smoothing, self.log)
        self.empty.setProperty("role", "muted")
        self.column.addWidget(self.empty)
        self.column.addWidget(self.plot)
        self.column.addWidget(self._controls)
        self.column.addWidget(self.compared, 0, Qt.AlignmentFlag.AlignRight)

    def show_curves(self, steps: tuple[float, float] | None = None) -> None:
        """Draw the losses between two steps; between the former ones if none are given."""
        curves, theme = self._state.curves, self._themes.theme
        names = loss_names(curves.curves)
        self.empty.setVisible(not names)
        for part in (self.plot, self._controls, self.compared):
            part.setVisible(bool(names))
        visible = steps or self.plot.step_range
        self.plot.show_lines(
            lines_of(curves, names, theme),
            visible,
            curves.snapshots,
            log=self.log.isChecked(),
            compared=self.compared.name,
        )
        self.show_cursor(self.plot.cursor_step)

    def show_cursor(self, step: float | None) -> None:
        """Write the values at a step into the legend, or the newest ones."""
        self.plot.set_cursor_step(step)
        curves = self._state.curves
        newest = "newest values" if self.plot.lines else ""
        self.set_remark(newest if step is None else f"step {count(step)}")
        at, texts = curves.last_step if step is None else step, {}
        for name, curve in curves.curves.items():
            smooth = value_at(curve.smooth, at)
            if smooth is not None:
                texts[name] = significant(smooth[1])
        self.plot.show_values(texts)


class ScoreSection(Section):
    """PSNR and SSIM on the validation views over steps."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__("Validation scores")
        self._themes: ThemeManager = context.themes
        self._state: TrainingState = context.training.state
        self.plots = {
            "psnr": CurvePlot("PSNR in dB", 112, legend_columns=3),
            "ssim": CurvePlot("SSIM", 112, legend_columns=3),
        }
        self.empty = QLabel("The validation views are scored within the first minute.")
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.column.addWidget(self.empty)
        for plot in self.plots.values():
            self.column.addWidget(plot)

    def show_curves(self, steps: tuple[float, float], compared: str) -> None:
        """Draw the scores between two steps."""
        curves, theme = self._state.curves, self._themes.theme
        there = "psnr" in curves.curves
        self.empty.setVisible(not there)
        for name, plot in self.plots.items():
            plot.setVisible(there)
            lines = lines_of(curves, [name], theme)
            plot.show_lines(lines, steps, curves.snapshots, compared=compared)
        best = curves.curves.get("psnr")
        self.set_remark(
            f"best {decibels(best.raw.values.max())}" if best is not None and len(best.raw) else ""
        )
        self.show_cursor(self.plots["psnr"].cursor_step)

    def show_cursor(self, step: float | None) -> None:
        """Write the values at a step, or the newest ones."""
        curves = self._state.curves
        for name, plot in self.plots.items():
            plot.set_cursor_step(step)
            curve = curves.curves.get(name)
            found = (
                value_at(curve.raw, curves.last_step if step is None else step) if curve else None
            )
            if found:
                value = decibels(found[1]) if name == "psnr" else f"{found[1]:.3f}"
                plot.show_values({name: f"{value} at step {count(found[0])}"})


class CurveSections:
    """The panel's plots, which share range, smoothing and cursor."""

    def __init__(self, context: PanelContext) -> None:
        self._themes = context.themes
        self._state = context.training.state
        self.losses = LossSection(context)
        self.scores = ScoreSection(context)
        self._plots = {"losses": self.losses.plot, **self.scores.plots}
        self.curves = Curves(context.training, self._plots)
        self._resized = QTimer(self.losses, singleShot=True, interval=RESIZE_MS)
        self._resized.timeout.connect(self.curves.request)
        self.losses.smoothing.changed.connect(
            lambda value: self.curves.set_smoothing(smoothing_weight(value))
        )
        for plot in self._plots.values():
            plot.cursor_moved.connect(self._show_cursor)
        self._state.curves_changed.connect(lambda _: self.show())
        context.themes.theme_changed.connect(self._show_theme)
        self._show_theme(context.themes.theme)

    def show(self) -> None:
        """Draw all curves."""
        steps = self.curves.steps(self._state.curves)
        self.losses.show_curves(steps)
        self.scores.show_curves(steps, self.losses.compared.name)

    def set_in_view(self, in_view: bool) -> None:
        """Load curves only while they are in view."""
        self.curves.set_in_view(in_view)

    def _show_cursor(self, step: float | None) -> None:
        self.losses.show_cursor(step)
        self.scores.show_cursor(step)

    def _show_theme(self, theme: Theme) -> None:
        for plot in self._plots.values():
            plot.show_theme(theme)
        self.show()


class ComparedRun(QPushButton):
    """Chooses the run that the curves are compared with; the legend says which it is."""

    chosen = Signal()
    removed = Signal()

    def __init__(self, context: PanelContext) -> None:
        super().__init__()
        self.name = ""
        self.clicked.connect(lambda: (self.removed if self.name else self.chosen).emit())
        context.training.state.comparison_changed.connect(self._show)
        context.training.state.run_changed.connect(lambda _: self._show(None))
        self._show(None)

    def _show(self, path: Path | None) -> None:
        self.name = path.name if path is not None else ""
        self.setText(f"Remove {self.name}" if self.name else "Compare with…")
        self.setToolTip(
            "Remove the other run's curves"
            if self.name
            else "Draw the curves of another run beside these"
        )


def smoothing_weight(slider: float) -> float:
    """0 … 0.999 for 0 … 100, finer towards the end: averages over about 1, 10, 100, 1000 steps."""
    return 1 - 10 ** (-3 * slider / MAX_SMOOTHING)


def loss_names(curves: Mapping[str, PlottedCurve]) -> list[str]:
    """The losses to show; one that equals L1 is left out."""
    names = [name for name in LOSSES if name in curves]
    if {"generator", "l1"} <= set(names):
        generator, l1 = (curves[name].raw.values for name in ("generator", "l1"))
        if len(generator) == len(l1) and abs(generator - l1).max(initial=0.0) < 1e-9:
            names.remove("generator")
    return names


def lines_of(curves: CurveSet, names: Sequence[str], theme: Theme) -> list[PlotLine]:
    """Curves in their colours, each with that of the compared run."""
    return [
        PlotLine(
            name, CURVE_NAMES[name], theme.pins[COLORS[name]], curve.raw, curve.smooth, is_compared
        )
        for name in names
        for is_compared, found in ((False, curves.curves), (True, curves.compared))
        if (curve := found.get(name)) is not None
    ]
