"""Pins pixels from the menu."""

from collections.abc import Callable

from viewer.state.selection import Selection
from viewer.viewport.pixel_picking import PixelPicking


class PinController:
    """Pins the pixel under the mouse and shows its ray."""

    def __init__(
        self, selection: Selection, picking: PixelPicking, show_panel: Callable[[str], object]
    ) -> None:
        self._selection, self._picking, self._show_panel = selection, picking, show_panel

    def pin(self) -> None:
        """Pin the pixel under the mouse, or the middle one, and show its ray."""
        pixel = self._selection.hovered  # before the panel that appears moves the picture
        self._show_panel("ray")
        self._picking.pin(pixel)

    def clear(self) -> None:
        """Take away all pins and the selected voxel."""
        self._selection.clear()
