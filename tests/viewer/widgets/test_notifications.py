"""Messages: errors stay, information fades, and nothing is moved by them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QKeyEvent,
)
from PySide6.QtWidgets import QApplication


def test_errors_stay_and_information_fades(window, qtbot, monkeypatch):
    monkeypatch.setattr("viewer.widgets.notifications.INFO_MS", 50)
    window.notifications.show_error("It failed")
    window.notifications.show_info("It worked")
    qtbot.waitUntil(
        lambda: [message.text for message in window.notifications.messages] == ["It failed"],
    )
    qtbot.wait(200)
    message = window.notifications.messages[0]
    qtbot.mouseClick(message.close_button, Qt.MouseButton.LeftButton)
    assert window.notifications.messages == []
    assert not window.notifications.isVisible()


def test_escape_dismisses_the_newest_message(window):
    window.notifications.show_error("one")
    window.notifications.show_error("two")
    event = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    assert [message.text for message in window.notifications.messages] == ["one"]


def test_the_same_message_is_shown_once_and_few_at_a_time(window):
    for _ in range(4):
        window.notifications.show_error("same")
    assert len(window.notifications.messages) == 1
    for number in range(9):
        window.notifications.show_error(f"error {number}")
    assert [message.text for message in window.notifications.messages] == [
        "error 6",
        "error 7",
        "error 8",
    ]


def test_messages_move_nothing(open_window, qtbot):
    before = open_window.viewport.geometry()
    open_window.notifications.show_error("a line " * 60)
    qtbot.wait(50)
    assert open_window.viewport.geometry() == before
    stack = open_window.stack.rect()
    assert stack.contains(open_window.notifications.geometry())


def test_a_long_message_is_shown_whole(open_window, qtbot):
    open_window.resize(800, 600)
    message = open_window.notifications.show_error("/a/long/path" * 30 + ": is not a checkpoint")
    qtbot.wait(50)
    label = message._label
    assert label.height() >= label.heightForWidth(label.width())
