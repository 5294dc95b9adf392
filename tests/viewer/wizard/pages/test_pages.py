"""The wizard's pages under the hand: box, cameras, presets, options, schedule."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)

from dvox_core.geometry.cameras import look_at
from dvox_core.training.estimates.trial_steps import Measurement
from dvox_core.training.presets import PRESETS
from tests.core.data.capture_makers import DOTS, make_colmap, ring_of_cameras
from viewer.theme import ThemeChoice
from viewer.wizard import cost_measurements
from viewer.wizard.capture_view.box_dragging import Handle
from viewer.wizard.dialog import TrainingWizard
from viewer.wizard.plan import Page

PATIENCE = 60_000  # ms; on a busy machine
LEFT = Qt.MouseButton.LeftButton
MEASURED = Measurement(5_000_000, 2 << 30, 16 << 30, 0.06, "cpu", is_measured=True)


@pytest.fixture
def wizard(qtbot, themes, tmp_path, monkeypatch):
    """A wizard with a COLMAP model: 12 cameras, one of which looks away, and points."""
    cameras = ring_of_cameras(12)
    cameras[4] = look_at((4.0, 0.0, 0.0), (9.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    cloud = np.random.default_rng(1).normal(size=(400, 3)) * 0.2 + DOTS.mean(axis=0)
    make_colmap(tmp_path / "dots", cameras, points=cloud)
    monkeypatch.setattr(cost_measurements, "measure_trainings", lambda *arguments: None)
    made = TrainingWizard(None, themes, tmp_path / "home")
    made.resize(1100, 760)
    made.show()
    qtbot.waitExposed(made)
    made.use(tmp_path / "dots")
    qtbot.waitUntil(lambda: made.state.is_current, timeout=PATIENCE)
    yield made
    made.stop()
    made.close()
    made.deleteLater()


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
    qtbot.waitUntil(lambda: wizard.state.is_current, timeout=PATIENCE)


# Cameras and grid


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
    with qtbot.waitSignal(wizard.state.picture_loaded, timeout=PATIENCE) as loaded:
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


def test_a_large_box_around_cameras_is_told(qtbot, wizard, cameras):
    wizard.state.set_plan(wizard.state.plan.with_options(scale=9.0, center=(0.0, 0.0, 0.0)))
    settled(qtbot, wizard)
    assert "stand inside the box" in cameras.inside.text


def test_up_turns_the_world(qtbot, wizard, cameras):
    cameras.up.setCurrentText("+y")
    cameras.up.activated.emit(cameras.up.currentIndex())
    settled(qtbot, wizard)
    assert wizard.state.plan.options.up == (0.0, 1.0, 0.0)
    assert wizard.state.preview.plan.up == pytest.approx((0, -1, 0), abs=0.05)  # z was up


def test_what_the_crop_cuts_away_is_said(cameras):
    assert "about 60 of 80 × 60 px" in cameras.crop_line.text()
    assert "a smaller size loses nothing" in cameras.crop_line.text()


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


# Quality


@pytest.fixture
def quality(wizard):
    """Its page of presets, with costs as if they were measured."""
    for index, preset in enumerate(PRESETS.values()):
        key = (preset.model, preset.training, "auto")
        wizard.state.costs.add(key, replace(MEASURED, step_seconds=0.06 * 4**index))
    paper = PRESETS["paper"]
    too_large = replace(MEASURED, problem="needs about 7.2 GiB of memory, and 2.0 GiB are free")
    wizard.state.costs.add((paper.model, paper.training, "auto"), too_large)
    wizard.go_to(Page.QUALITY)
    return wizard.page_widget(Page.QUALITY)


def test_cards_say_what_a_preset_takes_and_the_wrong_ones_are_greyed(qtbot, wizard, quality):
    tiny, paper = quality.cards["tiny"], quality.cards["paper"]
    assert "5.0 M parameters" in tiny.lines
    assert tiny.time == "about 10 min"
    assert not paper.isEnabled()
    assert paper.reason == "needs about 7.2 GiB of memory, and 2.0 GiB are free"
    qtbot.mouseClick(tiny, LEFT)
    assert wizard.state.plan.preset == "tiny"
    assert tiny.isChecked()
    qtbot.keyClick(quality.cards["medium"], Qt.Key.Key_Return)
    assert wizard.state.plan.preset == "medium"
    assert "choose a larger picture size" in quality.picture_note.text


def test_a_training_that_does_not_fit_stops_here(qtbot, wizard, quality):
    wizard.state.set_plan(wizard.state.plan.with_preset("paper"))
    assert not wizard.next_button.isEnabled()
    assert "This training needs about 7.2 GiB" in quality.problem.text


def test_options_are_entered_checked_and_undone(qtbot, wizard, quality):
    quality.fold_button.click()
    assert quality.options.isVisible()
    rate = quality.training_form.editors["learning_rate"]
    rate.setFocus()
    rate.setText("5e-4")
    rate.editingFinished.emit()
    assert wizard.state.plan.training.learning_rate == 5e-4
    rate.setText("much")
    rate.editingFinished.emit()
    assert "Learning rate: “much” is no number; write a number" in quality.problem.text
    rate.setText("7")
    rate.editingFinished.emit()
    assert "Learning rate 7.0: must be in 0…1, above 0" in quality.problem.text
    assert wizard.state.plan.training.learning_rate == 5e-4
    recipe = quality.training_form.editors["recipe"]
    recipe.setCurrentText("paper")
    recipe.activated.emit(recipe.currentIndex())
    assert wizard.state.plan.training.recipe == "paper"
    quality.training_form.editors["flips"].click()
    assert wizard.state.plan.training.flips
    qtbot.mouseClick(quality.preset_button, LEFT)
    assert wizard.state.plan.is_preset
    wizard.state.costs.stop()


# Split and schedule


@pytest.fixture
def schedule(wizard, quality):
    """Its page of split and schedule."""
    wizard.go_to(Page.SCHEDULE)
    return wizard.page_widget(Page.SCHEDULE)


def test_the_split_counts_its_views(qtbot, wizard, schedule):
    assert schedule.test_line.text() == "2 test views, 9 to train on"
    schedule.test_every.setValue(3)
    settled(qtbot, wizard)
    assert wizard.state.plan.options.test_every == 3
    assert schedule.test_line.text() == "4 test views, 7 to train on"
    schedule.test_every.setValue(1)
    settled(qtbot, wizard)
    assert wizard.state.plan.options.test_every == 0
    assert schedule.test_every.text() == "None"
    assert schedule.test_line.text() == "0 test views, 11 to train on"


def test_a_run_ends_by_steps_minutes_or_want_of_progress(qtbot, wizard, schedule):
    assert "about" in schedule.steps_line.text()
    schedule.by_minutes.click()
    schedule.minutes.setValue(7.5)
    schedule.by_progress.click()
    schedule.by_steps.click()
    run = wizard.state.plan.run
    assert (run.steps, run.minutes, run.patience) == (None, 7.5, 8)
    assert not schedule.steps.isEnabled()
    schedule.by_minutes.click()
    schedule.by_progress.click()
    assert not wizard.next_button.isEnabled()
    assert "Choose at least one end" in schedule.problem.text
    schedule.by_steps.click()
    assert wizard.next_button.isEnabled()
    assert wizard.state.plan.run.steps == 10_000


def test_every_control_has_a_tool_tip_and_a_name(qtbot, wizard, quality):
    quality.fold_button.click()
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
    for page in Page:
        wizard.state.set_plan(wizard.state.plan)
        wizard.go_to(page)
        for kind in kinds:
            for control in wizard.findChildren(kind):
                inner = isinstance(control.parent(), (QAbstractSpinBox, QComboBox))
                if inner or not control.isVisible():
                    continue
                assert control.toolTip(), (page, control, control.accessibleName())
                named = control.accessibleName() or getattr(control, "text", str)()
                assert named, (page, control)


def test_both_themes_paint_every_page(qtbot, wizard, schedule, themes):
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        themes.set_choice(choice)
        for page in Page:
            wizard.go_to(page)
            assert wizard.page is page
            assert not wizard.grab().isNull()
