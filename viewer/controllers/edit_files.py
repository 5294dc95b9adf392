"""Saves the scene's edits before they are lost."""

from pathlib import Path

from PySide6.QtCore import QObject

from dvox_core.inspection.edit_files import SUFFIX, edit_file_beside, write_edits
from viewer.controllers.closing import Loss, Then
from viewer.controllers.context import ControllerContext
from viewer.dialogs.files import ask_where_to_save
from viewer.state.scene_edits import SceneEdits
from viewer.text.units import counted
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import run_in_background


class EditFiles(QObject):
    """Between the edits and their files."""

    def __init__(self, context: ControllerContext, edits: SceneEdits) -> None:
        super().__init__(context.parent)
        self._context, self._edits = context, edits
        self._operations = LatestOperation(self)

    def find_loss(self) -> Loss | None:
        """The edits of the grid, where they are not saved."""
        scene, interventions = self._context.state.scene, self._edits.interventions
        if scene is None or not self._edits.needs_saving:
            return None
        lost = [counted(len(interventions.edits), "edit") + " of its voxel grid"]
        if interventions.grid is not None:
            lost.append("a grid observed in the trained one's place")
        return Loss(
            f"Edits of {scene.name} are not saved",
            f"{' and '.join(lost if interventions.edits else lost[-1:])}.",
            (interventions.edits, interventions.grid),
            save=self.save_and_then,
            needs_place=True,
        )

    def save_and_then(self, then: Then) -> None:
        """Ask where to save, and go on when it is saved."""
        scene = self._context.state.scene
        if scene is None:
            return
        beside = edit_file_beside(scene)
        name = beside.name if beside is not None else f"scene{SUFFIX}"
        proposal = self._context.settings.save_folder(scene.path) / name
        ask_where_to_save(
            self._context.parent,
            proposal,
            f"Edits (*{SUFFIX})",
            lambda target: self.save(target, then),
        )

    def save(self, target: Path, then: Then) -> None:
        """Write the edits, and go on when that is done."""
        scene, interventions = self._context.state.scene, self._edits.interventions
        if scene is None:
            return
        if not target.name.endswith(".json"):
            target = target.with_name(target.name + SUFFIX)

        def done(_: object) -> None:
            self._edits.mark_saved(interventions)
            then()

        self._operations.queue(
            lambda: run_in_background(
                lambda _: write_edits(target, interventions, scene),
                f"Saving {target.name}",
                on_done=done,
                on_failed=self._context.notifications.show_error,
            )
        )

    def stop(self) -> None:
        """Wait until a file is whole."""
        self._operations.stop()
