"""Shows the window that compares systems, and opens what is chosen in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from dvox_core.model.scene import Scene
from viewer.controllers.context import ControllerContext
from viewer.controllers.scene_files import SceneFiles
from viewer.dialogs.files import ask_for_folder
from viewer.theme import ThemeManager

if TYPE_CHECKING:
    from viewer.tables.window import TableWindow
    from viewer.workers.tables.table_reader import SeenCell

CAPTURES = Path(__file__).resolve().parents[2] / "assets" / "captures"
SAMPLE_CAPTURE = Path(__file__).resolve().parents[2] / "assets" / "sample_capture"


class TableController(QObject):
    """Keeps one table window, so that closing it loses nothing that was open."""

    def __init__(self, context: ControllerContext, themes: ThemeManager, files: SceneFiles) -> None:
        super().__init__(context.parent)
        self._context, self._themes, self._files = context, themes, files
        self._waiting: SeenCell | None = None  # whose view is shown when its scene has opened
        self.window: TableWindow | None = None
        context.session.opened.connect(self._go_to_view)

    def show(self) -> None:
        """Show the window, as it was left."""
        from viewer.tables.window import TableWindow

        if self.window is None:
            folder = self._context.settings.training_folder
            self.window = TableWindow(self._context.parent, self._themes, folder, shipped())
            self.window.cell_chosen.connect(self.open_cell)
            self.window.table_requested.connect(self._ask_for_table)
            self.window.capture_requested.connect(self._ask_for_capture)
        else:
            self.window.take_up_again()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def open(self, path: Path) -> None:
        """Show the table in a folder."""
        self.show()
        assert self.window is not None
        self.window.open_table(path)

    def open_cell(self, cell: SeenCell) -> None:
        """Open a cell's scene at the view that its picture shows."""
        if cell.scene is None:
            self._context.notifications.show_info(
                "The nearest view has no scene of its own; Side by side shows it"
            )
            return
        self._waiting = cell
        self._files.open(cell.scene)
        self._context.parent.raise_()
        self._context.parent.activateWindow()

    def stop(self) -> None:
        """End the window's work and forget it."""
        window, self.window = self.window, None
        if window is not None:
            window.stop()
            window.hide()
            window.deleteLater()

    def _go_to_view(self, scene: Scene) -> None:
        cell, self._waiting = self._waiting, None
        if cell is None or scene.path is None or cell.scene is None:
            return
        if scene.path.absolute() != cell.scene.absolute():
            return
        for view in scene.cameras:
            if view.name == cell.view:
                self._context.state.set_camera(view.camera)
                return

    def _ask_for_table(self) -> None:
        ask_for_folder(
            self.window or self._context.parent,
            "Choose a table's folder",
            self._context.settings.last_folder,
            self.open,
        )

    def _ask_for_capture(self) -> None:
        window = self.window
        if window is not None:
            folder = self._context.settings.last_folder
            ask_for_folder(window, "Choose a capture's folder", folder, window.form.add_capture)


def shipped() -> tuple[Path, ...]:
    """The captures that come with the program."""
    others = sorted(CAPTURES.iterdir()) if CAPTURES.is_dir() else []
    found = [SAMPLE_CAPTURE, *others]
    return tuple(path for path in found if (path / "train").is_dir())
