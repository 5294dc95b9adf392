"""What is pointed at: the pixel under the mouse, pinned pixels, and the selected voxel."""

from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from viewer.state.value_undo import push_change

PIN_LIMIT = 5
"""As many as there are colours for pins."""

SAME_PIXEL = 0.5
"""Places nearer than this are the same pixel, in pixels."""


class Pixel(NamedTuple):
    """A place in the model's S × S picture; whole numbers are pixels' middles."""

    u: float  # column
    v: float  # row


class Voxel(NamedTuple):
    """A voxel of the grid, by its coordinates."""

    x: int
    y: int
    z: int


@dataclass(frozen=True)
class Pin:
    """A pixel of the picture that is kept in view; it stays where it is while the camera moves.

    Attributes:
        slot: which of the theme's pin colours it has.
        pixel: where it is.
    """

    slot: int
    pixel: Pixel


class Selection(QObject):
    """What the mouse points at, and what was picked by it. Lives on the window's thread.

    Signals are past facts and are sent only when something did change. What is picked is undone
    as edits are.

    Attributes:
        undo_stack: of pins and of the selected voxel.
    """

    hovered_changed = Signal(object)  # Pixel | None
    pins_changed = Signal(object)  # tuple[Pin, ...], oldest first
    voxel_changed = Signal(object)  # Voxel | None
    watched_changed = Signal(bool)  # whether somebody shows pixels and pins

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hovered: Pixel | None = None
        self._pins: tuple[Pin, ...] = ()
        self._voxel: Voxel | None = None
        self._watchers: set[str] = set()
        self._newest: list[int | None] = []  # slots of pins, None for the voxel, as they were set
        self.undo_stack = QUndoStack(self)

    @property
    def hovered(self) -> Pixel | None:
        """The pixel under the mouse."""
        return self._hovered

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The pinned pixels, oldest first."""
        return self._pins

    @property
    def voxel(self) -> Voxel | None:
        """The selected voxel."""
        return self._voxel

    @property
    def watched(self) -> bool:
        """Whether a panel shows what is pointed at; where none does, clicks pin nothing."""
        return bool(self._watchers)

    def set_watched(self, panel: str, watched: bool) -> None:
        """Say whether `panel` shows what is pointed at."""
        before = self.watched
        (self._watchers.add if watched else self._watchers.discard)(panel)
        if self.watched != before:
            self.watched_changed.emit(self.watched)

    def hover(self, pixel: Pixel | None) -> None:
        """Point at `pixel`, or at none."""
        if pixel != self._hovered:
            self._hovered = pixel
            self.hovered_changed.emit(pixel)

    def pin(self, pixel: Pixel) -> None:
        """Pin `pixel`, once; where all colours are taken the oldest pin gives its own up."""
        if self.pin_at(pixel, SAME_PIXEL) is not None:
            return
        if len(self._pins) < PIN_LIMIT:
            taken = {pin.slot for pin in self._pins}
            slot = min(slot for slot in range(PIN_LIMIT) if slot not in taken)
            self._change("Pin", (*self._pins, Pin(slot, pixel)), self._voxel)
        else:
            oldest, *others = self._pins
            self._change("Pin", (*others, Pin(oldest.slot, pixel)), self._voxel)

    def unpin(self, slot: int) -> None:
        """Take away the pin of that colour."""
        pins = tuple(pin for pin in self._pins if pin.slot != slot)
        self._change("Unpin", pins, self._voxel)

    def toggle_pin(self, pixel: Pixel, radius: float) -> None:
        """Pin `pixel`, or take away the pin that is nearer to it than `radius` pixels."""
        near = self.pin_at(pixel, radius)
        if near is None:
            self.pin(pixel)
        else:
            self.unpin(near.slot)

    def pin_at(self, pixel: Pixel, radius: float) -> Pin | None:
        """The pin nearest to `pixel` and nearer than `radius` pixels."""
        distances = [
            (max(abs(pin.pixel.u - pixel.u), abs(pin.pixel.v - pixel.v)), pin.slot, pin)
            for pin in self._pins
        ]
        near = min(distances, default=None)
        return near[2] if near and near[0] < radius else None

    def restore_pins(self, pins: tuple[Pin, ...]) -> None:
        """Go back to pins that were there before the last change, which was not meant."""
        self._change("Pin", pins, self._voxel, continues=True)

    def select_voxel(self, voxel: Voxel | None, *, continues: bool = False) -> None:
        """Select a voxel, or none.

        Args:
            continues: whether a gesture goes on, as a drag does: it is undone as a whole.
        """
        self._change("Select a voxel", self._pins, voxel, continues=continues)

    def clear(self) -> bool:
        """Take away pins and voxel; whether there were any."""
        there_were = bool(self._pins) or self._voxel is not None
        self._change("Clear the pins", (), None)
        return there_were

    def take_back_newest(self) -> bool:
        """Take away what was picked last, a pin or the voxel; whether there was anything."""
        if not self._newest:
            return False
        newest = self._newest[-1]
        if newest is None:
            self.select_voxel(None)
        else:
            self.unpin(newest)
        return True

    def forget(self) -> None:
        """Forget pins, voxel and how they came: another scene is shown."""
        self.undo_stack.clear()
        self._show(((), None))

    def _change(
        self, what: str, pins: tuple[Pin, ...], voxel: Voxel | None, *, continues: bool = False
    ) -> None:
        before, after = (self._pins, self._voxel), (pins, voxel)
        push_change(self.undo_stack, what, self._show, before, after, continues=continues)

    def _show(self, picked: tuple[tuple[Pin, ...], Voxel | None]) -> None:
        pins, voxel = picked
        pins_differ, voxel_differs = pins != self._pins, voxel != self._voxel
        self._newest = [
            slot
            for slot in self._newest
            if (voxel is not None and not voxel_differs if slot is None else _has(pins, slot))
        ]
        self._newest += [pin.slot for pin in pins if pin.slot not in self._newest]
        if voxel is not None and voxel_differs:
            self._newest.append(None)
        self._pins, self._voxel = pins, voxel
        if pins_differ:
            self.pins_changed.emit(pins)
        if voxel_differs:
            self.voxel_changed.emit(voxel)


def _has(pins: tuple[Pin, ...], slot: int) -> bool:
    return any(pin.slot == slot for pin in pins)
