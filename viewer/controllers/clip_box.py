"""Cuts the grid by a box in the picture."""

from PySide6.QtCore import QObject, Signal

from viewer.controllers.context import ControllerContext
from viewer.state.scene_edits import SceneEdits
from viewer.viewport.overlays.clip_box import ClipBoxOverlay
from viewer.viewport.viewport import Viewport


class ClipBoxController(QObject):
    """Shows the clip box, and takes it away with what it cuts.

    Attributes:
        overlay: the box over the picture.
    """

    changed = Signal()

    def __init__(self, context: ControllerContext, edits: SceneEdits, viewport: Viewport) -> None:
        super().__init__(context.parent)
        self._edits = edits
        self.overlay = ClipBoxOverlay(context.state, edits)
        for overlay in (self.overlay, *self.overlay.handles):
            viewport.add_overlay(overlay)

    @property
    def is_on(self) -> bool:
        """Whether the box is shown."""
        return self.overlay.is_wanted

    def toggle(self) -> None:
        """Show the box with its handles; or hide it and show the whole grid again."""
        self.overlay.set_wanted(not self.is_on)
        if not self.is_on:
            self._edits.set_clip(None, begins=True)
        self.changed.emit()
