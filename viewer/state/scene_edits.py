"""What is changed between the trained model and its picture, with undo and redo."""

import enum
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from dvox_core.geometry.cameras import Camera
from dvox_core.rendering.frame import Frame
from dvox_core.rendering.interventions import (
    NO_INTERVENTIONS,
    Action,
    Box,
    GridEdit,
    Inpainting,
    Interventions,
    OcclusionOverride,
    Outside,
)
from dvox_core.rendering.observed_grid import ObservedGrid
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
        self._previewed: ObservedGrid | None = None
        self._saved: tuple[tuple[GridEdit, ...], ObservedGrid | None] = ((), None)
        self.undo_stack = QUndoStack(self)
        state.scene_changed.connect(lambda _: self._forget())
        state.scene_refreshed.connect(lambda _: self.interventions_changed.emit(self.interventions))

    @property
    def interventions(self) -> Interventions:
        """What the scene is rendered under."""
        if self._previewed is None:
            return self._interventions
        return replace(self._interventions, grid=self._previewed)

    @property
    def used_grid(self) -> ObservedGrid | None:
        """The observed grid that was taken in the trained one's place, whatever is previewed."""
        return self._interventions.grid

    @property
    def needs_saving(self) -> bool:
        """Whether the grid has edits, or is another one, that no file has."""
        now = (self._interventions.edits, self._interventions.grid)
        return self._interventions.changes_grid and now != self._saved

    def mark_saved(self, interventions: Interventions) -> None:
        """Take note that a file has these."""
        self._saved = (interventions.edits, interventions.grid)

    def use_grid(self, grid: ObservedGrid | None) -> None:
        """Render an observed grid in the trained one's place, or the trained one again."""
        what = "Trained grid" if grid is None else "Observed grid"
        self._change(what, replace(self._interventions, grid=grid))

    def preview_grid(self, grid: ObservedGrid | None) -> None:
        """Show an observed grid for now, which nothing remembers; None ends that."""
        if grid != self._previewed:
            before = self.interventions
            self._previewed = grid
            if self.interventions != before:
                self.interventions_changed.emit(self.interventions)

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

    @property
    def clip(self) -> Box | None:
        """What the clip box leaves of the grid; None where it cuts nothing away."""
        for edit in self._interventions.edits:
            if isinstance(edit.region, Outside):
                return edit.region.box
        return None

    def set_clip(self, box: Box | None, *, begins: bool) -> None:
        """Cut away what is outside a box; changes that do not begin are undone with those before.

        The cut comes last of all edits, so that nothing stands outside.
        """
        edits = [e for e in self._interventions.edits if not isinstance(e.region, Outside)]
        if box is not None:
            edits.append(GridEdit(Outside(box), Action.ZERO))
        after = replace(self._interventions, edits=tuple(edits))
        merging = _Merging.CLIP_BEGINS if begins else _Merging.CLIP_GOES_ON
        self._change("Clip", after, merging)

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
        self._saved = ((), None)
        self._previewed = None
        self._show(NO_INTERVENTIONS)

    def _show(self, interventions: Interventions) -> None:
        if interventions != self._interventions:
            self._interventions = interventions
            self.interventions_changed.emit(self.interventions)


class _Merging(enum.Enum):
    """Changes that may be undone together with the one before them, and those they may join."""

    WEIGHTS = enum.auto()
    EDIT_BEGINS = enum.auto()
    EDIT_GOES_ON = enum.auto()
    CLIP_BEGINS = enum.auto()
    CLIP_GOES_ON = enum.auto()


_COMMAND_IDS = {
    _Merging.WEIGHTS: 1,
    _Merging.EDIT_BEGINS: 2,
    _Merging.EDIT_GOES_ON: 2,
    _Merging.CLIP_BEGINS: 3,
    _Merging.CLIP_GOES_ON: 3,
}


class _Change(QUndoCommand):
    """From the interventions there were to others."""

    def __init__(
        self, edits: SceneEdits, what: str, after: Interventions, merging: _Merging | None
    ) -> None:
        super().__init__(what)
        self._edits, self._merging = edits, merging
        self._before, self._after = edits._interventions, after

    def id(self) -> int:
        """Commands of one number may become one."""
        return -1 if self._merging is None else _COMMAND_IDS[self._merging]

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Be one with the next change of the same thing."""
        assert isinstance(other, _Change)
        if other._merging in (_Merging.EDIT_BEGINS, _Merging.CLIP_BEGINS):
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        """Make the change."""
        self._edits._show(self._after)

    def undo(self) -> None:
        """Take it back."""
        self._edits._show(self._before)
