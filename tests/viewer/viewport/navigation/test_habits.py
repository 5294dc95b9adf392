"""Navigation by the habits of other programs: buttons, keys, axes, the wheel's aim."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from tests.helpers.view_bench import LEFT, MIDDLE, RIGHT, SHIFT, Hand, distance, middle, wheel
from viewer.state.navigation_options import MouseScheme, NavigationOptions
from viewer.viewport.navigation.mouse_schemes import Drag, drag_of
from viewer.viewport.overlays.axis_gizmo import axis_places
from viewer.viewport.overlays.orbit_sphere import RADIUS, SIDE


def test_a_right_click_asks_for_the_menu_and_a_right_drag_does_not(qtbot, bench):
    asked = []
    bench.viewport.menu_requested.connect(asked.append)
    qtbot.mouseClick(bench.viewport, RIGHT, pos=middle(bench))
    assert asked == [bench.viewport.mapToGlobal(middle(bench))]
    hand = Hand(qtbot, bench.viewport, RIGHT)
    hand.press(middle(bench))
    hand.move(10, 0)
    hand.move(20, 0)
    hand.release()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("scheme", "button", "modifiers", "expected"),
    [
        (MouseScheme.DVOX, LEFT, Qt.KeyboardModifier.NoModifier, Drag.ORBIT),
        (MouseScheme.DVOX, LEFT, SHIFT, Drag.PAN),
        (MouseScheme.BLENDER, MIDDLE, Qt.KeyboardModifier.NoModifier, Drag.ORBIT),
        (MouseScheme.BLENDER, MIDDLE, SHIFT, Drag.PAN),
        (MouseScheme.BLENDER, MIDDLE, Qt.KeyboardModifier.ControlModifier, Drag.DOLLY),
        (MouseScheme.NERFSTUDIO, MIDDLE, Qt.KeyboardModifier.NoModifier, Drag.DOLLY),
        (MouseScheme.NERFSTUDIO, RIGHT, Qt.KeyboardModifier.NoModifier, Drag.PAN),
        (MouseScheme.DVOX, Qt.MouseButton.BackButton, Qt.KeyboardModifier.NoModifier, None),
    ],
)
def test_schemes_say_what_a_drag_does(scheme, button, modifiers, expected):
    assert drag_of(scheme, button, modifiers) is expected


def test_speed_and_inversion_are_taken_and_survive_as_text(qtbot, bench):
    options = NavigationOptions(MouseScheme.BLENDER, 2.0, True, True, True)
    assert NavigationOptions.from_text(options.to_text()) == options
    for text in ("", "[]", '{"scheme": "maya"}'):
        assert NavigationOptions.from_text(text) == NavigationOptions()
    navigator, before = bench.viewport.navigator, distance(bench)
    navigator.options = NavigationOptions(speed=2.0, inverts_wheel=True)
    wheel(bench, -60)
    assert distance(bench) == pytest.approx(0.9 * before)


def test_the_wheel_goes_to_the_point_under_the_mouse_where_that_is_chosen(qtbot, bench):
    place = bench.viewport.canvas.place
    at = QPoint(round(place.x + 0.56 * place.width), round(place.y + 0.46 * place.height))
    start, rotation = bench.state.pivot.copy(), bench.state.camera.rotation
    wheel(bench, 120, at=at)
    assert np.allclose(bench.state.pivot, start)
    bench.viewport.reset_view()
    bench.viewport.navigator.options = NavigationOptions(wheel_to_cursor=True)
    wheel(bench, 120, at=at)
    assert not np.allclose(bench.state.pivot, start)
    assert np.allclose(bench.state.camera.rotation, rotation)


def test_held_letters_fly_and_the_keypad_looks_along_the_axes(qtbot, bench):
    start = bench.state.camera
    qtbot.keyPress(bench.viewport, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: bench.state.camera != start)
    qtbot.keyRelease(bench.viewport, Qt.Key.Key_W)
    way = bench.state.camera.position - start.position
    assert np.allclose(way / np.linalg.norm(way), start.forward)
    assert np.allclose(bench.state.camera.rotation, start.rotation)
    keypad, ctrl = Qt.KeyboardModifier.KeypadModifier, Qt.KeyboardModifier.ControlModifier
    for key, modifiers, forward in (
        (Qt.Key.Key_1, keypad, (0, 1, 0)),
        (Qt.Key.Key_3, keypad, (-1, 0, 0)),
        (Qt.Key.Key_7, keypad, (0, 0, -1)),
        (Qt.Key.Key_1, keypad | ctrl, (0, -1, 0)),
        (Qt.Key.Key_5, keypad, (0, -1, 0)),
    ):
        qtbot.keyClick(bench.viewport, key, modifiers)
        np.testing.assert_allclose(bench.state.camera.forward, forward, atol=1e-9)


def test_the_pivot_is_marked_while_the_camera_is_steered(qtbot, open_window):
    mark = open_window.viewport.findChild(QWidget, "pivotMark")
    assert not mark.isVisible()
    open_window.viewport.navigator.turn(0.2, 0.0)
    assert mark.isVisible()
    place = open_window.viewport.canvas.place
    assert mark.place.x() == pytest.approx(place.x + place.width / 2, abs=3)
    qtbot.waitUntil(lambda: not mark.isVisible())


def test_a_click_on_an_axis_of_the_sphere_looks_along_it(qtbot, open_window):
    open_window.themes.set_motion(False)
    sphere, state = open_window.paths.display.sphere, open_window.state
    places, faces = axis_places(state.camera, SIDE / 2, RADIUS)
    number = next(n for n in (0, 1, 2) if faces[n])
    qtbot.mouseClick(sphere, LEFT, pos=QPoint(*np.rint(places[number]).astype(int).tolist()))
    np.testing.assert_allclose(state.camera.forward, -np.eye(3)[number], atol=1e-9)
