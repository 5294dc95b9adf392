"""What a user does to a window: keys, drops, opening a scene."""

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
)
from PySide6.QtWidgets import QApplication


def press(qtbot, window, key, modifiers=Qt.KeyboardModifier.NoModifier):
    """A key as the user presses it, with shortcuts at work."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window.windowHandle(), key, modifiers)


def open_scene(qtbot, window, path):
    with qtbot.waitSignal(window.viewport.picture_shown):
        window.files.open(path)


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    arguments = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
    entering = QDragEnterEvent(QPoint(50, 50), *arguments, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, entering)
    if entering.isAccepted():
        dropping = QDropEvent(QPointF(50, 50), *arguments, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window, dropping)
    return entering.isAccepted()
