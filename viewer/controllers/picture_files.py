"""Saves pictures at any size: what the network painted, and parts of the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from dvox_core.atomic_files import atomic_file, write_text
from dvox_core.errors import UserError
from dvox_core.safe_names import safe_file_name
from viewer.controllers.clipboard import picture_name, save_picture
from viewer.controllers.context import ControllerContext
from viewer.dialogs.files import DRAWINGS, ask_where_to_save, ask_where_to_save_picture
from viewer.plots.export import widget_drawing
from viewer.theme import ThemeManager
from viewer.viewport.saved_picture import legend_image, saved_picture, widget_image
from viewer.viewport.viewport import Viewport
from viewer.workers.background.latest_operation import LatestOperation
from viewer.workers.background.operation import Progress, run_in_background

if TYPE_CHECKING:
    from viewer.dialogs.save_picture import PictureChoice, SavePictureDialog

Parts = Callable[[], Mapping[str, QWidget]]
"""Parts of the window that are in view, by their titles."""


class PictureFiles(QObject):
    """Asks how a picture is to be saved, and saves it as it was when it was asked."""

    def __init__(
        self, context: ControllerContext, viewport: Viewport, themes: ThemeManager, parts: Parts
    ) -> None:
        super().__init__(context.parent)
        self._context, self._viewport = context, viewport
        self._themes, self._parts = themes, parts
        self._writing = LatestOperation(self)

    @property
    def is_busy(self) -> bool:
        """Whether a picture is being written."""
        return self._writing.is_busy

    def ask(self, what: str = "") -> SavePictureDialog | None:
        """Ask how to save the picture, or the part of the window of a title, then where."""
        from viewer.dialogs.save_picture import PictureFacts, SavePictureDialog

        state, notifications = self._context.state, self._context.notifications
        scene, frame, mode = state.scene, state.frame, state.display_mode
        picture, pivot = self._viewport.picture(), state.pivot
        if scene is None or frame is None or picture is None:
            notifications.show_info("There is no picture to save in this mode")
            return None
        parts = self._parts()
        facts = PictureFacts(
            side=frame.picture.shape[0],
            mode_title=mode.title,
            is_rgb=picture.legend is None,
            knows_depth=scene.config.knows_depth,
            has_legend=picture.legend is not None,
        )

        def save(choice: PictureChoice) -> None:
            if choice.what:
                self._save_part(f"{scene.name}-{choice.what}", parts[choice.what], choice)
                return
            options, legend = choice.options, None
            if picture.legend is not None:
                legend = legend_image(picture.legend, options.side, self._themes.theme)

            def write(path: Path) -> None:
                image = saved_picture(frame, picture, scene.frustum, options, legend)
                save_picture(
                    path,
                    image,
                    scene,
                    frame.camera,
                    mode,
                    pivot=pivot,
                    interventions=frame.interventions,
                )

            self._ask_where(
                picture_name(scene, mode), lambda path: self._run(path, lambda: write(path))
            )

        dialog = SavePictureDialog(self._context.parent, facts, list(parts))
        dialog.choose_what(what)
        dialog.chosen.connect(save)
        dialog.open()
        return dialog

    def stop(self) -> None:
        """Wait until what is being written is written."""
        self._writing.stop()

    @property
    def _scene_path(self) -> Path | None:
        scene = self._context.state.scene
        return None if scene is None else scene.path

    def _ask_where(self, name: str, write: Callable[[Path], object]) -> None:
        proposal = self._context.settings.save_folder(self._scene_path) / name
        ask_where_to_save_picture(self._context.parent, proposal, write)

    def _save_part(self, name: str, part: QWidget, choice: PictureChoice) -> None:
        """Take a part of the window as it is now, and ask where to."""
        if choice.is_drawing:
            drawing = widget_drawing(part, choice.what)
            proposal = self._context.settings.save_folder(self._scene_path)
            ask_where_to_save(
                self._context.parent,
                proposal / safe_file_name(f"{name}.svg"),
                DRAWINGS,
                lambda path: self._run(path, lambda: write_text(path, drawing)),
            )
            return
        image = widget_image(part, choice.scale)
        self._ask_where(safe_file_name(f"{name}.png"), lambda path: self._write(image, path))

    def _write(self, image: QImage, path: Path) -> None:
        def write() -> None:
            with atomic_file(path) as temporary:
                if not image.save(str(temporary), "PNG"):  # type: ignore[call-overload]
                    raise UserError(f"{path}: could not be written; choose another place")

        self._run(path, write)

    def _run(self, path: Path, write: Callable[[], object]) -> None:
        """Write off the window's thread: a large PNG takes seconds."""
        notifications = self._context.notifications

        def work(progress: Progress) -> None:
            progress(0.0, "saving the picture")
            write()

        self._context.settings.keep_save_folder(self._scene_path, path.parent)
        self._writing.queue(
            lambda: run_in_background(
                work,
                "Saving the picture",
                self,
                on_done=lambda _: notifications.show_info(f"Saved {path}"),
                on_failed=notifications.show_error,
            )
        )
