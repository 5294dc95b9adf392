"""Going to the views of the capture."""

from PySide6.QtCore import Qt

from tests.helpers.windows import press


def test_brackets_step_through_the_views_of_the_capture(open_window, qtbot):
    window = open_window
    views = window.state.scene.cameras
    window.viewport.setFocus()
    assert window.state.camera == views[0].camera
    press(qtbot, window, Qt.Key.Key_BracketRight)
    assert window.state.camera == views[1].camera
    press(qtbot, window, Qt.Key.Key_BracketLeft)
    press(qtbot, window, Qt.Key.Key_BracketLeft)
    assert window.state.camera == views[-1].camera


def test_stepping_through_views_leaves_one_message(open_window):
    for _ in range(3):
        open_window.views.step(1)
    assert [m.text for m in open_window.notifications.messages] == ["View 000003, test"]
