"""Loads edits from files and saves them in files beside the scene, never in the scene itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from dvox_core.inspection.edit_files import SUFFIX, edit_file_beside, read_edits, write_edits
from dvox_core.rendering.interventions import Interventions
from viewer.panels.panel import PanelContext
from viewer.panels.voxels.edit_section import EditSection
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

FILTER = f"Edits (*{SUFFIX})"


class EditFiles:
    """Loads and saves for the edit section, in the background."""

    def __init__(self, context: PanelContext, section: EditSection) -> None:
        self._context = context
        self._section = section
        self._operations = LatestOperation()
        section.load_wanted.connect(self._ask_what_to_load)
        section.save_wanted.connect(self._ask_where_to_save)

    def load(self, path: Path) -> None:
        """Replace all edits by those of a file."""
        scene = self._context.state.scene
        if scene is None:
            return

        def apply(interventions: Interventions) -> None:
            if self._context.state.scene is scene:
                self._context.edits.set_all(interventions, f"Load {path.name}")
                self._context.edits.mark_saved(interventions)
                self._context.show_info(f"Edits of {path.name}; undo brings the former back")

        self._run(lambda _: read_edits(path, scene), f"Loading {path.name}", apply)

    def save(self, path: Path) -> None:
        """Write the edits."""
        scene, interventions = self._context.state.scene, self._context.edits.interventions
        if scene is None:
            return
        if not path.name.endswith(".json"):
            path = path.with_name(path.name + SUFFIX)

        def write(_: Progress) -> None:
            write_edits(path, interventions, scene)

        def report(_: object) -> None:
            if self._context.state.scene is scene:
                self._context.edits.mark_saved(interventions)
            self._context.show_info(f"Saved {path}")

        self._run(write, f"Saving {path.name}", report)

    def stop(self) -> None:
        """Wait until a file is whole."""
        self._operations.stop()

    def _run(
        self, work: Callable[[Progress], Any], name: str, done: Callable[[Any], object]
    ) -> None:
        self._operations.queue(
            lambda: run_in_background(work, name, on_done=done, on_failed=self._context.show_error)
        )

    def _ask_what_to_load(self) -> None:
        beside = self._beside()
        dialog = QFileDialog(self._section.window(), "Load edits")
        dialog.setNameFilter(FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if beside is not None:
            dialog.setDirectory(str(beside.parent))
            if beside.exists():
                dialog.selectFile(str(beside))
        dialog.fileSelected.connect(lambda name: self.load(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_where_to_save(self) -> None:
        beside = self._beside()
        name = beside.name if beside is not None else f"scene{SUFFIX}"
        self._context.ask_where_to_save(name, FILTER, self.save)

    def _beside(self) -> Path | None:
        scene = self._context.state.scene
        return edit_file_beside(scene) if scene is not None else None
