"""The pixel under the mouse, as it is reported to panels."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

NO_MODIFIER = Qt.KeyboardModifier.NoModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def send(widget, kind, x, button, held):
    place = QPointF(x, widget.height() / 2)
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), button, held, NO_MODIFIER)
    QApplication.sendEvent(widget, event)


def test_a_drag_reports_the_pixel_under_the_mouse_once_a_frame(open_window, qtbot):
    viewport, selection, state = open_window.viewport, open_window.selection, open_window.state
    selection.set_watched("test", True)
    middle = viewport.width() / 2
    reported = []
    send(viewport, QMouseEvent.Type.MouseMove, middle, NONE, NONE)
    qtbot.waitUntil(lambda: selection.hovered is not None)
    selection.hovered_changed.connect(reported.append)
    send(viewport, QMouseEvent.Type.MouseButtonPress, middle, LEFT, LEFT)
    frame = state.frame
    frames = []
    state.frame_changed.connect(frames.append)
    for step in range(1, 8):
        send(viewport, QMouseEvent.Type.MouseMove, middle + 6 * step, NONE, LEFT)
        qtbot.wait(20)
    qtbot.waitUntil(lambda: state.frame is not frame and not open_window.session.is_waiting)
    assert 1 <= len(reported) <= len(frames)
    assert selection.hovered.u == viewport.pixel_at(middle + 42, viewport.height() / 2)[0]
    send(viewport, QMouseEvent.Type.MouseButtonRelease, middle + 50, LEFT, NONE)
    at_rest = viewport.pixel_at(middle + 42, viewport.height() / 2)[0]
    qtbot.waitUntil(lambda: selection.hovered.u == at_rest)
    selection.set_watched("test", False)
