"""What is changed between the trained model and its picture, with undo and redo."""

import enum
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    GridEdit,
    Inpainting,
    Interventions,
    OcclusionOverride,
)
from viewer.state.viewer_state import ViewerState


class SceneEdits(QObject):
    """The interventions that the open scene is rendered under. Lives on the window's thread.

    Opening or closing a scene forgets them. The view without edits, for comparison, is there for
    whoever asks for it.
    """

    interventions_changed = Signal(
        object
    )  # Interventions; also when newer weights are to take them

    unedited_wanted = Signal(object)  # Camera: somebody compares with its view without edits
    unedited_changed = Signal(object)  # Frame: of the open scene, without edits of its grid

    def __init__(self, state: ViewerState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._interventions = NO_INTERVENTIONS
        self._saved: tuple[GridEdit, ...] = ()
        self.undo_stack = QUndoStack(self)
        state.scene_changed.connect(lambda _: self._forget())
        state.scene_refreshed.connect(
            lambda _: self.interventions_changed.emit(self._interventions)
        )

    @property
    def interventions(self) -> Interventions:
        """What the scene is rendered under."""
        return self._interventions

    @property
    def needs_saving(self) -> bool:
        """Whether the grid has edits that no file has."""
        edits = self._interventions.edits
        return bool(edits) and edits != self._saved

    def mark_saved(self, interventions: Interventions) -> None:
        """Take note that a file has these."""
        self._saved = interventions.edits

    def set_occlusion(self, override: OcclusionOverride) -> None:
        """Weigh the depth planes by `override`; changes in a row are undone as one."""
        after = replace(self._interventions, occlusion=override)
        self._change("Depth weights", after, _Merging.WEIGHTS)

    def set_inpainting(self, inpainting: Inpainting) -> None:
        """Inpaint the edited grid anew, or edit behind inpainting."""
        self._change("Inpainting", replace(self._interventions, inpainting=inpainting))

    def add(self, edit: GridEdit) -> None:
        """Edit the grid once more."""
        edits = (*self._interventions.edits, edit)
        after = replace(self._interventions, edits=edits)
        self._change(edit.action.value.capitalize(), after, _Merging.EDIT_BEGINS)

    def go_on(self, edit: GridEdit) -> None:
        """Put `edit` in place of the one that was added last; the two are undone as one."""
        edits = (*self._interventions.edits[:-1], edit)
        after = replace(self._interventions, edits=edits)
        self._change(edit.action.value.capitalize(), after, _Merging.EDIT_GOES_ON)

    def remove(self, number: int) -> None:
        """Take one edit of the grid away."""
        edits = list(self._interventions.edits)
        del edits[number]
        self._change("Remove", replace(self._interventions, edits=tuple(edits)))

    def set_all(self, interventions: Interventions, what: str) -> None:
        """Take these in place of all there are; `what` names it for undo."""
        self._change(what, interventions)

    def restore_trained(self) -> None:
        """Render the scene as it was trained; undo brings the changes back."""
        self.set_all(NO_INTERVENTIONS, "As trained")

    def ask_for_unedited(self, camera: Camera) -> None:
        """Have the view from `camera` rendered without edits, when nothing else is to be done."""
        self.unedited_wanted.emit(camera)

    def set_unedited(self, frame: Frame) -> None:
        """Hand out a view without edits."""
        self.unedited_changed.emit(frame)

    def _change(self, what: str, after: Interventions, merging: "_Merging | None" = None) -> None:
        if after != self._interventions:
            self.undo_stack.push(_Change(self, what, after, merging))

    def _forget(self) -> None:
        self.undo_stack.clear()
        self._saved = ()
        self._show(NO_INTERVENTIONS)

    def _show(self, interventions: Interventions) -> None:
        if interventions != self._interventions:
            self._interventions = interventions
            self.interventions_changed.emit(interventions)


class _Merging(enum.Enum):
    """Changes that may be undone together with the one before them, and those they may join."""

    WEIGHTS = enum.auto()
    EDIT_BEGINS = enum.auto()
    EDIT_GOES_ON = enum.auto()


class _Change(QUndoCommand):
    """From the interventions there were to others."""

    def __init__(
        self, edits: SceneEdits, what: str, after: Interventions, merging: _Merging | None
    ) -> None:
        super().__init__(what)
        self._edits, self._merging = edits, merging
        self._before, self._after = edits.interventions, after

    def id(self) -> int:
        """Commands of one number may become one."""
        return -1 if self._merging is None else (1 if self._merging is _Merging.WEIGHTS else 2)

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Be one with the next change of the same thing."""
        assert isinstance(other, _Change)
        if other._merging is _Merging.EDIT_BEGINS:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        """Make the change."""
        self._edits._show(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._edits._show(self._before)
