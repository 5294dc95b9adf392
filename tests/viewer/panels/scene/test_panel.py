"""The scene panel: it follows the camera, steps through views, copies and pastes poses."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication

from dvox_core.geometry.cameras import look_at
from dvox_core.inspection.measure import read_scale, scale_file, surface_point
from tests.helpers.fakes import fake_scene
from viewer.state.selection import Pixel
from viewer.text.units import coordinates


def values(facts):
    return {fact.label: fact.value for fact in facts}


def test_the_panel_follows_the_camera(open_window, qtbot):
    panel = open_window.docks.panels["scene"]
    before = values(panel.camera_table.facts)
    assert before["Turned from it"] == "0.0°"
    camera = look_at((5, 5, 5), (0.1, -0.2, 0.3), (0, 0, 1))
    open_window.state.set_camera(camera)
    qtbot.waitUntil(lambda: values(panel.camera_table.facts)["Position"] == coordinates((5, 5, 5)))
    assert panel.views.list.currentIndex() == -1


def test_the_panel_copies_and_pastes_poses(open_window, qtbot):
    panel = open_window.docks.panels["scene"]
    start = open_window.state.camera
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert "camera_to_world" in QGuiApplication.clipboard().text()
    open_window.views.step(2)
    qtbot.mouseClick(panel.paste_button, Qt.MouseButton.LeftButton)
    np.testing.assert_allclose(open_window.state.camera.position, start.position, atol=1e-9)


def test_the_stepper_steps_and_jumps_and_marks_where_one_is(open_window, qtbot):
    views = open_window.docks.panels["scene"].views
    cameras = open_window.state.scene.cameras
    qtbot.mouseClick(views.next, Qt.MouseButton.LeftButton)
    assert open_window.state.camera == cameras[1].camera
    qtbot.waitUntil(lambda: views.list.currentIndex() == 1)
    views.list.activated.emit(5)
    assert open_window.state.camera == cameras[5].camera


def test_the_wheel_scrolls_the_panel_and_does_not_change_the_view(open_window):
    views = open_window.docks.panels["scene"].views
    camera = open_window.state.camera
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(views.list.mapToGlobal(QPoint(5, 5))),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(views.list, event)
    assert open_window.state.camera is camera


def test_a_scene_without_cameras_says_how_to_keep_them(make_window, qtbot, tmp_path):
    window = make_window(lambda path, intrinsics, progress: fake_scene("bare", views=0))
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(tmp_path / "bare.dvox")
    panel = window.docks.panels["scene"]
    assert panel.views.empty.isVisible()
    assert "--poses" in panel.views.empty.text()
    assert not panel.views.list.isVisible()
    assert not window.menus.actions["next_view"].isEnabled()
    assert window.recent_files.scenes == []  # made in memory: there is no file to open again


def test_two_pins_give_a_distance_and_a_known_length_sets_the_scale(open_window, qtbot):
    state, section = open_window.state, open_window.docks.panels["scene"].measure
    assert section.distance is None
    path = scale_file(state.scene)
    for pixel in (Pixel(64.0, 60.0), Pixel(60.0, 66.0)):
        open_window.selection.pin(pixel)
    pins = open_window.selection.pins
    points = [surface_point(state.frame, state.scene, *pin.pixel) for pin in pins]
    distance = np.linalg.norm(points[0] - points[1])
    assert section.distance == pytest.approx(distance)
    assert "world units" in section.text.text()
    section.length.setValue(250.0)
    section.unit.setText("mm")
    section.set_scale()
    assert "250 mm (" in section.text.text()
    qtbot.waitUntil(path.is_file)
    assert read_scale(path).per_world_unit == pytest.approx(250 / distance)
