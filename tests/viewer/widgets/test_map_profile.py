"""A line over a map, moved by mouse and keys, and the curve of what lies under it."""

import csv

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dvox_core.rendering.pictures import Legend
from viewer.theme import DARK, LIGHT
from viewer.widgets.line_profile import LineProfile
from viewer.widgets.map_profile import COLUMN, NONE, ROW, MapProfile, RayLine
from viewer.widgets.map_view import MapAxes, MapView

LEGEND = Legend("Weight", "weight", "magma", 0.0, 1.0)
VALUES = np.arange(24.0).reshape(4, 6) / 24
AXES = MapAxes("column", 0.0, 6.0, "depth", 5.0, 1.0)


class Shown(QWidget):
    """A map of 4 rows and 6 columns with a profile."""

    def __init__(self) -> None:
        super().__init__()
        self.map = MapView("Weights", has_axes=True)
        self.profile = MapProfile(self.map)
        column = QVBoxLayout(self)
        for widget in (self.map, self.profile.plot, self.profile.row):
            column.addWidget(widget)
        self.profile.changed.connect(self.refresh)
        self.resize(360, 520)

    def refresh(self, values=VALUES, theme=DARK) -> None:
        self.map.show_values(values, LEGEND, AXES)
        self.profile.show_profile(LEGEND, theme)


@pytest.fixture
def shown(qtbot):
    widget = Shown()
    qtbot.addWidget(widget)
    widget.refresh()
    widget.show()
    qtbot.waitUntil(widget.map.ready)
    widget.profile.direction.choose(ROW)
    qtbot.waitUntil(widget.profile.plot.ready)
    return widget


def line_pixels(widget, theme):
    """Pixels of the accent's colour in the map."""
    image = widget.map.grab().toImage()
    return sum(
        image.pixelColor(x, y).name() == theme.accent
        for x in range(0, image.width(), 7)
        for y in range(image.height())
    )


def test_the_line_lies_in_the_middle_at_first_and_goes_with_none(shown, qtbot):
    plot = shown.profile.plot
    assert plot.profile.name == "row 2"
    np.testing.assert_array_equal(plot.values[:, 0], VALUES[2])
    assert plot.accessibleName() == "Profile of: Weights"
    assert "row 2: 0.5 to 0.708 weight" in plot.accessibleDescription()
    shown.map.clearFocus()
    for theme in (LIGHT, DARK):
        shown.refresh(theme=theme)
        assert line_pixels(shown, theme) > 10
    shown.profile.direction.choose(NONE)
    assert not plot.isVisible()
    assert line_pixels(shown, DARK) == 0


def test_keys_move_the_line_from_map_and_curve_and_it_stays_in_the_map(shown, qtbot):
    plot = shown.profile.plot
    qtbot.keyClick(shown.map, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert plot.profile.name == "row 1"
    for _ in range(5):
        qtbot.keyClick(plot, Qt.Key.Key_Down)
    assert plot.profile.name == "row 3"
    np.testing.assert_array_equal(plot.values[:, 0], VALUES[3])
    shown.profile.direction.choose(COLUMN)
    qtbot.keyClick(shown.map, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plot.profile.name == "column 4"
    np.testing.assert_array_equal(plot.values[:, 0], VALUES[:, 4])
    assert plot.ranges[0] == pytest.approx((1.0, 5.0))


def test_a_drag_moves_the_line(shown, qtbot):
    target, row = shown.map.view.viewport(), shown.map.place_of
    begin, end = row(1.0, 2.0).toPoint(), row(1.0, 0.0).toPoint()
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=begin)
    for step in range(1, 9):
        QTest.mouseMove(target, begin + (end - begin) * step / 8)
        qtbot.wait(20)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=end)
    assert shown.profile.plot.profile.name == "row 0"
    assert shown.map.ranges == ((0.0, 6.0), (1.0, 5.0))  # it was not panned


def test_the_curves_cursor_points_at_the_map_and_the_maps_at_the_curve(shown, qtbot):
    plot, pointed = shown.profile.plot, []
    shown.map.hovered.connect(pointed.append)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert pointed[-1] == (4.0, 2.0)
    assert "0.667 at 4.5 (column)" in plot.accessibleDescription()
    at = plot.point_of(1.4, 0.5).toPoint()
    QTest.mouseMove(plot.view.viewport(), at + QPoint(0, 1))
    QTest.mouseMove(plot.view.viewport(), at)
    qtbot.waitUntil(lambda: pointed[-1] == (1.0, 2.0))
    shown.map.mark((5.0, 0.0), (), DARK)
    shown.refresh()
    assert plot.cursor_at == 5


def test_map_and_curve_zoom_together(shown, qtbot):
    plot = shown.profile.plot
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert shown.map.ranges[0] == pytest.approx(plot.ranges[0])
    assert plot.ranges[0] != (0.0, 6.0)
    qtbot.keyClick(shown.map, Qt.Key.Key_Home)
    assert plot.ranges[0] == (0.0, 6.0)
    shown.profile.direction.choose(COLUMN)
    qtbot.keyClick(shown.map, Qt.Key.Key_Plus)
    assert plot.ranges[0] == pytest.approx(shown.map.ranges[1])


def test_epipolar_lines_are_offered_and_leave_the_map_where_it_ends(shown, qtbot, tmp_path):
    depths = np.linspace(1.875, 3.125, 6)
    columns = np.array([-2.0, 0.0, 1.0, 2.0, 3.0])
    line = LineProfile("ray of the pin at (1, 2)", "depth", columns, columns, depths)
    rays = [RayLine(3, "Epipolar: pin at (1, 2)", DARK.pins[3], line)]
    shown.profile.offer_rays(rays)
    assert shown.profile.direction.value == ROW  # what was chosen stays
    shown.profile.direction.choose(3)
    plot = shown.profile.plot
    np.testing.assert_array_equal(
        plot.values[:, 0], [np.nan, VALUES[0, 0], VALUES[1, 1], VALUES[2, 2], VALUES[3, 3]]
    )
    rows = list(csv.reader(plot.values_csv().splitlines()))
    assert rows[0] == ["place", "column", "row", "value"]
    assert [float(value) for value in rows[-1]] == pytest.approx([3, 3, 3, VALUES[3, 3]])
    shown.profile.offer_rays([])
    assert shown.profile.direction.value == NONE


def test_constant_and_unknown_values_and_colours_are_plotted(shown, qtbot):
    plot = shown.profile.plot
    for values in (np.full((4, 6), np.nan), np.full((4, 6), 1e9), np.full((4, 6), -1e-9)):
        shown.refresh(values)
        low, high = plot.ranges[1]
        assert np.isfinite([low, high]).all()
        assert low < high
        plot.grab()
    assert "no values" not in plot.words
    rgba = np.dstack([np.full((4, 6), value, np.uint8) for value in (10, 20, 30, 255)])
    shown.map.show_pixels(rgba)
    shown.profile.show_profile(None, LIGHT)
    assert plot.values.tolist() == [[10, 20, 30]] * 6
    assert plot.ranges[1] == (0.0, 255.0)
    shown.map.show_nothing()
    shown.profile.show_profile(LEGEND, LIGHT)
    assert not plot.isVisible()
