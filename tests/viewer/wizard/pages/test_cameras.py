"""The page of cameras and grid: the box, the cameras, the numbers."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
)

from viewer.wizard.capture_view.box_dragging import Handle
from viewer.wizard.plan import Page

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def cameras(wizard):
    """Its page of cameras and grid."""
    wizard.go_to(Page.CAMERAS)
    return wizard.page_widget(Page.CAMERAS)


def drag(qtbot, widget, start: QPointF, step: QPoint) -> None:
    begin = start.toPoint()
    qtbot.mousePress(widget, LEFT, pos=begin)
    for share in (0.3, 0.6, 1.0):
        qtbot.mouseMove(widget, begin + QPoint(round(step.x() * share), round(step.y() * share)))
        QApplication.processEvents()
    qtbot.mouseRelease(widget, LEFT, pos=begin + step)


def settled(qtbot, wizard) -> None:
    qtbot.waitUntil(lambda: wizard.state.is_current)


def test_a_camera_that_sees_nothing_is_named_and_left_out(wizard, cameras):
    assert wizard.state.preview.blind == (4,)
    assert "1 camera does not see the box: photo 004. It will be left out." in cameras.blind.text
    assert "sees nothing of the box" in cameras.chart.text_of(4)
    assert "11 of 12 cameras see the box" in cameras.view._caption


def test_a_face_dragged_with_the_mouse_resizes_the_box(qtbot, wizard, cameras):
    before = wizard.state.box
    start = cameras.view.handle_place(Handle(2, 1))
    drag(qtbot, cameras.view, start, QPoint(0, -60))
    after = wizard.state.box
    assert after.scale > before.scale
    assert cameras.side.value() == pytest.approx(after.scale, abs=0.01)
    bottom = before.center[2] - before.scale / 2
    assert after.center[2] - after.scale / 2 == pytest.approx(bottom)
    settled(qtbot, wizard)
    assert wizard.state.preview.placed.placement.scale == pytest.approx(after.scale)


def test_the_middle_dragged_with_the_mouse_moves_the_box(qtbot, wizard, cameras):
    before = wizard.state.box
    start = cameras.view.handle_place(Handle(-1, 0))
    drag(qtbot, cameras.view, start, QPoint(40, 0))
    after = wizard.state.box
    assert after.scale == before.scale
    assert after.center != before.center
    place = cameras.view.handle_place(Handle(-1, 0))
    assert place.x() == pytest.approx(start.x() + 40, abs=2)


def test_a_drag_elsewhere_turns_the_view_and_leaves_the_box(qtbot, wizard, cameras):
    before = cameras.view.camera_place(0)
    drag(qtbot, cameras.view, QPointF(12, 60), QPoint(80, 10))
    assert cameras.view.camera_place(0) != before
    assert wizard.state.plan.options.center is None


def test_a_click_on_a_camera_chooses_it_and_a_double_click_looks_through(qtbot, wizard, cameras):
    place = cameras.view.camera_place(7).toPoint()
    qtbot.mouseClick(cameras.view, LEFT, pos=place)
    assert cameras.view.chosen == 7
    assert "photo 007 sees" in cameras.camera_line.text()
    with qtbot.waitSignal(wizard.state.picture_loaded) as loaded:
        qtbot.mouseDClick(cameras.view, LEFT, pos=place)
    assert loaded.args[0].index == 7
    assert cameras.view.looks_through
    assert cameras.through_button.isChecked()
    qtbot.keyClick(cameras.view, Qt.Key.Key_Escape)
    assert not cameras.view.looks_through
    assert wizard.isVisible()


def test_bars_and_arrows_choose_cameras(qtbot, wizard, cameras):
    place = cameras.chart.bar(5).center().toPoint()
    qtbot.mouseClick(cameras.chart, LEFT, pos=place)
    assert cameras.view.chosen == 5
    qtbot.keyClick(cameras.chart, Qt.Key.Key_Right)
    assert cameras.view.chosen == 6
    cameras.through_button.click()
    qtbot.keyClick(cameras.view, Qt.Key.Key_Left)
    assert cameras.view.chosen == 5


def test_numbers_place_the_box_and_fit_again_undoes_them(qtbot, wizard, cameras):
    fitted = wizard.state.box
    wizard.activateWindow()
    cameras.center[0].setFocus()
    qtbot.waitUntil(cameras.center[0].hasFocus)  # leaving it ends the editing
    cameras.center[0].selectAll()
    qtbot.keyClicks(cameras.center[0], "0.5")
    qtbot.keyClick(cameras.center[0], Qt.Key.Key_Tab)
    assert wizard.state.plan.options.center == (0.5, *fitted.center[1:])
    settled(qtbot, wizard)
    assert cameras.fit_button.isEnabled()
    qtbot.mouseClick(cameras.fit_button, LEFT)
    settled(qtbot, wizard)
    assert wizard.state.box == fitted
    assert not cameras.fit_button.isEnabled()


def test_a_box_that_nobody_sees_stops_here(qtbot, wizard, cameras):
    wizard.state.set_plan(wizard.state.plan.with_options(center=(80.0, 0.0, 0.0), scale=0.5))
    assert not wizard.next_button.isEnabled()  # until it is known
    settled(qtbot, wizard)
    assert not wizard.next_button.isEnabled()
    assert "cameras see nothing of the voxel grid" in cameras.blind.text
    qtbot.mouseClick(wizard.back_button, LEFT)
    assert wizard.page is Page.SOURCE


def test_a_box_that_cameras_stand_in_is_warned_of(qtbot, wizard, cameras):
    wizard.state.set_plan(wizard.state.plan.with_options(scale=9.0, center=(0.0, 0.0, 0.0)))
    settled(qtbot, wizard)
    assert "stand inside the box" in cameras.inside.text


def test_up_turns_the_world(qtbot, wizard, cameras):
    cameras.up.setCurrentText("+y")
    cameras.up.activated.emit(cameras.up.currentIndex())
    settled(qtbot, wizard)
    assert wizard.state.plan.options.up == (0.0, 1.0, 0.0)
    assert wizard.state.preview.plan.up == pytest.approx((0, -1, 0), abs=0.05)  # z was up


def test_the_page_says_what_the_crop_cuts_away(cameras):
    assert "about 60 of 80 × 60 px" in cameras.crop_line.text
    assert "a smaller size loses nothing" in cameras.crop_line.text


def test_a_background_that_is_no_colour_is_not_taken(qtbot, wizard, cameras):
    for text, taken in (("no colour", "white"), ("#102030", "#102030")):
        cameras.background.setEditText(text)
        cameras.background.lineEdit().editingFinished.emit()
        assert wizard.state.plan.options.background == taken
        assert cameras.background.currentText() == taken


def test_the_wheel_passes_over_the_fields(qtbot, cameras):
    before = cameras.side.value()
    cameras.side.setFocus()
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(cameras.side, event)
    assert cameras.side.value() == before
