"""A viewport in a window of its own, and hands that move mouse and wheel over it."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from tests.helpers.fakes import FakeRendererFactory, fake_opener
from viewer.state.viewer_state import ViewerState
from viewer.viewport.viewport import Viewport
from viewer.workers.rendering.scene_session import SceneSession

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
RIGHT = Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Bench(QWidget):
    """A window with a viewport on an open scene, and a field that can take the focus."""

    def __init__(self, themes):
        super().__init__()
        self.state = ViewerState()
        self.session = SceneSession(
            self.state,
            open_scene=fake_opener,
            create_renderer=FakeRendererFactory(),
            warm_up=None,
        )
        self.viewport = Viewport(self.state, self.session, themes)
        self.field = QLineEdit()
        rows = QVBoxLayout(self)
        rows.addWidget(self.viewport, 1)
        rows.addWidget(self.field)
        self.resize(700, 560)


def middle(bench):
    return bench.viewport.rect().center()


class Hand:
    """Presses, moves and lets go in small steps, as `qtbot` sends them."""

    def __init__(self, qtbot, widget, button=LEFT, modifiers=Qt.KeyboardModifier.NoModifier):
        self.qtbot, self.widget, self.button, self.modifiers = qtbot, widget, button, modifiers

    def press(self, at):
        self.at = QPoint(at)
        self.qtbot.mousePress(self.widget, self.button, self.modifiers, self.at)

    def move(self, dx, dy):
        self.at += QPoint(dx, dy)
        # qtbot's own moves carry no buttons.
        QApplication.sendEvent(
            self.widget,
            QMouseEvent(
                QEvent.Type.MouseMove,
                QPointF(self.at),
                QPointF(self.widget.mapToGlobal(self.at)),
                Qt.MouseButton.NoButton,
                self.button,
                self.modifiers,
            ),
        )

    def release(self):
        self.qtbot.mouseRelease(self.widget, self.button, self.modifiers, self.at)


def wheel(bench, angle=0, pixels=0, at=None, sideways=0):
    at = QPointF(at or middle(bench))
    QApplication.sendEvent(
        bench.viewport,
        QWheelEvent(
            at,
            QPointF(bench.viewport.mapToGlobal(at.toPoint())),
            QPoint(0, pixels),
            QPoint(sideways, angle),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def distance(bench):
    return float(np.linalg.norm(bench.state.camera.position - bench.state.pivot))
