"""What the compare panel puts over the picture: splitter, difference, cameras."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from dvox_core.geometry.cameras import look_at
from tests.helpers.scene_captures import GREY
from viewer.state.viewer_state import DisplayMode
from viewer.workers.comparison.comparison import ComparisonDisplay, ComparisonTarget


def test_the_splitter_shows_the_other_side_at_its_right_and_can_be_dragged(
    open_window, panel, capture, qtbot
):
    comparing, viewport = open_window.comparison_controller, open_window.viewport
    panel.against.choose(ComparisonTarget.PHOTO)
    panel.over.choose(ComparisonDisplay.SPLIT)
    qtbot.waitUntil(comparing.splitter.isVisible)
    place = viewport.canvas.place

    def color(share):  # between the labels above and the figures below
        at = QPoint(int(place.x + share * place.width), int(place.y + 0.2 * place.height))
        ratio = viewport.devicePixelRatioF()
        return viewport.grab().toImage().pixelColor(at * ratio).red()

    assert color(0.75) == GREY
    assert color(0.25) > 200  # the fake scene's background
    start = comparing.splitter.rect().center()
    QTest.mousePress(comparing.splitter, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(comparing.splitter, start - QPoint(int(0.4 * place.width), 0))
    QTest.mouseRelease(comparing.splitter, Qt.MouseButton.LeftButton)
    assert open_window.comparison.split == pytest.approx(0.1, abs=0.02)
    assert color(0.25) == GREY
    assert open_window.state.camera == open_window.state.scene.start_camera  # nothing was turned
    QTest.keyClick(comparing.splitter, Qt.Key.Key_Right)
    assert open_window.comparison.split == pytest.approx(0.12, abs=0.02)
    qtbot.mouseDClick(comparing.splitter, Qt.MouseButton.LeftButton)
    assert open_window.comparison.split == 0.5
    # It stays while another tab is open, and goes with colours that a photo has not.
    open_window.docks.show_panel("scene")
    qtbot.waitUntil(lambda: not panel.live)
    assert comparing.splitter.isVisible()
    open_window.state.set_display_mode(DisplayMode.DEPTH)
    assert not comparing.overlay.isVisible()


def test_the_difference_lies_over_the_picture_only_from_the_same_place(
    open_window, panel, capture, qtbot
):
    comparing = open_window.comparison_controller
    panel.against.choose(ComparisonTarget.PHOTO)
    panel.over.choose(ComparisonDisplay.DIFFERENCE)
    qtbot.waitUntil(comparing.overlay.isVisible)
    assert (comparing.overlay.legend.low, comparing.overlay.legend.high) == (-0.5, 0.5)
    signed = comparing.overlay.image.copy()
    panel.over.choose(ComparisonDisplay.ERROR)
    assert comparing.overlay.legend.low == 0
    assert comparing.overlay.image != signed
    open_window.state.set_camera(look_at((3.9, 0.4, 2.5), (0.1, -0.2, 0.3), (0, 0, 1)))
    qtbot.waitUntil(lambda: not comparing.overlay.isVisible())


def test_a_held_key_puts_the_other_side_over_the_picture(open_window, capture, qtbot):
    comparing, viewport = open_window.comparison_controller, open_window.viewport
    viewport.setFocus()
    QTest.keyPress(viewport, Qt.Key.Key_B)
    assert open_window.comparison.against is ComparisonTarget.PHOTO
    qtbot.waitUntil(comparing.overlay.isVisible)
    middle = comparing.overlay.image.pixelColor(50, 50)
    assert {middle.red(), middle.green(), middle.blue()} == {GREY}
    assert not comparing.splitter.isVisible()
    QTest.keyRelease(viewport, Qt.Key.Key_B)
    assert not comparing.overlay.isVisible()


def test_a_splitter_between_different_places_says_so(open_window, panel, capture, qtbot):
    overlay = open_window.comparison_controller.overlay
    panel.against.choose(ComparisonTarget.PHOTO)
    panel.over.choose(ComparisonDisplay.SPLIT)
    qtbot.waitUntil(overlay.isVisible)
    assert overlay.other_side == "View 000000"
    open_window.state.set_camera(look_at((3.9, 0.4, 2.5), (0.1, -0.2, 0.3), (0, 0, 1)))
    qtbot.waitUntil(lambda: "seen from another place (" in overlay.other_side)


def test_s_splits_and_shows_what_is_missing(open_window, qtbot):
    action = open_window.menus.actions["split"]
    open_window.state.set_display_mode(DisplayMode.DEPTH)
    action.trigger()
    assert open_window.state.display_mode is DisplayMode.RGB
    panel = open_window.docks.panels["compare"]
    qtbot.waitUntil(panel.no_capture.isVisible)
    assert open_window.comparison_controller.split
    action.trigger()
    assert not open_window.comparison_controller.split


def test_the_cameras_lie_over_the_picture_where_they_are(open_window, panel, qtbot):
    overlay, state = open_window.comparison_controller.cameras, open_window.state
    assert not overlay.isVisible()
    qtbot.mouseClick(panel.cameras, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert overlay.isVisible()
    assert open_window.comparison_controller.cameras_shown
    # From far above all of them are seen: at each one's centre something is painted.
    state.set_camera(look_at((0.1, -0.3, 16), (0.1, -0.2, 0.3), (0, 0, 1)))
    qtbot.waitUntil(lambda: overlay.projection.camera == state.camera)
    positions = np.array([view.camera.position for view in state.scene.cameras])
    points, _ = overlay.projection.points(positions)
    assert np.isfinite(points).all()
    painted = overlay.grab().toImage()
    ratio = overlay.devicePixelRatioF()
    for x, y in points:
        near = [
            painted.pixelColor(int(ratio * (x + dx)), int(ratio * (y + dy))).name()
            for dx in range(-2, 3)
            for dy in range(-2, 3)
        ]
        assert len(set(near)) > 1
    open_window.menus.actions["cameras"].trigger()
    assert not panel.cameras.isChecked()
