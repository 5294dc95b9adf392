"""Docks: their titles and tabs, floating, closing, and what is remembered of them."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QMainWindow, QMenu, QTabBar

from viewer.panels.panel import Panel
from viewer.panels.registry import PANELS, PanelEntry
from viewer.panels.scene.panel import ScenePanel
from viewer.window.dock_places import reachable_place
from viewer.window.docks import Docks


@pytest.fixture
def plain_window(qtbot):
    """A window that has nothing yet."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    window.show()
    return window


def test_a_dock_has_a_title_alone_and_a_tab_in_company(plain_window, open_window, qtbot):
    window = plain_window
    other = PanelEntry("other", "Other", "Another panel", Panel)
    made = Docks(window, (PANELS[0], other), open_window.docks.panel(ScenePanel).context)
    made.show_again()
    docks = [made.panels[name].parentWidget() for name in ("scene", "other")]
    title = docks[0].titleBarWidget()
    qtbot.waitUntil(lambda: title.height() == 0)
    (bar,) = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
    assert [bar.tabText(i) for i in range(bar.count())] == ["Scene", "Other"]
    docks[1].close()
    qtbot.waitUntil(lambda: title.height() > 20)
    docks[1].show()
    qtbot.waitUntil(lambda: title.height() == 0)
    bar.tabBarDoubleClicked.emit(0)
    qtbot.waitUntil(lambda: docks[0].isFloating() and title.height() > 20)
    made.stop()


@pytest.mark.parametrize("size", [(1024, 700), (1440, 900)])
def test_the_tabs_of_all_panels_stand_side_by_side(open_window, qtbot, size):
    open_window.resize(*size)
    open_window.docks.set_run_open(True)
    titles = [entry.title for entry in PANELS if not (entry.at_bottom or entry.below_others)]

    def bar():
        return next(bar for bar in open_window.findChildren(QTabBar) if bar.isVisible())

    qtbot.waitUntil(lambda: bar().count() == len(titles))
    assert sorted(bar().tabText(number) for number in range(bar().count())) == sorted(titles)
    taken = sum(bar().tabRect(number).width() for number in range(bar().count()))
    assert taken <= bar().width()


def test_panels_float_close_and_come_back_and_are_remembered(open_window, qtbot, make_window):
    docks = open_window.docks
    ray, weights = (docks.panels[name].parentWidget() for name in ("ray", "weights"))
    assert not docks.panels["ray"].live
    ray.setFloating(True)  # from behind another tab
    qtbot.waitUntil(lambda: docks.panels["ray"].live)  # floating, it is in view all the time
    weights.close()
    assert not docks.panels["weights"].live
    open_window.close()
    other = make_window()
    with qtbot.waitSignal(other.viewport.picture_shown):
        other.files.open(open_window.state.scene.path)
    ray, weights = (other.docks.panels[name].parentWidget() for name in ("ray", "weights"))
    assert ray.isFloating()
    assert ray.isVisible()
    qtbot.waitUntil(lambda: other.docks.panels["ray"].live)
    assert weights.isHidden()
    other.docks.reset()
    assert not ray.isFloating()
    assert not weights.isHidden()


def test_a_panel_can_float_and_come_back(open_window, qtbot):
    panel = open_window.docks.panels["scene"]
    dock = panel.parentWidget()
    dock.setFloating(True)
    qtbot.waitUntil(lambda: dock.isWindow() and dock.isVisible())
    open_window.docks.reset()
    qtbot.waitUntil(lambda: not dock.isFloating())


def test_a_panel_that_floats_where_no_screen_is_comes_back():
    screens = [QRect(0, 0, 1920, 1080), QRect(1920, 0, 1280, 1024)]
    home = QRect(100, 100, 1000, 800)
    reachable = QRect(1900, 200, 372, 480)  # its title lies across both screens
    assert reachable_place(reachable, screens, home) == reachable
    for lost in (
        QRect(-2000, 300, 372, 480),
        QRect(300, -600, 372, 700),  # only its lower part is seen
        QRect(4000, 100, 372, 480),
        QRect(-350, 100, 372, 480),
        QRect(-9000, 0, 5000, 4000),
    ):
        placed = reachable_place(lost, screens, home)
        assert screens[0].contains(placed)
        assert placed.intersects(home)


def test_the_menu_of_a_tab_floats_it_onto_the_screen_and_resets_the_layout(open_window, qtbot):
    bar = next(bar for bar in open_window.findChildren(QTabBar) if bar.isVisible())
    titles = [bar.tabText(number) for number in range(bar.count())]
    place = bar.tabRect(titles.index("Weights")).center()
    qtbot.waitUntil(lambda: bar.contextMenuPolicy() is Qt.ContextMenuPolicy.CustomContextMenu)
    bar.customContextMenuRequested.emit(place)
    actions = {action.text(): action for action in bar.findChild(QMenu).actions()}
    dock = open_window.docks.panels["weights"].parentWidget()
    actions["&Float Weights"].trigger()
    assert dock.isFloating()
    dock.move(-3000, -3000)
    dock.topLevelChanged.emit(True)
    screen = open_window.screen().availableGeometry()
    qtbot.waitUntil(lambda: screen.contains(dock.geometry().topLeft()))
    actions["&Reset the layout"].trigger()
    assert not dock.isFloating()


def test_a_panel_that_nobody_connects_to_is_made_when_it_is_first_in_view(
    make_window, qtbot, tmp_path
):
    window = make_window()
    docks = window.docks
    later = {"ray", "weights", "pipeline"}
    assert not later & set(docks.panels)
    file = tmp_path / "lazy.pth"
    file.write_bytes(b"scene")
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(file)
    qtbot.wait(50)  # layouts settle
    assert not later & set(docks.panels)  # their tabs lie behind the first
    docks.show_panel("weights")
    assert docks.panels["weights"].live
    bar = next(bar for bar in window.findChildren(QTabBar) if bar.isVisible())
    titles = [bar.tabText(number) for number in range(bar.count())]
    bar.setCurrentIndex(titles.index("Ray"))
    qtbot.waitUntil(lambda: "ray" in docks.panels and docks.panels["ray"].live)
    action = next(one for one in docks.toggle_actions if one.text() == "Pipeline")
    action.trigger()
    qtbot.waitUntil(lambda: "pipeline" in docks.panels)
    panel = docks.panels["pipeline"]
    qtbot.waitUntil(lambda: panel.live and panel.height() > 200)
