"""A drag that is made of synthetic mouse events."""

import threading
import time
from collections import deque

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

EVENTS_PER_S = 60
"""How often the mouse moves: as often as mice report and displays refresh."""


class SyntheticDrag:
    """Drags over a widget from a thread of its own, `EVENTS_PER_S` times a second.

    Its events go through Qt's queue like any others, and it does not wait for anybody: a window
    that is busy finds them all when it comes back.
    """

    def __init__(self, target: QWidget) -> None:
        self.posted: deque[float] = deque()  # when each move was sent that has not arrived yet
        self.lateness_ms: list[float] = []  # of its own: how late it sent them
        self._target = target
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._drag, name="synthetic drag", daemon=True)
        self._size = target.size()
        self._origin = QPointF(target.mapToGlobal(target.rect().topLeft()))

    def start(self) -> None:
        """Press, and begin to move."""
        self._post(QEvent.Type.MouseButtonPress, 0.0, Qt.MouseButton.LeftButton)
        self._thread.start()

    def stop(self) -> None:
        """Let go, and wait for the thread."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _drag(self) -> None:
        began = due = time.perf_counter()
        while not self._over.wait(max(due - time.perf_counter(), 0)):
            now = time.perf_counter()
            self.lateness_ms.append((now - due) * 1000)
            self.posted.append(now)
            self._post(QEvent.Type.MouseMove, now - began, Qt.MouseButton.NoButton)
            due += 1 / EVENTS_PER_S
        self._post(QEvent.Type.MouseButtonRelease, due - began, Qt.MouseButton.LeftButton)

    def _post(self, kind: QEvent.Type, seconds: float, button: Qt.MouseButton) -> None:
        # To and fro and up and down, never at rest: about 50° a second, as one looks around things.
        x = self._size.width() * (0.5 + 0.25 * np.sin(seconds * 2 * np.pi / 5))
        y = self._size.height() * (0.5 + 0.08 * np.sin(seconds * 2 * np.pi / 1.7))
        place = QPointF(float(x), float(y))
        held = Qt.MouseButton.NoButton
        if kind != QEvent.Type.MouseButtonRelease:
            held = Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, place, self._origin + place, button, held, Qt.KeyboardModifier.NoModifier
        )
        QCoreApplication.postEvent(self._target, event)
