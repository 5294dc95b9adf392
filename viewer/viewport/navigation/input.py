"""Mouse, wheel, trackpad and keys of the viewport, as motions of the camera."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from viewer.viewport.navigation.navigator import TICK_MS, Navigator

DRAG_THRESHOLD = 4
"""Pixels that separate a click from a drag."""

NOTCH = 120
"""Qt's angle for one notch of a wheel."""

TRACKPAD_NOTCH = 40
"""Pixels of trackpad scrolling that count as a notch."""

NOTCH_ANGLE = float(np.radians(5))
"""How far a notch of a wheel that is tilted sideways turns."""

TAP_ANGLE = float(np.radians(2))
"""How far a tap on an arrow key turns."""

TURN_SPEED = float(np.radians(75))
"""How fast a held arrow key turns, radians a second."""

REPEAT_DELAY_S = 0.15
"""How long an arrow key is held before it turns on and on."""

DESCRIPTION = (
    "The scene as the network paints it. Left drag orbits, middle or Shift and left drag "
    "pans, the wheel dollies, arrow keys turn, double click sets the pivot, R resets."
)
"""For those who do not see the viewport."""

ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}


class ViewInput(QObject):
    """Listens to a widget and steers a `Navigator`.

    Left drag orbits, middle drag or Shift and left drag pans, the wheel, two fingers on a
    trackpad and pinching dolly, arrow keys turn, R and Home fly to the start view, and a double
    click takes the surface under it as pivot.
    """

    clicked = Signal(float, float)  # released where it was pressed, the widget's pixels
    dragging_changed = Signal(bool)

    def __init__(self, target: QWidget, navigator: Navigator) -> None:
        super().__init__(target)
        self._target = target
        self._navigator = navigator
        self._button = Qt.MouseButton.NoButton
        self._pans = False
        self._pressed_at = QPointF()
        self._last: QPointF | None = None  # of a drag; None while it may still be a click
        self._held: dict[Qt.Key, float] = {}  # arrow keys and when they begin to repeat
        self._ticked = 0.0
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._turn_on)
        target.installEventFilter(self)

    @property
    def dragging(self) -> bool:
        """Whether the scene follows the mouse."""
        return self._last is not None

    @property
    def held_keys(self) -> frozenset[Qt.Key]:
        """The arrow keys that turn the scene now."""
        return frozenset(self._held)

    def stop(self) -> None:
        """Let go of every key and button."""
        self._held.clear()
        self._timer.stop()
        self._let_go()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the events that steer; leave all others to the widget."""
        if watched is not self._target:
            return False
        handler = _HANDLERS.get(event.type())
        return handler is not None and bool(handler(self, event))

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return False
        if self._button != Qt.MouseButton.NoButton:
            return True  # a second button changes nothing until the first one is let go
        self._button = event.button()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._pans = self._button == Qt.MouseButton.MiddleButton or shift
        self._pressed_at = event.position()
        self._navigator.stop()
        return True

    def _move(self, event: QMouseEvent) -> bool:
        if self._button == Qt.MouseButton.NoButton:
            return False
        if not event.buttons() & self._button:  # let go where we could not see it
            self._let_go()
            return False
        position = event.position()
        if self._last is None:
            way = position - self._pressed_at
            if max(abs(way.x()), abs(way.y())) < DRAG_THRESHOLD:
                return True
            # From here on, not from where it was pressed: nothing jumps.
            self._last = position
            self._target.setCursor(
                Qt.CursorShape.SizeAllCursor if self._pans else Qt.CursorShape.ClosedHandCursor
            )
            self.dragging_changed.emit(True)
            return True
        way = position - self._last
        self._last = position
        if self._pans:
            self._navigator.pan_by(way.x(), way.y())
        else:
            self._navigator.orbit_by(way.x(), way.y())
        return True

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() != self._button or self._button == Qt.MouseButton.NoButton:
            return False
        click = self._last is None and self._button == Qt.MouseButton.LeftButton
        pressed_at, pans = self._pressed_at, self._pans
        self._let_go()
        if click and not pans:
            self.clicked.emit(pressed_at.x(), pressed_at.y())
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return self._press(event)
        self._let_go()
        self._navigator.pick(event.position().x(), event.position().y())
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        # On X11 pixel distances are whatever the driver makes up: the angle is right there.
        if not pixels.isNull() and QGuiApplication.platformName() != "xcb":
            sideways, notches = pixels.x() / TRACKPAD_NOTCH, pixels.y() / TRACKPAD_NOTCH
        else:
            sideways, notches = angle.x() / NOTCH, angle.y() / NOTCH
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            sideways, notches = 0.0, notches or sideways  # Alt swaps the wheel's axes
        # Fingers never move quite upright: what they do most is meant.
        if abs(sideways) > abs(notches):
            self._navigator.turn(sideways * NOTCH_ANGLE, 0.0)
        else:
            self._navigator.dolly(notches)
        return True

    def _gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._navigator.dolly(event.value() * 10)  # spreading to twice the size: 10 notches
        return True

    def _key_press(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in ARROWS and plain:
            if not event.isAutoRepeat():
                right, down = ARROWS[key]
                self._navigator.turn(right * TAP_ANGLE, down * TAP_ANGLE)
                self._held[key] = time.perf_counter() + REPEAT_DELAY_S
                if not self._timer.isActive():
                    self._ticked = time.perf_counter()
                    self._timer.start()
            return True
        if key in (Qt.Key.Key_R, Qt.Key.Key_Home) and plain:
            if not event.isAutoRepeat():
                self._navigator.reset()
            return True
        return False

    def _key_release(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key not in self._held:
            return False
        if not event.isAutoRepeat():
            del self._held[key]
            if not self._held:
                self._timer.stop()
        return True

    def _lose_focus(self, _: QFocusEvent) -> bool:
        self.stop()
        return False

    def _turn_on(self) -> None:
        now = time.perf_counter()
        # A tick that comes late must not become a leap.
        angle = TURN_SPEED * min(now - self._ticked, 0.1)
        self._ticked = now
        right = sum(ARROWS[key][0] for key, begins in self._held.items() if now >= begins)
        down = sum(ARROWS[key][1] for key, begins in self._held.items() if now >= begins)
        if right or down:
            self._navigator.turn(right * angle, down * angle)

    def _let_go(self) -> None:
        dragging, self._last = self._last is not None, None
        self._button = Qt.MouseButton.NoButton
        if dragging:
            self._target.unsetCursor()
            self.dragging_changed.emit(False)


_HANDLERS: dict[QEvent.Type, Callable[[ViewInput, Any], bool]] = {
    QEvent.Type.MouseButtonPress: ViewInput._press,
    QEvent.Type.MouseMove: ViewInput._move,
    QEvent.Type.MouseButtonRelease: ViewInput._release,
    QEvent.Type.MouseButtonDblClick: ViewInput._double_click,
    QEvent.Type.Wheel: ViewInput._wheel,
    QEvent.Type.NativeGesture: ViewInput._gesture,
    QEvent.Type.KeyPress: ViewInput._key_press,
    QEvent.Type.KeyRelease: ViewInput._key_release,
    QEvent.Type.FocusOut: ViewInput._lose_focus,
    QEvent.Type.WindowDeactivate: ViewInput._lose_focus,
    QEvent.Type.Hide: ViewInput._lose_focus,
}
