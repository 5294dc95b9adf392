"""Tab goes through what is in view, top to bottom."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton, QWidget

from viewer.widgets.dialog import Dialog
from viewer.widgets.focus_order import next_stop, tab_stops


def test_stops_are_gone_through_by_rows_and_what_cannot_take_keys_is_none(qtbot):
    area = QWidget()
    qtbot.addWidget(area)
    widgets = {
        "below": QPushButton(area),
        "right": QLineEdit(area),  # made before what stands at its left
        "left": QCheckBox(area),
        "label": QLabel("text", area),
        "hidden": QPushButton(area),
        "off": QPushButton(area),
    }
    for name, (x, y) in {"below": (0, 90), "right": (80, 2), "left": (0, 6)}.items():
        widgets[name].setGeometry(x, y, 60, 24)
    widgets["off"].setEnabled(False)
    area.show()
    widgets["hidden"].hide()
    assert tab_stops(area) == [widgets["left"], widgets["right"], widgets["below"]]


def test_the_next_stop_goes_from_area_to_area_and_around_the_end(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    areas = [QWidget(window) for _ in range(3)]  # the second has no stop
    first, second, last = QPushButton(areas[0]), QPushButton(areas[0]), QPushButton(areas[2])
    for number, button in enumerate((first, second)):
        button.setGeometry(0, 40 * number, 60, 24)
    last.setGeometry(0, 0, 60, 24)
    window.show()
    assert next_stop(areas, None, forward=True) is first
    assert next_stop(areas, first, forward=True) is second
    assert next_stop(areas, second, forward=True) is last
    assert next_stop(areas, last, forward=True) is first
    assert next_stop(areas, first, forward=False) is last
    assert next_stop(areas, areas[0], forward=True) is last  # its own stops are behind it
    assert next_stop([areas[1]], None, forward=True) is None


def test_dialogs_are_gone_through_top_to_bottom_and_let_the_keys_go(open_window, qtbot):
    open_window.path_tools.editor.add_key(open_window.state.camera)  # of which a video is made
    for action in ("preferences", "save_picture", "export", "record", "find_command"):
        open_window.menus.trigger(action)
        dialog = next(d for d in open_window.findChildren(Dialog) if d.isVisible())
        if action == "record":
            said = (dialog.summary, dialog.problem)
            qtbot.waitUntil(lambda said=said: any(label.text().strip() for label in said))
        stops = tab_stops(dialog)
        assert len(stops) > 3
        stops[0].setFocus()
        for stop in (*stops[1:], stops[0]):
            qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
            assert dialog.focusWidget() is stop, (action, stop)
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Backtab)
        assert dialog.focusWidget() is stops[-1]
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not open_window.findChildren(Dialog))


def test_esc_in_the_field_of_keys_changes_none_and_goes_back_to_the_search(window, qtbot):
    dialog = window.help.find_command()
    dialog.search.setText("preferences")
    dialog.keys_edit.setFocus()
    qtbot.keyClick(dialog.keys_edit, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.focusWidget() is dialog.search
    assert window.keys.keys_of("preferences") == ("Ctrl+,",)
    dialog.reject()


def test_tab_and_space_reach_nothing_behind_another_tab(open_window, qtbot):
    docks = open_window.docks
    docks.show_panel("voxels")
    open_window.activateWindow()
    qtbot.waitUntil(open_window.isActiveWindow)
    docks.panels["voxels"].grid.follows.setFocus()
    docks.show_panel("scene")
    qtbot.waitUntil(lambda: open_window.focusWidget() is open_window.viewport)
    seen = []
    for _ in range(200):
        qtbot.keyClick(open_window.focusWidget(), Qt.Key.Key_Tab)
        if open_window.focusWidget() in seen:
            break
        seen.append(open_window.focusWidget())
    scene = docks.panels["scene"]
    assert any(scene.isAncestorOf(widget) for widget in seen)
    for name, panel in docks.panels.items():
        assert name == "scene" or not any(panel.isAncestorOf(widget) for widget in seen)
