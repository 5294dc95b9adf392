"""Exports the open scene for other programs, in the background."""

import threading
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices

from dvox_core.camera_paths.path import CameraPath
from dvox_core.exporting.request import ExportRequest
from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import Renderer
from dvox_core.safe_names import safe_file_name
from viewer.controllers.context import ControllerContext
from viewer.dialogs.export import ExportDialog
from viewer.dialogs.files import ask_where_to_save
from viewer.state.path_editor import PathEditor
from viewer.state.scene_edits import SceneEdits
from viewer.workers.background.operation import Operation, Progress, run_in_background

MAX_WAIT_S = 3.0
"""How long the next view waits while the user moves the scene."""


class ExportController(QObject):
    """Between the export's dialog and its thread.

    Attributes:
        dialog: the one that asks, or shows how far an export is; kept while one runs.
    """

    def __init__(self, context: ControllerContext, editor: PathEditor, edits: SceneEdits) -> None:
        super().__init__(context.parent)
        self._context, self._editor, self._edits = context, editor, edits
        self._operation: Operation | None = None
        self._problem = ""
        self._is_at_rest = threading.Event()
        self._is_at_rest.set()
        self.dialog: ExportDialog | None = None
        context.session.interaction.interacting_changed.connect(self._set_interacting)

    @property
    def is_running(self) -> bool:
        """Whether something is being exported."""
        return self._operation is not None

    def ask(self) -> ExportDialog | None:
        """Ask what to export; while an export runs, show how far it is."""
        state, parent = self._context.state, self._context.parent
        if self.dialog is not None:
            self.dialog.show()
            self.dialog.raise_()
            return self.dialog
        scene = state.scene
        if scene is None:
            return None
        dialog = ExportDialog(
            parent,
            scene,
            state.camera or scene.start_camera,
            self._editor.path,
            self._context.settings.last_folder,
            safe_file_name(scene.name),
            self._edits.interventions,
            lambda proposal, filters, chosen: ask_where_to_save(parent, proposal, filters, chosen),
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # hidden while it exports
        dialog.requested.connect(lambda request, path: self._start(scene, request, path))
        dialog.cancel_requested.connect(self._cancel)
        dialog.finished.connect(lambda _: self._forget_dialog())
        self.dialog = dialog
        dialog.show()  # not modal: the scene can be turned meanwhile
        return dialog

    def stop(self) -> None:
        """End the thread; what is not whole is not kept."""
        self._is_at_rest.set()
        if self._operation is not None:
            self._operation.stop()
            self._operation = None

    def _start(self, scene: Scene, request: ExportRequest, path: CameraPath | None) -> None:
        if self._operation is not None:
            return
        session = self._context.session
        device, make = session.device, session.create_renderer

        def create() -> Renderer:
            return make(scene, device, "float32")

        def work(progress: Progress) -> list[tuple[str, str]]:
            from dvox_core.exporting.export import export_scene
            from dvox_core.exporting.view_choice import path_views

            def report(share: float, text: str) -> None:
                self._is_at_rest.wait(MAX_WAIT_S)
                progress(share, text)

            views = request.views if path is None else tuple(path_views(path))
            return export_scene(scene, replace(request, views=views), create, report)

        target = request.targets[0]
        self._context.settings.last_folder = target.absolute().parent
        self._operation = run_in_background(
            work,
            "Exporting",
            self,
            on_done=lambda facts: self._show_done(facts, target),
            on_failed=self._keep_problem,
            on_progress=self._show_progress,
        )
        self._operation.finished.connect(self._end)
        self._show_progress(0.0, "beginning")

    def _cancel(self) -> None:
        if self._operation is not None:
            self._operation.cancel()

    def _show_progress(self, share: float, text: str) -> None:
        if self.dialog is not None:
            self.dialog.show_progress(share, text)

    def _show_done(self, facts: list[tuple[str, str]], target: Path) -> None:
        line = "; ".join(value.replace(str(target), target.name) for _, value in facts)
        folder = QUrl.fromLocalFile(str(target.absolute().parent))
        self._context.notifications.show_info(
            f"Exported {line}", "Show the folder", lambda: QDesktopServices.openUrl(folder)
        )

    def _keep_problem(self, line: str) -> None:
        self._problem = line

    def _end(self, _: Operation) -> None:
        self._operation = None
        problem, self._problem = self._problem, ""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.show_end(problem)
            return
        if problem:
            self._context.notifications.show_error(problem)
        self._forget_dialog()

    def _forget_dialog(self) -> None:
        """Let go of a dialog that was closed, unless an export runs in it."""
        if self._operation is None and self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _set_interacting(self, interacting: bool) -> None:
        if interacting:
            self._is_at_rest.clear()
        else:
            self._is_at_rest.set()
