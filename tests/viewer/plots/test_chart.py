"""What all plots share: ranges, zoom, menu, themes, export."""

import csv
from xml.etree import ElementTree

import imageio.v3 as imageio
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication

from dvox_core.errors import UserError
from viewer.plots.export import ask_and_save, save_plot
from viewer.theme import DARK, LIGHT
from viewer.widgets.bar_chart import BarChart


@pytest.fixture
def chart(qtbot, qapp):
    made = BarChart("Values of five things", 120, "thing")
    qtbot.addWidget(made)
    made.resize(320, 120)
    made.show_bars([1.0, 2.0, 3.0, 2.0, 1.0], ["#ff0000"] * 5, (0.0, 4.0))
    made.show()
    qtbot.waitUntil(made.ready)
    return made


def wheel(chart, modifier):
    at = QPointF(160, 50)
    target = chart.view.viewport()
    event = QWheelEvent(
        at,
        QPointF(target.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(target, event)
    return event


def test_the_wheel_zooms_with_ctrl_only_and_home_shows_all(chart, qtbot):
    before = chart.ranges
    event = wheel(chart, Qt.KeyboardModifier.NoModifier)
    assert chart.ranges == before
    assert not event.isAccepted()  # the panel scrolls
    wheel(chart, Qt.KeyboardModifier.ControlModifier)
    (left, right), up = chart.ranges
    assert right - left < before[0][1] - before[0][0]
    assert up == before[1]
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.ranges == before


def test_newer_values_leave_the_users_zoom_alone(chart, qtbot):
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    across, _ = chart.ranges
    chart.show_bars([5.0] * 5, ["#00ff00"] * 5, (0.0, 8.0))
    assert chart.ranges == (across, (0.0, 8.0))


def test_a_click_chooses_the_bar_that_is_there(chart, qtbot):
    with qtbot.waitSignal(chart.chosen) as chosen:
        qtbot.mouseClick(
            chart.view.viewport(), Qt.MouseButton.LeftButton, pos=chart.bar(2).center().toPoint()
        )
    assert chosen.args == [2]


def test_the_ground_is_the_themes(chart):
    for theme in (LIGHT, DARK):
        chart.show_theme(theme)
        corner = chart.grab().toImage().pixelColor(2, 2)
        assert corner.name() == theme.panel


def test_the_menu_speaks_the_programs_words(chart):
    words = [action.text() for action in chart.make_menu().actions() if action.text()]
    assert words == [
        "Show all",
        "Copy picture",
        "Save picture as PNG…",
        "Save drawing as SVG…",
        "Save values as CSV…",
    ]


def test_a_plot_is_saved_as_png_svg_and_csv(chart, tmp_path):
    for kind in ("png", "svg", "csv"):
        save_plot(chart, tmp_path / f"plot.{kind}")
    picture = imageio.imread(tmp_path / "plot.png")
    assert picture.shape[1] >= 2 * 300
    red = (picture[..., 0] > 200) & (picture[..., 1] < 60)
    assert red.sum() > 1000
    drawing = ElementTree.parse(tmp_path / "plot.svg").getroot()
    assert drawing.tag.endswith("svg")
    assert "thing" in "".join(drawing.itertext())
    first, last = (_x_of(drawing, text) for text in ("0", "4"))
    assert last - first == pytest.approx(chart.point_of(4, 0).x() - chart.point_of(0, 0).x(), abs=2)
    assert {path.name for path in tmp_path.iterdir()} == {"plot.png", "plot.svg", "plot.csv"}
    rows = list(csv.reader((tmp_path / "plot.csv").open()))
    assert [float(row[-1]) for row in rows[1:]] == [1, 2, 3, 2, 1]


def _x_of(drawing, label):
    """Where a label below the bars is in an SVG."""
    places = []
    for group in drawing.iter("{http://www.w3.org/2000/svg}g"):
        across, _, _, _, left, _ = map(
            float, group.get("transform", "(1,0,0,1,0,0)")[:-1].split("(")[1].split(",")
        )
        texts = group.findall("{http://www.w3.org/2000/svg}text")
        places += [left + across * float(t.get("x")) for t in texts if t.text.strip() == label]
    return max(places)  # the axis at the left has it too


def test_another_suffix_is_refused_in_one_line(chart, tmp_path):
    with pytest.raises(UserError, match=r"plot\.bmp: a plot is saved as \.png, \.svg or \.csv"):
        save_plot(chart, tmp_path / "plot.bmp")


def test_the_dialog_proposes_a_name_and_writes_what_is_chosen(chart, tmp_path):
    dialog = ask_and_save(chart, "svg", lambda path: save_plot(chart, path))
    assert dialog.selectedFiles()[0].endswith("values-of-five-things.svg")
    dialog.fileSelected.emit(str(tmp_path / "chosen.svg"))
    assert (tmp_path / "chosen.svg").is_file()
    dialog.close()


def test_the_picture_is_copied(chart):
    entry = next(
        action for action in chart.make_menu().actions() if action.text() == "Copy picture"
    )
    entry.trigger()
    image = QGuiApplication.clipboard().image()
    assert image.width() >= chart.width()


def test_an_empty_chart_is_drawn(qtbot, qapp):
    chart = BarChart("Nothing", 120, "")
    qtbot.addWidget(chart)
    chart.show_bars(np.zeros(0), [], (0.0, 1.0))
    chart.show()
    qtbot.waitUntil(chart.ready)
    assert chart.bar_at(QPointF(100, 50)) is None
    chart.grab()
