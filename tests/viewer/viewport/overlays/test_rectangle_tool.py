"""Marking a rectangle of the picture: by the mouse, by keys, and giving it up."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from dvox_core.geometry.cameras import look_at
from dvox_core.inspection.rectangle import PictureRectangle
from tests.helpers.fakes import fake_scene
from viewer.viewport.overlays.rectangle_tool import RectangleTool

REQUEST = "Mark what to take away"


@pytest.fixture
def marquee(open_window):
    return open_window.viewport.findChild(RectangleTool)


@pytest.fixture
def taken(open_window, marquee):
    """Asks for a rectangle; what was marked."""
    rectangles = []
    open_window.marking.ask(REQUEST, rectangles.append)
    return rectangles


def place_of(marquee, u, v):
    """Where a pixel is shown in the overlay."""
    return QPoint(*(round(value) for value in marquee.area.point_of(u, v)))


def drag(marquee, start, end):
    QTest.mousePress(marquee, Qt.MouseButton.LeftButton, pos=place_of(marquee, *start))
    QTest.mouseMove(marquee, place_of(marquee, *end))
    QTest.mouseRelease(marquee, Qt.MouseButton.LeftButton, pos=place_of(marquee, *end))


def test_a_drag_marks_the_pixels_it_spans_and_turns_nothing(open_window, marquee, taken):
    camera = open_window.state.camera
    assert marquee.isVisible()
    drag(marquee, (80, 90), (30, 50))
    assert len(taken) == 1
    rectangle = taken[0]
    for value, expected in (
        (rectangle.left, 30),
        (rectangle.top, 50),
        (rectangle.right, 80),
        (rectangle.bottom, 90),
    ):
        assert abs(value - expected) <= 1
    assert open_window.state.camera == camera
    assert open_window.marking.wanted == ""
    assert marquee.shown == rectangle
    assert marquee.isVisible()


def test_what_is_dragged_beyond_the_picture_ends_at_its_trained_part(marquee, taken):
    drag(marquee, (-40, 64), (300, 400))
    side = marquee.area.side
    assert (taken[0].left, taken[0].right, taken[0].bottom) == (5, side - 5, side - 5)


def test_a_click_marks_nothing_and_waits_on(open_window, marquee, taken):
    QTest.mouseClick(marquee, Qt.MouseButton.LeftButton, pos=place_of(marquee, 64, 64))
    assert taken == []
    assert open_window.marking.wanted == REQUEST


def test_escape_and_the_right_button_give_it_up(open_window, marquee, taken):
    QTest.keyClick(marquee, Qt.Key.Key_Escape)
    assert open_window.marking.wanted == ""
    assert not marquee.isVisible()
    open_window.marking.ask(REQUEST, taken.append)
    QTest.mouseClick(marquee, Qt.MouseButton.RightButton, pos=place_of(marquee, 64, 64))
    assert open_window.marking.wanted == ""
    assert taken == []


def test_keys_alone_mark_a_rectangle(marquee, taken):
    QTest.keyClick(marquee, Qt.Key.Key_Right)
    QTest.keyClick(marquee, Qt.Key.Key_Up)
    QTest.keyClick(marquee, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(marquee, Qt.Key.Key_Return)
    assert taken == [PictureRectangle(52, 44, 84, 80)]  # of 128 pixels, from its middle quarter


def test_another_view_forgets_what_was_marked(open_window, marquee, taken):
    drag(marquee, (30, 30), (60, 60))
    open_window.state.set_camera(look_at((4, 1, 1), (0, 0, 0), (0, 0, 1)))
    assert open_window.marking.rectangle is None
    assert not marquee.isVisible()


def test_another_scene_ends_the_marking(open_window, marquee, taken):
    open_window.state.set_scene(fake_scene("other"))
    assert open_window.marking.wanted == ""
    assert taken == []


def test_afterwards_the_mouse_turns_the_scene_again(open_window, marquee, taken, qtbot):
    drag(marquee, (30, 30), (60, 60))
    assert marquee.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert open_window.viewport.childAt(place_of(marquee, 64, 64)) is not marquee
