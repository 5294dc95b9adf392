"""Exports the open scene for other programs, and converts scene files, in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from dvox_core.camera_paths.path import CameraPath
from dvox_core.model.scene import Scene
from dvox_core.rendering.renderer import Renderer
from dvox_core.safe_names import safe_file_name
from viewer.controllers.context import ControllerContext
from viewer.controllers.dialog_task import DialogTask
from viewer.dialogs.files import ask_for_scene, ask_where_to_save
from viewer.state.path_editor import PathEditor
from viewer.state.scene_edits import SceneEdits
from viewer.text.units import file_size
from viewer.workers.background.operation import Progress

if TYPE_CHECKING:
    from dvox_core.exporting.request import ExportRequest
    from viewer.dialogs.convert import ConversionRequest, ConvertDialog
    from viewer.dialogs.export import ExportDialog

MAX_WAIT_S = 3.0
"""How long the next view waits while the user moves the scene."""

Facts = list[tuple[str, str]]


class ExportController(QObject):
    """The entries Export… and Convert… of the menu File.

    Attributes:
        exporting, converting: the tasks, with their dialogs.
    """

    def __init__(self, context: ControllerContext, editor: PathEditor, edits: SceneEdits) -> None:
        super().__init__(context.parent)
        self._context, self._editor, self._edits = context, editor, edits
        self.exporting, self.converting = DialogTask(context), DialogTask(context)
        self._is_at_rest = threading.Event()
        self._is_at_rest.set()
        context.session.interaction.interacting_changed.connect(self._set_interacting)

    def ask(self) -> None:
        """Ask what to export; while an export runs, show how far it is."""
        scene = self._context.state.scene
        if scene is not None or self.exporting.dialog is not None:
            self.exporting.show(lambda: self._export_dialog(scene or self._context.state.scene))

    def ask_what_to_convert(self) -> None:
        """Ask which file to convert; while one is converted, show how far it is."""
        self.converting.show(self._convert_dialog)

    def stop(self) -> None:
        """End the threads; what is not whole is not kept."""
        self._is_at_rest.set()
        self.exporting.stop()
        self.converting.stop()

    def _export_dialog(self, scene: Scene | None) -> ExportDialog:
        from viewer.dialogs.export import ExportDialog

        assert scene is not None, "a dialog is made for an open scene"
        context = self._context
        dialog = ExportDialog(
            context.parent,
            scene,
            context.state.camera or scene.start_camera,
            self._editor.path,
            context.settings.save_folder(scene.path),
            safe_file_name(scene.name),
            self._edits.interventions,
            self._ask_where,
        )
        dialog.requested.connect(lambda request, path: self._export(scene, request, path))
        return dialog

    def _convert_dialog(self) -> ConvertDialog:
        from viewer.dialogs.convert import ConvertDialog

        scene, parent = self._context.state.scene, self._context.parent
        last = self._context.settings.last_folder
        dialog = ConvertDialog(
            parent,
            scene.path if scene is not None else None,
            lambda folder, chosen: ask_for_scene(
                parent, folder if folder.is_absolute() else last, chosen
            ),
            self._ask_where,
        )
        dialog.requested.connect(self._convert)
        return dialog

    def _ask_where(self, proposal: Path, filters: str, chosen: Callable[[Path], object]) -> object:
        return ask_where_to_save(self._context.parent, proposal, filters, chosen)

    def _export(self, scene: Scene, request: ExportRequest, path: CameraPath | None) -> None:
        session = self._context.session
        device, make = session.device, session.create_renderer

        def create() -> Renderer:
            return make(scene, device, "float32")

        def work(progress: Progress) -> Facts:
            from dvox_core.exporting.export import export_scene
            from dvox_core.exporting.view_choice import path_views

            def report(share: float, text: str) -> None:
                self._is_at_rest.wait(MAX_WAIT_S)
                progress(share, text)

            views = request.views if path is None else tuple(path_views(path))
            return export_scene(scene, replace(request, views=views), create, report)

        target = request.targets[0]
        self._context.settings.keep_save_folder(scene.path, target.absolute().parent)

        def line_of(facts: Facts) -> str:
            words = "; ".join(value.replace(str(target), target.name) for _, value in facts)
            return f"Exported {words}"

        self.exporting.start(work, "Exporting", target, line_of)

    def _convert(self, request: ConversionRequest) -> None:
        def work(progress: Progress) -> str:
            from dvox_core.checkpoints.converting import convert_scene
            from dvox_core.checkpoints.opening import open_scene

            scene = open_scene(
                request.source, progress=lambda share, text: progress(0.7 * share, text)
            )
            progress(0.7, "writing")
            done = convert_scene(
                scene,
                request.target,
                half=request.half,
                rendering_only=request.rendering_only,
                overwrite=True,
            )
            size = file_size(done.target.stat().st_size)
            beside = f", and {len(done.beside)} files beside it" if done.beside else ""
            filled = f"; without {', '.join(done.filled)}, which it lacks" if done.filled else ""
            return f"Wrote {done.target.name} ({size}{beside}{filled})"

        self.converting.start(work, "Converting", request.target, str)

    def _set_interacting(self, interacting: bool) -> None:
        if interacting:
            self._is_at_rest.clear()
        else:
            self._is_at_rest.set()
