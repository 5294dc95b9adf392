"""Mouse, wheel, trackpad and keys of the viewport, as motions of the camera."""

import math
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

from viewer.viewport.navigation.mouse_schemes import CTRL, Drag, drag_of
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

MOVE_MS = 8
"""Rest after a move of a drag was followed: mice report up to 1,000 a second, displays show 60, and
a window that was held up finds many moves at once, of which the last one counts.
"""

DRAG_NOTCH = 40
"""Pixels of an upright drag that count as a notch, where a drag dollies."""

FLY_SPEED = 0.6
"""How fast held keys fly, distances to the pivot a second; with Shift `FAST` times so fast."""

FAST = 3.0

DESCRIPTION = (
    "The scene as the network paints it. Left drag orbits, right, middle or Shift and left drag "
    "pans, the wheel dollies, arrow keys turn, W A S D Q E fly, F frames the object, double click "
    "sets the pivot, R resets."
)
"""For those who do not see the viewport."""

ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}

FLIGHTS = {
    Qt.Key.Key_W: (0.0, 0.0, 1.0),
    Qt.Key.Key_S: (0.0, 0.0, -1.0),
    Qt.Key.Key_D: (1.0, 0.0, 0.0),
    Qt.Key.Key_A: (-1.0, 0.0, 0.0),
    Qt.Key.Key_E: (0.0, 1.0, 0.0),
    Qt.Key.Key_Q: (0.0, -1.0, 0.0),
}
"""Right, up and forward of the keys that fly."""

VIEW_KEYS = {Qt.Key.Key_1: "front", Qt.Key.Key_3: "right", Qt.Key.Key_7: "top"}
OPPOSITE = {"front": "back", "right": "left", "top": "bottom"}
KEYPAD_TURNS = {
    Qt.Key.Key_4: (1.0, 0.0),
    Qt.Key.Key_6: (-1.0, 0.0),
    Qt.Key.Key_8: (0.0, 1.0),
    Qt.Key.Key_2: (0.0, -1.0),
}
KEYPAD_ANGLE = float(np.radians(15))
"""How far a key of the keypad turns, as in Blender."""


class ViewInput(QObject):
    """Listens to a widget and steers a `Navigator`.

    Drags do what the scheme of the navigator's options says. The wheel, two fingers on a trackpad
    and pinching dolly, arrow keys turn, W A S D Q E fly, the keypad's 1, 3 and 7 look along the
    axes (with Ctrl from the other side) and 5 straightens, R and Home fly to the start view, and
    a double click takes the surface under it as pivot. A right click asks for the menu.
    """

    clicked = Signal(float, float)  # released where it was pressed, the widget's pixels
    menu_requested = Signal(float, float)  # right click, the widget's pixels

    def __init__(self, target: QWidget, navigator: Navigator) -> None:
        super().__init__(target)
        self._target = target
        self._navigator = navigator
        self._button = Qt.MouseButton.NoButton
        self._drag: Drag | None = None
        self._pressed_at = QPointF()
        self._last: QPointF | None = None  # followed of a drag; None while it may still be a click
        self._reached = QPointF()  # by the mouse, in a drag
        self._followed = 0.0
        self._following = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._following.timeout.connect(self._follow)
        self._held: dict[Qt.Key, float] = {}  # keys that move, and from when on
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
        """The keys that move the camera now."""
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
        drag = drag_of(self._navigator.options.scheme, event.button(), event.modifiers())
        if drag is None:
            return False
        if self._button != Qt.MouseButton.NoButton:
            return True  # a second button changes nothing until the first one is let go
        self._button, self._drag = event.button(), drag
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
            self._last = self._reached = position
            self._target.setCursor(_CURSORS[self._drag or Drag.ORBIT])
            return True
        self._reached = position
        rest_ms = MOVE_MS - 1000 * (time.perf_counter() - self._followed)
        if rest_ms <= 0:
            self._follow()
        elif not self._following.isActive():
            self._following.start(math.ceil(rest_ms))
        return True

    def _follow(self) -> None:
        """Move the scene by how far the mouse came since the last time."""
        self._following.stop()
        if self._last is None:
            return
        way, self._last = self._reached - self._last, self._reached
        if way.isNull():
            return
        match self._drag:
            case Drag.PAN:
                self._navigator.pan_by(way.x(), way.y())
            case Drag.DOLLY:
                self._navigator.dolly(-way.y() / DRAG_NOTCH * self._navigator.options.speed)
            case _:
                self._navigator.orbit_by(way.x(), way.y())
        self._followed = time.perf_counter()

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() != self._button or self._button == Qt.MouseButton.NoButton:
            return False
        click = self._last is None
        self._follow()
        pressed_at, drag = self._pressed_at, self._drag
        self._let_go()
        if click and event.button() == Qt.MouseButton.RightButton:
            self.menu_requested.emit(pressed_at.x(), pressed_at.y())
        elif click and event.button() == Qt.MouseButton.LeftButton and drag is Drag.ORBIT:
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
            at = event.position()
            self._navigator.dolly_at(notches, at.x(), at.y())
        return True

    def _gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._navigator.dolly(event.value() * 10)  # spreading to twice the size: 10 notches
        return True

    def _shortcut_override(self, event: QKeyEvent) -> bool:
        """Take the keys that steer from the window's shortcuts while the picture has them."""
        if self._steers(event):
            event.accept()
            return True
        return False

    @staticmethod
    def _steers(event: QKeyEvent) -> bool:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if modifiers & Qt.KeyboardModifier.KeypadModifier:
            rest = modifiers & ~Qt.KeyboardModifier.KeypadModifier
            of_keypad = key in VIEW_KEYS or key in KEYPAD_TURNS or key == Qt.Key.Key_5
            return of_keypad and (not rest or (rest == CTRL and key in VIEW_KEYS))
        return key in FLIGHTS and not modifiers

    def _key_press(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if self._steers(event) and key not in FLIGHTS:
            self._press_keypad(key, event.modifiers())
            return True
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if (key in ARROWS or key in FLIGHTS) and plain:
            if not event.isAutoRepeat():
                if key in ARROWS:
                    right, down = ARROWS[key]
                    self._navigator.turn(right * TAP_ANGLE, down * TAP_ANGLE)
                delay = REPEAT_DELAY_S if key in ARROWS else 0.0
                self._held[key] = time.perf_counter() + delay
                if not self._timer.isActive():
                    self._ticked = time.perf_counter()
                    self._timer.start()
            return True
        if key in (Qt.Key.Key_R, Qt.Key.Key_Home) and plain:
            if not event.isAutoRepeat():
                self._navigator.reset()
            return True
        return False

    def _press_keypad(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        if key in VIEW_KEYS:
            name = VIEW_KEYS[key]
            self._navigator.look_along(OPPOSITE[name] if modifiers & CTRL else name)
        elif key in KEYPAD_TURNS:
            right, down = KEYPAD_TURNS[key]
            self._navigator.turn(right * KEYPAD_ANGLE, down * KEYPAD_ANGLE)
        else:
            self._navigator.straighten()

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
        elapsed = min(now - self._ticked, 0.1)  # a tick that comes late must not become a leap
        self._ticked = now
        held = [key for key, begins in self._held.items() if now >= begins]
        turns = [ARROWS[key] for key in held if key in ARROWS]
        right, down = (sum(turn[axis] for turn in turns) for axis in (0, 1))
        if right or down:
            angle = TURN_SPEED * elapsed
            self._navigator.turn(right * angle, down * angle)
        ways = [FLIGHTS[key] for key in held if key in FLIGHTS]
        if ways:
            fast = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
            length = FLY_SPEED * elapsed * (FAST if fast else 1.0)
            self._navigator.fly_by(*(length * sum(way[axis] for way in ways) for axis in range(3)))

    def _let_go(self) -> None:
        dragging, self._last = self._last is not None, None
        self._following.stop()
        self._button = Qt.MouseButton.NoButton
        if dragging:
            self._target.unsetCursor()


_CURSORS = {
    Drag.ORBIT: Qt.CursorShape.ClosedHandCursor,
    Drag.PAN: Qt.CursorShape.SizeAllCursor,
    Drag.DOLLY: Qt.CursorShape.SizeVerCursor,
}

_HANDLERS: dict[QEvent.Type, Callable[[ViewInput, Any], bool]] = {
    QEvent.Type.MouseButtonPress: ViewInput._press,
    QEvent.Type.MouseMove: ViewInput._move,
    QEvent.Type.MouseButtonRelease: ViewInput._release,
    QEvent.Type.MouseButtonDblClick: ViewInput._double_click,
    QEvent.Type.Wheel: ViewInput._wheel,
    QEvent.Type.NativeGesture: ViewInput._gesture,
    QEvent.Type.ShortcutOverride: ViewInput._shortcut_override,
    QEvent.Type.KeyPress: ViewInput._key_press,
    QEvent.Type.KeyRelease: ViewInput._key_release,
    QEvent.Type.FocusOut: ViewInput._lose_focus,
    QEvent.Type.WindowDeactivate: ViewInput._lose_focus,
    QEvent.Type.Hide: ViewInput._lose_focus,
}
