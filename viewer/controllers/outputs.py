"""Everything that leaves the window as a file of the scene, put together."""

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget

from viewer.controllers.context import ControllerContext
from viewer.controllers.export import ExportController
from viewer.controllers.picture_files import PictureFiles
from viewer.controllers.sharing import SharingController
from viewer.state.scene_edits import SceneEdits
from viewer.theme import ThemeManager
from viewer.viewport.viewport import Viewport
from viewer.workers.paths.path_tools import PathTools

WHOLE_VIEW = "The view with what lies over it"


class OutputControllers:
    """The controllers of saving, sharing, exporting and converting.

    Attributes:
        sharing: copies of the scene, and what is shared without a question.
        exports: files for other programs, and conversions.
        pictures: pictures at any size.
    """

    def __init__(
        self,
        context: ControllerContext,
        viewport: Viewport,
        themes: ThemeManager,
        paths: PathTools,
        edits: SceneEdits,
        panels_in_view: Callable[[], Mapping[str, QWidget]],
    ) -> None:
        self.sharing = SharingController(context, viewport, paths.recordings)
        self.exports = ExportController(context, paths.editor, edits)
        self.pictures = PictureFiles(
            context, viewport, themes, lambda: {WHOLE_VIEW: viewport, **panels_in_view()}
        )

    def stop(self) -> None:
        """End what is being made; what is not whole is not kept."""
        self.sharing.stop()
        self.exports.stop()
        self.pictures.stop()
