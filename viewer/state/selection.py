"""What is pointed at: the pixel under the mouse, pinned pixels, and the selected voxel."""

from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

PIN_LIMIT = 5
"""As many as there are colours for pins."""


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

    Signals are past facts and are sent only when something did change.
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
        """Pin `pixel`; where all colours are taken it takes the place of the oldest pin."""
        if len(self._pins) < PIN_LIMIT:
            taken = {pin.slot for pin in self._pins}
            slot = min(slot for slot in range(PIN_LIMIT) if slot not in taken)
            self._set_pins((*self._pins, Pin(slot, pixel)))
        else:
            oldest, *others = self._pins
            self._set_pins((*others, Pin(oldest.slot, pixel)))

    def unpin(self, slot: int) -> None:
        """Take away the pin of that colour."""
        self._set_pins(tuple(pin for pin in self._pins if pin.slot != slot))

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
        """Go back to pins that were there before."""
        self._set_pins(pins)

    def select_voxel(self, voxel: Voxel | None) -> None:
        """Select a voxel, or none."""
        if voxel != self._voxel:
            self._voxel = voxel
            self.voxel_changed.emit(voxel)

    def clear(self) -> bool:
        """Forget pins and voxel; whether there were any."""
        there_were = bool(self._pins) or self._voxel is not None
        self._set_pins(())
        self.select_voxel(None)
        return there_were

    def _set_pins(self, pins: tuple[Pin, ...]) -> None:
        if pins != self._pins:
            self._pins = pins
            self.pins_changed.emit(pins)
