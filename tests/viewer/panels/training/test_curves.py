"""The plots of a run: legend, cursor, zoom, smoothing, another run's curves."""

import numpy as np
from PySide6.QtCore import QPoint, Qt

from dvox_core.training.run.run_directory import RunDirectory
from tests.helpers.runs import write_long_log
from viewer.widgets.curve_plot import CurvePlot


def panel_of(window):
    return window.docks.panels["training"]


def test_the_legend_hides_curves_and_the_cursor_reads_all_plots(watching, qtbot):
    panel = panel_of(watching)
    losses, scores = panel.plots.losses, panel.plots.scores
    plot = losses.plot
    qtbot.waitUntil(plot.ready)
    assert list(plot.entries)[:2] == ["generator", "l1"]
    qtbot.keyClick(plot, Qt.Key.Key_1)
    assert plot.hidden == {"generator"}
    assert all(not curve.isVisible() for curve in plot._curves if "generator" in curve.name())
    qtbot.mouseMove(losses.plot, QPoint(round(losses.plot.x_of(10)), 40))
    losses.plot.cursor_moved.emit(10.0)
    assert scores.plots["psnr"].cursor_step == 10.0
    assert "step 10" in losses._remark.text()
    losses.plot.cursor_moved.emit(None)
    assert scores.plots["psnr"].cursor_step is None


def test_zooming_one_plot_zooms_all(watching, qtbot):
    panel = panel_of(watching)
    panel.plots.scores.plots["psnr"].range_chosen.emit((5.0, 15.0))
    losses = panel.plots.losses.plot
    qtbot.waitUntil(lambda: losses.step_range == (5.0, 15.0))
    assert max(line.raw.steps.max() for line in losses.lines) <= 16
    losses.range_chosen.emit(None)
    qtbot.waitUntil(lambda: losses.step_range == (0, 30))


def test_more_smoothing_and_another_scale_are_seen_at_once(watching, qtbot):
    losses = panel_of(watching).plots.losses
    spread = np.ptp(losses.plot.lines[0].smooth.values)
    losses.smoothing.choose(0)
    qtbot.waitUntil(lambda: np.ptp(losses.plot.lines[0].smooth.values) > spread)
    low = losses.plot.value_range[0]
    qtbot.mouseClick(losses.log, Qt.MouseButton.LeftButton)
    assert losses.plot.value_range[0] != low


def test_another_run_s_curves_are_dashed_and_can_be_taken_away(watching, finished, qtbot):
    losses = panel_of(watching).plots.losses
    watching.training_link.compare(finished)
    qtbot.waitUntil(lambda: sum(line.dashed for line in losses.plot.lines) == 2)
    assert losses.plot.entries["compared"] == "dashed: lego"
    qtbot.mouseClick(losses.compared, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not any(line.dashed for line in losses.plot.lines))


def test_a_long_log_is_drawn_with_no_more_points_than_there_are_pixels(
    watching, finished, tmp_path, qtbot, monkeypatch
):
    directory = RunDirectory(tmp_path / "long")
    directory.path.mkdir()
    directory.write_config(RunDirectory(finished).read_config())
    write_long_log(directory.log_path, 30_000)
    painted: list[int] = []
    real = CurvePlot.show_lines

    def count_points(self, lines, *arguments, **options):
        painted.append(max((len(line.raw) + len(line.smooth) for line in lines), default=0))
        real(self, lines, *arguments, **options)

    monkeypatch.setattr(CurvePlot, "show_lines", count_points)
    watching.training.attach(directory.path)
    plot = panel_of(watching).plots.losses.plot
    qtbot.waitUntil(lambda: plot.step_range[1] == 30_000)
    assert max(painted) < 4 * watching.width()  # points, whatever the log's length
