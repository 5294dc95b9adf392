"""Mouse, wheel and keys on the viewport, as a hand moves them."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication, QWidget

from dvox_core.geometry.cameras import look_at
from tests.helpers.view_bench import LEFT, MIDDLE, RIGHT, SHIFT, Hand, distance, middle, wheel
from viewer.viewport.navigation import input as input_module
from viewer.viewport.navigation import navigator
from viewer.viewport.navigation.depth_limits import FAR_HINT, NEAR_HINT, DepthLimits
from viewer.viewport.navigation.input import DRAG_THRESHOLD


def test_a_drag_does_not_jump_at_its_start(qtbot, bench):
    start = bench.state.camera
    hand = Hand(qtbot, bench.viewport)
    hand.press(middle(bench))
    hand.move(DRAG_THRESHOLD - 1, 0)
    assert bench.state.camera == start, "still a click"
    hand.move(30, 0)  # far past the threshold in one event
    assert bench.state.camera == start, "the drag begins where the threshold was passed"
    hand.move(1, 0)
    angle = start.angle_to(bench.state.camera)
    assert angle == pytest.approx(180 / bench.viewport.canvas.place.width, rel=0.1)
    hand.release()


def test_moves_that_come_at_once_are_followed_together(qtbot, bench, monkeypatch):
    seen = []
    bench.state.camera_changed.connect(seen.append)
    hand = Hand(qtbot, bench.viewport)

    def drag():
        hand.press(middle(bench))
        for _ in range(30):
            hand.move(4, 1)

    monkeypatch.setattr(input_module, "MOVE_MS", 1e6)  # none is followed of its own accord
    drag()
    assert len(seen) == 1
    hand.release()
    assert len(seen) == 2
    together = bench.state.camera
    bench.viewport.reset_view()
    monkeypatch.setattr(input_module, "MOVE_MS", 0)
    drag()
    assert len(seen) == 2 + 1 + 29
    hand.release()
    assert np.allclose(bench.state.camera.camera_to_world, together.camera_to_world, atol=0.02)
    monkeypatch.setattr(input_module, "MOVE_MS", 60)
    bench.viewport.reset_view()
    start, whole = bench.state.camera, 180 * 24 / bench.viewport.canvas.place.width
    hand.press(middle(bench))
    hand.move(9, 0)  # the drag begins
    hand.move(12, 0)
    hand.move(12, 0)  # too soon to be followed at once, most likely
    qtbot.waitUntil(lambda: start.angle_to(bench.state.camera) == pytest.approx(whole, rel=0.15))
    hand.release()


def test_four_pixels_separate_a_click_from_a_drag(qtbot, bench):
    start = bench.state.camera
    clicks = []
    bench.viewport.clicked.connect(lambda u, v: clicks.append((u, v)))
    hand = Hand(qtbot, bench.viewport)
    hand.press(middle(bench))
    hand.move(3, -3)
    hand.move(-1, 1)
    hand.release()
    assert len(clicks) == 1
    assert np.allclose(clicks[0], (63.5, 63.5), atol=1.0)
    assert bench.state.camera == start
    hand.press(middle(bench))
    hand.move(4, 0)
    hand.move(10, 0)
    hand.release()
    assert len(clicks) == 1, "a drag is no click"
    assert bench.state.camera != start


def test_a_left_drag_orbits_around_the_pivot(qtbot, bench):
    start, before = bench.state.camera, distance(bench)
    hand = Hand(qtbot, bench.viewport)
    hand.press(middle(bench))
    hand.move(5, 0)
    width = round(bench.viewport.canvas.place.width)
    for _ in range(width // 2):
        hand.move(1, 0)
    hand.release()
    assert distance(bench) == pytest.approx(before)
    # Half of the picture is a quarter turn about the up axis, and the hand pulls the front along.
    turn = np.cross(
        start.position - bench.state.pivot, bench.state.camera.position - bench.state.pivot
    )
    assert start.angle_to(bench.state.camera) == pytest.approx(
        2 * np.degrees(np.arcsin(np.sin(np.pi / 4) * np.linalg.norm(start.forward[:2]))), abs=25
    )
    assert turn[2] < 0


@pytest.mark.parametrize(
    ("button", "modifiers"),
    [
        (MIDDLE, Qt.KeyboardModifier.NoModifier),
        (RIGHT, Qt.KeyboardModifier.NoModifier),
        (LEFT, SHIFT),
    ],
)
def test_panning_keeps_what_lies_at_the_pivot_under_the_hand(qtbot, bench, button, modifiers):
    pivot = bench.state.pivot.copy()
    start = bench.state.camera
    hand = Hand(qtbot, bench.viewport, button, modifiers)
    hand.press(middle(bench))
    hand.move(6, 0)
    for _ in range(40):
        hand.move(1, 1)
    hand.release()
    assert np.allclose(bench.state.camera.rotation, start.rotation)
    shift = bench.state.camera.position - start.position
    assert np.allclose(bench.state.pivot - pivot, shift)
    seen = (
        bench.state.camera.world_to_camera[:3, :3] @ pivot
        + (bench.state.camera.world_to_camera[:3, 3])
    )
    place = bench.viewport.canvas.place
    focal = bench.state.scene.intrinsics.scaled_to(128).focal * place.width / 118
    assert np.allclose(seen[:2] / seen[2] * focal, (40, 40), atol=1e-6)


def test_the_wheel_dollies_by_equal_shares_and_back(qtbot, bench):
    start, before = bench.state.camera, distance(bench)
    wheel(bench, 120)
    assert distance(bench) == pytest.approx(0.9 * before)
    wheel(bench, 120)
    assert distance(bench) == pytest.approx(0.81 * before)
    wheel(bench, -240)
    assert np.allclose(bench.state.camera.camera_to_world, start.camera_to_world)
    wheel(bench, 30)  # a quarter of a notch, as fine wheels send
    assert distance(bench) == pytest.approx(0.9**0.25 * before)


def test_a_wheel_tilted_sideways_turns_and_does_not_zoom(qtbot, bench):
    start, before = bench.state.camera, distance(bench)
    wheel(bench, sideways=120)
    assert start.angle_to(bench.state.camera) == pytest.approx(5.0, abs=1e-3)
    wheel(bench, angle=10, sideways=-120)  # fingers never move quite straight
    assert start.angle_to(bench.state.camera) == pytest.approx(0.0, abs=1e-3)
    assert distance(bench) == pytest.approx(before)


def test_the_wheel_slows_and_a_hint_comes_before_a_plane_cuts_the_scene(qtbot, bench):
    hint = bench.viewport.findChild(QWidget, "hint")
    limits = DepthLimits(bench.state.scene)
    assert not hint.isVisible()
    for direction, expected in ((120, NEAR_HINT), (-120, FAR_HINT)):
        bench.viewport.reset_view()
        for _ in range(40):
            before = distance(bench)
            wheel(bench, direction)
            if hint.isVisible():
                break
        assert hint.text() == expected
        assert limits.hint(bench.state.camera) == expected
        factor = distance(bench) / before
        assert factor == pytest.approx(0.9 ** (0.25 * np.sign(direction)))
        bench.viewport.reset_view()
        assert not hint.isVisible()


def test_the_wheel_never_reaches_the_pivot(qtbot, bench):
    side = np.sign((bench.state.camera.position - bench.state.pivot)[1])
    for _ in range(300):
        wheel(bench, 120)
    assert distance(bench) > 0
    assert np.sign((bench.state.camera.position - bench.state.pivot)[1]) == side


def test_two_fingers_on_a_trackpad_dolly_smoothly(qtbot, bench, monkeypatch):
    monkeypatch.setattr(
        "viewer.viewport.navigation.input.QGuiApplication.platformName",
        staticmethod(lambda: "cocoa"),
    )
    before = distance(bench)
    for _ in range(40):
        wheel(bench, angle=8, pixels=1)
    assert distance(bench) == pytest.approx(0.9 * before)


def test_pinching_dollies(qtbot, bench):
    before = distance(bench)
    at = QPointF(middle(bench))
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        at,
        at,
        at,
        0.1,
        QPointF(),
    )
    QApplication.sendEvent(bench.viewport, event)
    assert distance(bench) == pytest.approx(0.9 * before)


def test_a_tap_on_an_arrow_key_turns_a_little(qtbot, bench):
    start = bench.state.camera
    qtbot.keyClick(bench.viewport, Qt.Key.Key_Up)
    assert start.angle_to(bench.state.camera) == pytest.approx(2.0, abs=1e-6)
    qtbot.keyClick(bench.viewport, Qt.Key.Key_Down)
    assert np.allclose(bench.state.camera.camera_to_world, start.camera_to_world)


def test_a_held_arrow_key_turns_on_until_it_is_let_go(qtbot, bench):
    start = bench.state.camera
    qtbot.keyPress(bench.viewport, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: start.angle_to(bench.state.camera) > 8)
    qtbot.keyRelease(bench.viewport, Qt.Key.Key_Left)
    turned = bench.state.camera
    qtbot.wait(80)
    assert bench.state.camera == turned


def test_keys_are_released_when_the_focus_is_lost(qtbot, bench):
    qtbot.keyPress(bench.viewport, Qt.Key.Key_Left)
    assert bench.viewport.input.held_keys == {Qt.Key.Key_Left}
    bench.field.setFocus()
    qtbot.waitUntil(lambda: not bench.viewport.hasFocus())
    assert not bench.viewport.input.held_keys
    turned = bench.state.camera
    qtbot.wait(300)
    assert bench.state.camera == turned


def test_a_drag_ends_when_the_focus_is_lost(qtbot, bench):
    hand = Hand(qtbot, bench.viewport)
    hand.press(middle(bench))
    hand.move(10, 0)
    assert bench.viewport.input.dragging
    bench.field.setFocus()
    assert not bench.viewport.input.dragging
    turned = bench.state.camera
    hand.move(50, 0)
    assert bench.state.camera == turned


@pytest.mark.parametrize("key", [Qt.Key.Key_R, Qt.Key.Key_Home])
def test_r_and_home_return_to_the_start_view(qtbot, bench, key):
    start, pivot = bench.state.camera, bench.state.pivot.copy()
    hand = Hand(qtbot, bench.viewport, MIDDLE)
    hand.press(middle(bench))
    hand.move(10, 0)
    hand.move(30, 20)
    hand.release()
    assert bench.state.camera != start
    qtbot.keyClick(bench.viewport, key)
    assert bench.state.camera == start
    assert np.allclose(bench.state.pivot, pivot)


def test_a_flight_takes_its_time_and_ends_at_the_start_view(qtbot, bench, themes, monkeypatch):
    times = itertools.count(0.0, 0.05)
    monkeypatch.setattr(navigator, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    themes.set_motion(True)
    start = bench.state.camera
    bench.state.set_camera(look_at((2, 3, 2), bench.state.pivot, (0, 0, 1)))
    cameras = []
    bench.state.camera_changed.connect(cameras.append)
    bench.viewport.reset_view()
    qtbot.waitUntil(lambda: not bench.viewport.navigator.flying)
    assert 0.1 < next(times) < 0.6
    assert len(cameras) >= 3
    assert bench.state.camera == start


def test_the_hand_ends_a_flight(qtbot, bench, themes):
    themes.set_motion(True)
    bench.state.set_camera(look_at((2, 3, 2), bench.state.pivot, (0, 0, 1)))
    bench.viewport.reset_view()
    assert bench.viewport.navigator.flying
    hand = Hand(qtbot, bench.viewport)
    hand.press(middle(bench))
    assert not bench.viewport.navigator.flying
    hand.release()


def test_a_double_click_takes_the_surface_under_it_as_pivot(qtbot, bench):
    start = bench.state.camera
    place = bench.viewport.canvas.place
    at = QPoint(round(place.x + 0.56 * place.width), round(place.y + 0.46 * place.height))
    qtbot.mouseDClick(bench.viewport, LEFT, pos=at)
    pivot = bench.state.pivot
    assert np.linalg.norm(pivot - bench.state.scene.pivot) == pytest.approx(0.6, abs=0.03)
    assert distance(bench) == pytest.approx(np.linalg.norm(pivot - start.position))
    assert np.allclose(bench.state.camera.rotation, start.rotation)
    seen = bench.state.camera.rotation.T @ (pivot - bench.state.camera.position)
    assert np.allclose(seen[:2], 0, atol=1e-9), "it is in the middle now"


def test_a_double_click_on_nothing_says_so_and_moves_nothing(qtbot, bench):
    start = bench.state.camera
    place = bench.viewport.canvas.place
    at = QPoint(round(place.x + 5), round(place.y + 5))
    qtbot.mouseDClick(bench.viewport, LEFT, pos=at)
    assert bench.state.camera == start
    assert "Nothing there" in bench.viewport.findChild(QWidget, "hint").text()


def test_nothing_moves_without_a_scene(qtbot, bench):
    bench.session.close_scene()
    hand = Hand(qtbot, bench.viewport)
    hand.press(middle(bench))
    hand.move(20, 0)
    hand.move(20, 0)
    hand.release()
    wheel(bench, 120)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_R, Qt.Key.Key_2, Qt.Key.Key_H):
        qtbot.keyClick(bench.viewport, key)
    qtbot.mouseDClick(bench.viewport, LEFT, pos=middle(bench))
    assert bench.state.camera is None


def test_clicks_beside_the_picture_pin_nothing(qtbot, bench):
    clicks = []
    bench.viewport.clicked.connect(lambda u, v: clicks.append((u, v)))
    qtbot.mouseClick(bench.viewport, LEFT, pos=QPoint(bench.viewport.width() - 5, 200))
    assert not clicks


def test_a_click_on_a_mode_leaves_the_keys_with_the_picture(qtbot, bench):
    qtbot.mouseClick(bench.viewport.findChild(QWidget, "mode_depth"), LEFT)
    assert bench.viewport.hasFocus()
