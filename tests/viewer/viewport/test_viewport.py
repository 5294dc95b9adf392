"""The viewport: its picture, its overlays, and where both lie."""

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QMainWindow

from dvox_core.geometry.cameras import look_at
from dvox_core.rendering.frame import without_border
from tests.helpers.viewports import open_scene, overlay, pixel
from viewer.state.viewer_state import DisplayMode
from viewer.theme import DARK, LIGHT, ThemeChoice
from viewer.viewport.canvas.letterbox import letterbox
from viewer.viewport.canvas.painter_canvas import PainterCanvas


def test_keys_and_clicks_switch_the_display_mode(qtbot, viewport):
    open_scene(qtbot, viewport)
    legend = overlay(viewport, "legend")
    assert not legend.isVisible()
    qtbot.keyClick(viewport, Qt.Key.Key_2)
    assert viewport.state.display_mode is DisplayMode.DEPTH
    assert overlay(viewport, "mode_depth").isChecked()
    qtbot.waitUntil(legend.isVisible)
    assert legend.legend.colormap == "viridis"
    qtbot.mouseClick(overlay(viewport, "mode_entropy"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: legend.legend.colormap == "magma")
    qtbot.keyClick(viewport, Qt.Key.Key_1)
    assert not legend.isVisible()
    assert overlay(viewport, "mode_rgb").isChecked()


def test_a_model_without_depth_says_so_in_depth_and_entropy(qtbot, viewport):
    open_scene(qtbot, viewport, "collapse.pth")
    message = overlay(viewport, "message")
    assert not message.isVisible()
    for key in (Qt.Key.Key_2, Qt.Key.Key_3):
        qtbot.keyClick(viewport, key)
        assert message.isVisible()
        assert "no depth" in message.text()
        assert viewport.grab_picture().isNull()
    qtbot.keyClick(viewport, Qt.Key.Key_1)
    assert not message.isVisible()
    assert not viewport.grab_picture().isNull()


def test_a_frames_hint_is_shown_and_goes_away(qtbot, viewport):
    open_scene(qtbot, viewport)
    hint = overlay(viewport, "hint")
    assert not hint.isVisible()
    scene = viewport.state.scene
    away = look_at(scene.pivot + (4, 0, 0), scene.pivot + (8, 0, 0), (0, 0, 1))
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(away)
    assert "looks away" in hint.text()
    assert hint.isVisible()
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(scene.start_camera)
    assert not hint.isVisible()


def test_the_busy_sign_shows_while_a_frame_is_late(qtbot, viewport, factory):
    open_scene(qtbot, viewport)
    busy = overlay(viewport, "busySign")
    assert not busy.isVisible()
    factory.newest.gate.clear()
    viewport.state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    qtbot.waitUntil(busy.isVisible)
    factory.newest.gate.set()
    qtbot.waitUntil(lambda: not busy.isVisible())


def test_the_picture_can_be_taken_without_border_and_overlays(qtbot, viewport):
    open_scene(qtbot, viewport)
    viewport.set_hud_visible(True)
    image = viewport.grab_picture().convertToFormat(QImage.Format.Format_RGB888)
    taken = np.frombuffer(image.constBits(), np.uint8).reshape(118, image.bytesPerLine())
    taken = taken[:, : 3 * 118].reshape(118, 118, 3)
    assert np.array_equal(taken, without_border(viewport.state.frame.picture))


def test_without_a_scene_the_viewport_says_how_to_open_one(qtbot, viewport):
    message = overlay(viewport, "message")
    assert message.isVisible()
    assert "Open one by the menu File" in message.text()
    assert viewport.grab_picture().isNull()
    open_scene(qtbot, viewport)
    assert not message.isVisible()
    viewport.session.close_scene()
    assert message.isVisible()


def test_overlays_neither_touch_each_other_nor_leave_the_window(qtbot, make_viewport, factory):
    viewport = make_viewport(size=(1024, 700))
    viewport.set_hud_visible(True)
    open_scene(qtbot, viewport)
    qtbot.keyClick(viewport, Qt.Key.Key_2)
    qtbot.waitUntil(overlay(viewport, "legend").isVisible)
    factory.newest.gate.clear()
    viewport.state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    qtbot.waitUntil(overlay(viewport, "busySign").isVisible)
    names = ("modeSwitch", "busySign", "hud", "legend")
    for size in ((1024, 700), (560, 420), (1600, 1000)):
        viewport.resize(*size)
        qtbot.wait(20)
        places = [overlay(viewport, name).geometry() for name in names]
        for index, place in enumerate(places):
            assert viewport.rect().contains(place), names[index]
            for other in places[index + 1 :]:
                assert not place.intersects(other)
    factory.newest.gate.set()


def test_the_switch_of_modes_narrows_where_there_is_no_room_for_it(qtbot, make_viewport):
    viewport = make_viewport(size=(1024, 700))
    open_scene(qtbot, viewport)
    switch = overlay(viewport, "modeSwitch")
    wide = switch.width()
    viewport.resize(360, 420)
    qtbot.waitUntil(lambda: switch.width() < wide)
    assert viewport.rect().contains(switch.geometry())
    viewport.resize(1024, 700)
    qtbot.waitUntil(lambda: switch.width() == wide)


def test_the_picture_lies_where_the_letterbox_says(qtbot, make_viewport):
    viewport = make_viewport(PainterCanvas(), size=(644, 484))
    viewport.set_hud_visible(False)
    open_scene(qtbot, viewport)
    ratio = viewport.devicePixelRatioF()
    image = viewport.grab().toImage()
    place = letterbox(640, 480, ratio, 118, 118)
    left, top = place.x + round(2 * ratio), place.y + round(2 * ratio)
    background = pixel(image, left - 1, top + place.height / 2)
    assert background == QColor(DARK.viewport).getRgb()[:3]
    middle = top + place.height / 2
    assert pixel(image, left, middle) == (245, 245, 245)
    assert pixel(image, left + place.width - 1, middle) == (245, 245, 245)
    assert pixel(image, left + place.width, middle) == background
    column = left + place.width / 2
    assert pixel(image, column, top) == (245, 245, 245)
    assert pixel(image, column, top - 1) == background
    assert pixel(image, column, top + place.height - 1) == (245, 245, 245)
    assert pixel(image, column, top + place.height) == background


def test_the_surroundings_follow_the_theme(qtbot, viewport, themes):
    open_scene(qtbot, viewport)
    corner = viewport.width() - 5, viewport.height() // 2
    assert pixel(viewport.grab().toImage(), *corner) == QColor(DARK.viewport).getRgb()[:3]
    themes.set_choice(ThemeChoice.LIGHT)
    qtbot.wait(30)
    assert pixel(viewport.grab().toImage(), *corner) == QColor(LIGHT.viewport).getRgb()[:3]


def test_everything_a_person_can_reach_has_a_name_and_a_tip(viewport):
    assert viewport.accessibleName()
    assert viewport.focusPolicy() == Qt.FocusPolicy.StrongFocus
    for mode in DisplayMode:
        button = overlay(viewport, f"mode_{mode.value}")
        assert button.accessibleName()
        assert button.toolTip().endswith(")")
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_keyboard_focus_is_visible(qtbot, viewport):
    open_scene(qtbot, viewport)
    viewport.activateWindow()
    qtbot.waitUntil(viewport.isActiveWindow)
    viewport.clearFocus()
    viewport.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(viewport.hasFocus)
    qtbot.wait(20)
    assert pixel(viewport.grab().toImage(), 0, 100) == QColor(DARK.accent).getRgb()[:3]


def test_the_viewport_survives_moving_to_another_window(qtbot, viewport):
    open_scene(qtbot, viewport)
    window = QMainWindow()
    window.setCentralWidget(viewport)
    window.show()
    qtbot.waitExposed(window)
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    viewport.setParent(None)
    viewport.show()
    qtbot.waitExposed(viewport)
    with qtbot.waitSignal(viewport.picture_shown):
        viewport.state.set_camera(look_at((2, -4, 1), (0, 0, 0), (0, 0, 1)))
    window.close()
    window.deleteLater()


def test_deleting_the_viewport_leaves_nothing_behind(qtbot, make_viewport):
    viewport = make_viewport()
    open_scene(qtbot, viewport)
    session, state = viewport.session, viewport.state
    viewport.close()
    viewport.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    state.set_camera(look_at((1, -4, 1), (0, 0, 0), (0, 0, 1)))
    qtbot.wait(50)
    session.stop()
