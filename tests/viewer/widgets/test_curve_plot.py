"""The plot of curves over steps: scales, ticks, cursor, zoom."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPicture
from PySide6.QtWidgets import QApplication

from dvox_core.training.run.history import Curve
from viewer.plots.export import save_plot
from viewer.widgets.curve_plot import (
    CurvePlot,
    PlotLine,
    short_count,
    value_at,
)

NOTHING = Curve(np.array([]), np.array([]))


def curve(values, first=0):
    return Curve(np.arange(first, first + len(values), dtype=float), np.array(values, dtype=float))


def line(values, color="#ff0000"):
    return PlotLine("l1", "L1", color, NOTHING, curve(values))


@pytest.fixture
def plot(qtbot, qapp):
    made = CurvePlot("Losses", 160)
    qtbot.addWidget(made)
    made.resize(320, 160)
    made.show()
    qtbot.waitUntil(made.ready)
    return made


def columns_of(plot, color):
    """For each column of pixels the rows that are nearest to a colour."""
    plot.clearFocus()  # whose border covers the outer columns
    image = plot.grab().toImage()
    found = {}
    for x in range(image.width()):
        for y in range(image.height()):
            pixel = image.pixelColor(x, y)
            if pixel.red() > 150 and pixel.green() < 60 and pixel.blue() < 60:
                found.setdefault(x, []).append(y)
    return found


def test_a_falling_curve_is_painted_from_the_upper_left_to_the_lower_right(plot):
    plot.show_lines([line([4.0, 3.0, 2.0, 1.0])], (0, 3))
    found = columns_of(plot, "#ff0000")
    rows = [np.mean(found[x]) for x in sorted(found)]
    assert min(found) == pytest.approx(plot.x_of(0), abs=2)
    assert max(found) == pytest.approx(plot.x_of(3), abs=2)
    assert rows[0] < rows[len(rows) // 2] < rows[-1]


def test_on_a_log_scale_equal_ratios_are_equal_distances(plot):
    plot.show_lines([line([100.0, 10.0, 1.0])], (0, 2), log=True)
    found = columns_of(plot, "#ff0000")

    def row(step):
        return np.mean(found[round(plot.x_of(step) + (1 if step == 0 else -1 if step == 2 else 0))])

    assert row(1) - row(0) == pytest.approx(row(2) - row(1), abs=4)


def test_what_a_log_scale_cannot_show_does_no_harm(plot):
    plot.show_lines([line([0.0, -1.0, 0.5, 0.1])], (0, 3), log=True)
    low, high = plot.value_range
    assert -1.2 < low < high < 0
    plot.grab()
    plot.show_lines([], (0, 3), log=True)
    plot.grab()


def test_a_spike_of_the_raw_values_does_not_squeeze_the_curve(plot):
    raw = curve([1.0] * 500 + [1000.0] + [1.0] * 500)
    plot.show_lines([PlotLine("l1", "L1", "#ff0000", raw, curve([1.0] * 1000))], (0, 1000))
    assert plot.value_range[1] < 2


def send(plot, kind, at, button=Qt.MouseButton.LeftButton):
    """Give the plot a mouse event as the system does."""
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    under = plot.view.viewport()
    event = QMouseEvent(
        kind, at, under.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(under, event)


def test_dragging_zooms_in_and_a_double_click_shows_all(plot, qtbot):
    plot.show_lines([line([1.0] * 101)], (0, 100))
    chosen = []
    plot.range_chosen.connect(chosen.append)
    low, high = plot.value_range
    left, right = (QPointF(round(plot.x_of(step)), y) for step, y in ((20, 90), (60, 110)))
    send(plot, QEvent.Type.MouseButtonPress, left)
    send(plot, QEvent.Type.MouseMove, right)
    send(plot, QEvent.Type.MouseButtonRelease, right)
    assert chosen[0] == pytest.approx((20, 60), abs=0.6)
    assert plot.ranges[1] == pytest.approx((low, high))
    send(plot, QEvent.Type.MouseButtonPress, left)
    send(plot, QEvent.Type.MouseButtonRelease, left)
    assert len(chosen) == 1  # a click is no drag
    send(plot, QEvent.Type.MouseButtonDblClick, left)
    assert chosen[-1] is None


def test_the_legend_explains_and_hides_by_click_and_key(plot, qtbot):
    lines = [line([1.0, 1.2]), PlotLine("l2", "L2", "#0000ff", NOTHING, curve([50.0, 60.0]))]
    dashed = PlotLine("l2", "L2", "#0000ff", NOTHING, curve([55.0, 65.0]), dashed=True)
    plot.show_lines([*lines, dashed], (0, 1), [1], compared="other run")
    plot.show_values({"l1": "1.2"})
    assert list(plot.entries.values()) == ["L1  1.2", "L2", "dashed: other run", "snapshots"]
    assert [label.text for _, label in plot._legend.items] == list(plot.entries.values())
    plot.grab()  # lays the legend out
    sign = plot._legend.items[1][0]
    at = QPointF(sign.mapToScene(sign.boundingRect().center()))
    send(plot, QEvent.Type.MouseButtonPress, at)
    send(plot, QEvent.Type.MouseButtonRelease, at)
    assert plot.hidden == {"l2"}
    assert not any(curve.isVisible() for curve in plot._curves if "l2" in curve.name())
    assert plot.value_range[1] < 2  # fits what is left
    qtbot.keyClick(plot, Qt.Key.Key_2)
    assert plot.hidden == set()
    assert plot.value_range[1] > 60
    qtbot.keyClick(plot, Qt.Key.Key_3)
    assert plot.value_range[1] < 65


def test_the_keyboard_moves_the_cursor_and_shows_all(plot, qtbot):
    plot.show_lines([line([1.0] * 101)], (0, 100))
    moved, chosen = [], []
    plot.cursor_moved.connect(moved.append)
    plot.range_chosen.connect(chosen.append)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert moved == [51, 52, 51]
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert chosen == [None]
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.cursor_step is None


def test_the_tool_tip_reads_smoothed_and_logged_values(plot):
    both = PlotLine("l1", "L1", "#ff0000", curve([4.0, 3.0, 2.0]), curve([3.5, 3.1, 2.5]))
    plot.show_lines([both], (0, 2))
    assert plot.tip_at(QPointF(plot.x_of(1), 40)) == ("L1 at step 1: smoothed 3.1, as logged 3")


def test_the_cursor_reads_the_nearest_point():
    points = Curve(np.array([0.0, 10.0, 30.0]), np.array([5.0, 6.0, 7.0]))
    assert value_at(points, 18) == (10.0, 6.0)
    assert value_at(points, 22) == (30.0, 7.0)
    assert value_at(points, -5) == (0.0, 5.0)
    assert value_at(points, 99) == (30.0, 7.0)
    assert value_at(NOTHING, 3) is None


def labels(plot, side):
    """What is written at an axis, as it is drawn."""
    axis = plot.plot.getAxis(side)
    plot.grab()
    picture = QPicture()
    with QPainter(picture) as painter:
        _, _, texts = axis.generateDrawSpecs(painter)
    return [text for _, _, text in texts]


@pytest.mark.parametrize("span", [1e-9, 0.003, 1.0, 7.3, 1e6])
@pytest.mark.parametrize("log", [False, True])
def test_there_are_always_few_labels_and_no_two_alike(plot, span, log):
    plot.show_lines([line([1.0, 1.0 + span])], (0, 1), log=log)
    written = labels(plot, "left")
    assert 1 <= len(written) <= 8
    assert len(set(written)) == len(written)


def test_steps_are_labelled_at_round_numbers(plot):
    plot.show_lines([line([1.0] * 9127)], (0, 9126))
    assert labels(plot, "bottom")[:2] == ["0", "2k"]
    assert [short_count(number) for number in (0, 800, 2500, 12_000, 1_500_000)] == [
        *("0", "800", "2.5k", "12k", "1.5M"),
    ]


def test_a_long_run_is_drawn_with_few_points_and_keeps_its_spikes(plot):
    values = np.ones(100_000)
    values[54_321] = 9.0
    plot.show_lines([line(values)], (0, 99_999))
    drawn = plot._curves[0].getData()[1]
    assert len(drawn) < 10_000
    assert drawn.max() == 9.0


def test_small_values_are_whole_in_the_table(plot, tmp_path):
    plot.show_lines([line([1.5e-12, 2.0])], (0, 1))
    save_plot(plot, tmp_path / "losses.csv")
    header, first, _ = (tmp_path / "losses.csv").read_text().splitlines()
    assert header == "l1 smoothed_x,l1 smoothed_y"
    assert float(first.split(",")[1]) == pytest.approx(1.5e-12)
