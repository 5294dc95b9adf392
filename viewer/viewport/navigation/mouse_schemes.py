"""What a drag does, by scheme, button and modifiers."""

import enum

from PySide6.QtCore import Qt

from viewer.state.navigation_options import MouseScheme

LEFT, MIDDLE, RIGHT = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Drag(enum.Enum):
    """What a drag does."""

    ORBIT = enum.auto()
    PAN = enum.auto()
    DOLLY = enum.auto()


_BUTTONS = {
    MouseScheme.DVOX: {LEFT: Drag.ORBIT, MIDDLE: Drag.PAN, RIGHT: Drag.PAN},
    MouseScheme.BLENDER: {LEFT: Drag.ORBIT, MIDDLE: Drag.ORBIT, RIGHT: Drag.PAN},
    MouseScheme.NERFSTUDIO: {LEFT: Drag.ORBIT, MIDDLE: Drag.DOLLY, RIGHT: Drag.PAN},
}


def drag_of(
    scheme: MouseScheme, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier
) -> Drag | None:
    """What a drag with a button does; None for a button that steers nothing."""
    drag = _BUTTONS[scheme].get(button)
    if drag is Drag.ORBIT and modifiers & SHIFT:
        return Drag.PAN
    if drag is Drag.ORBIT and modifiers & CTRL and scheme is MouseScheme.BLENDER:
        return Drag.DOLLY
    return drag
