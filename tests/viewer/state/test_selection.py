"""Hovered pixels, pins, and the selected voxel."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from viewer.state.selection import PIN_LIMIT, Pixel, Selection, Voxel


@pytest.fixture
def selection(qapp):
    return Selection()


def place(window, u=0.5, v=0.5):
    """A point of the viewport, by its share of the picture."""
    shown = window.viewport.canvas.place
    return QPoint(int(shown.x + u * shown.width), int(shown.y + v * shown.height))


def click(window, u=0.5, v=0.5):
    QTest.mouseClick(
        window.viewport,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        place(window, u, v),
    )


def show_panel(window, name):
    dock = window.docks.panels[name].parentWidget()
    dock.show()
    dock.raise_()
    return window.docks.panels[name]


def test_pins_take_the_lowest_free_colour(selection):
    for u in range(3):
        selection.pin(Pixel(10 * u, 0))
    assert [pin.slot for pin in selection.pins] == [0, 1, 2]
    selection.unpin(1)
    selection.pin(Pixel(50, 0))
    assert [pin.slot for pin in selection.pins] == [0, 2, 1]


def test_a_pixel_is_pinned_once(selection):
    selection.pin(Pixel(10, 20))
    selection.pin(Pixel(10, 20))
    selection.pin(Pixel(10.4, 20.4))
    assert [pin.pixel for pin in selection.pins] == [Pixel(10, 20)]
    assert selection.undo_stack.count() == 1
    selection.pin(Pixel(10.6, 20))
    assert len(selection.pins) == 2


def test_where_all_colours_are_taken_the_oldest_pin_goes(selection):
    for u in range(PIN_LIMIT + 1):
        selection.pin(Pixel(10 * u, 0))
    assert len(selection.pins) == PIN_LIMIT
    assert selection.pins[-1].slot == 0
    assert Pixel(0, 0) not in [pin.pixel for pin in selection.pins]


def test_a_click_on_a_pin_takes_it_away(selection):
    selection.toggle_pin(Pixel(10, 10), radius=4)
    selection.toggle_pin(Pixel(20, 10), radius=4)
    selection.toggle_pin(Pixel(19, 12), radius=4)
    assert [pin.pixel for pin in selection.pins] == [Pixel(10, 10)]


def test_signals_are_sent_only_for_changes(selection, qtbot):
    with qtbot.waitSignal(selection.hovered_changed):
        selection.hover(Pixel(1, 2))
    with qtbot.assertNotEmitted(selection.hovered_changed):
        selection.hover(Pixel(1, 2))
    with qtbot.waitSignal(selection.voxel_changed):
        selection.select_voxel(Voxel(1, 2, 3))
    assert selection.clear()
    assert selection.voxel is None
    with qtbot.assertNotEmitted(selection.pins_changed):
        assert not selection.clear()


def test_clicks_and_moves_are_taken_only_while_a_panel_shows_them(open_window, qtbot):
    selection = open_window.selection
    assert not selection.watched
    click(open_window)
    QTest.mouseMove(open_window.viewport, place(open_window, 0.4, 0.4))
    qtbot.wait(60)
    assert selection.pins == ()
    assert selection.hovered is None
    assert not open_window.viewport.hasMouseTracking()
    show_panel(open_window, "ray")
    qtbot.waitUntil(lambda: selection.watched)
    click(open_window)
    assert len(selection.pins) == 1


def test_the_mouse_over_the_picture_is_told_in_pixels_of_the_picture(open_window, qtbot):
    show_panel(open_window, "ray")
    selection = open_window.selection

    def moved():  # again and again: the screen's own mouse may send leaves in between
        QTest.mouseMove(open_window.viewport, place(open_window, 0.25, 0.75))
        return selection.hovered is not None

    qtbot.waitUntil(moved)
    # 128 pixels with a border of 5: a quarter of the 118 shown.
    assert selection.hovered.u == pytest.approx(5 + 118 / 4, abs=1)
    assert selection.hovered.v == pytest.approx(5 + 118 * 3 / 4, abs=1)

    def left():
        QTest.mouseMove(open_window.viewport, QPoint(2, 2))
        return selection.hovered is None

    qtbot.waitUntil(left)


def test_a_double_click_sets_the_pivot_and_pins_nothing(open_window, qtbot):
    show_panel(open_window, "ray")
    qtbot.waitUntil(lambda: open_window.selection.watched)
    click(open_window, 0.3, 0.3)
    pins = open_window.selection.pins
    click(open_window, 0.5, 0.5)
    QTest.mouseDClick(
        open_window.viewport,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        place(open_window),
    )
    assert open_window.selection.pins == pins


def test_what_is_picked_is_undone_a_change_at_a_time(selection):
    selection.pin(Pixel(10, 10))
    selection.select_voxel(Voxel(1, 2, 3))
    selection.select_voxel(Voxel(1, 2, 4), continues=True)  # a drag
    selection.select_voxel(Voxel(5, 5, 5))
    selection.clear()
    undo = selection.undo_stack
    assert undo.undoText() == "Clear the pins"
    undo.undo()
    assert (len(selection.pins), selection.voxel) == (1, Voxel(5, 5, 5))
    undo.undo()
    assert selection.voxel == Voxel(1, 2, 4)
    undo.undo()
    assert selection.voxel is None
    undo.redo()
    assert selection.voxel == Voxel(1, 2, 4)
    selection.forget()
    assert selection.pins == ()
    assert not undo.canUndo()


def test_the_newest_of_pins_and_voxel_is_taken_back_first(selection):
    selection.pin(Pixel(10, 10))
    selection.select_voxel(Voxel(1, 2, 3))
    selection.pin(Pixel(20, 20))
    assert selection.take_back_newest()
    assert [pin.pixel for pin in selection.pins] == [Pixel(10, 10)]
    assert selection.take_back_newest()
    assert selection.voxel is None
    assert selection.take_back_newest()
    assert selection.pins == ()
    assert not selection.take_back_newest()


def test_esc_takes_one_pin_back_undo_brings_it_again_and_a_new_scene_has_none(
    open_window, qtbot, tmp_path
):
    show_panel(open_window, "ray")
    qtbot.waitUntil(lambda: open_window.selection.watched)
    click(open_window, 0.3, 0.3)
    click(open_window, 0.6, 0.6)
    open_window.notifications.clear()
    before = open_window.selection.pins
    QTest.keyClick(open_window, Qt.Key.Key_Escape)
    assert open_window.selection.pins == before[:1]
    open_window.menus.actions["undo"].trigger()
    assert open_window.selection.pins == before
    with qtbot.waitSignal(open_window.session.opened):
        open_window.files.open(tmp_path / "other.dvox")
    assert open_window.selection.pins == ()


def test_p_shows_the_ray_panel_and_pins_the_pixel_under_the_mouse_or_the_middle(open_window, qtbot):
    actions, selection = open_window.menus.actions, open_window.selection
    actions["pin_pixel"].trigger()
    assert [pin.pixel for pin in selection.pins] == [Pixel(64, 64)]
    qtbot.waitUntil(lambda: open_window.docks.panels["ray"].live)
    selection.hover(Pixel(30, 100))
    actions["pin_pixel"].trigger()
    assert selection.pins[1].pixel == Pixel(30, 100)
    actions["clear_pins"].trigger()
    assert selection.pins == ()


def test_pins_are_rings_over_the_picture(open_window, qtbot):
    show_panel(open_window, "ray")
    qtbot.waitUntil(lambda: open_window.selection.watched)
    click(open_window)
    middle = place(open_window)
    ratio = open_window.viewport.devicePixelRatioF()
    shown = open_window.viewport.grab().toImage()
    color = shown.pixelColor(int((middle.x() + 7) * ratio), int(middle.y() * ratio))
    wanted = QColor(open_window.themes.theme.pins[0])
    for channel in ("red", "green", "blue"):  # antialiased: nearly that colour
        assert getattr(color, channel)() == pytest.approx(getattr(wanted, channel)(), abs=16)
