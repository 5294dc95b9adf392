"""Asks for files; never blocks: what was chosen comes to a function."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

SCENES = "Scenes (*.dvox *.pth *.pt *.safetensors)"
COMPARABLE = "Scenes and snapshots (*.dvox *.pth *.pt)"
INTRINSICS = "Intrinsics (*.txt)"
PICTURES = "PNG pictures (*.png)"
DRAWINGS = "SVG drawings (*.svg)"
PATHS = "Camera paths (*.json)"
VIDEOS = "Videos of this program (*.mp4 *.mov *.mkv *.webm *.gif *.png)"
ANYTHING = "All files (*)"

Chosen = Callable[[Path], object]


def ask_for_scene(parent: QWidget, folder: Path, chosen: Chosen) -> QFileDialog:
    """Ask for a scene file."""
    return _ask(parent, "Open a scene", folder, (SCENES, ANYTHING), chosen)


def ask_for_second_scene(parent: QWidget, folder: Path, chosen: Chosen) -> QFileDialog:
    """Ask for a scene, or a training run's snapshot, to compare with."""
    return _ask(parent, "Open a second scene", folder, (COMPARABLE, ANYTHING), chosen)


def ask_for_intrinsics(parent: QWidget, folder: Path, chosen: Chosen) -> QFileDialog:
    """Ask for an intrinsics.txt."""
    return _ask(parent, "Choose the intrinsics.txt", folder, (INTRINSICS, ANYTHING), chosen)


def ask_for_path(parent: QWidget, folder: Path, chosen: Chosen) -> QFileDialog:
    """Ask for a camera path's file, or a video that carries one."""
    return _ask(parent, "Open a camera path", folder, (PATHS, VIDEOS, ANYTHING), chosen)


def ask_for_folder(parent: QWidget, title: str, folder: Path, chosen: Chosen) -> QFileDialog:
    """Ask for a folder that exists."""
    dialog = _ask(parent, title, folder, (ANYTHING,), chosen, show=False)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.open()
    return dialog


def ask_where_to_save_picture(parent: QWidget, proposal: Path, chosen: Chosen) -> QFileDialog:
    """Ask where to save a picture; asks before it replaces a file."""
    dialog = _ask(parent, "Save the picture", proposal.parent, (PICTURES,), chosen, show=False)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix("png")
    dialog.selectFile(proposal.name)
    dialog.open()
    return dialog


def ask_where_to_save(parent: QWidget, proposal: Path, filters: str, chosen: Chosen) -> QFileDialog:
    """Ask where to save something; asks before it replaces a file.

    Args:
        filters: as Qt writes them, the proposal's own first: "Table (*.csv);;All files (*)".
    """
    dialog = _ask(parent, "Save", proposal.parent, tuple(filters.split(";;")), chosen, show=False)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(proposal.suffix.lstrip("."))
    dialog.filterSelected.connect(
        lambda name: dialog.setDefaultSuffix(name.rpartition("*.")[2].rstrip(")"))
    )
    dialog.selectFile(proposal.name)
    dialog.open()
    return dialog


def _ask(
    parent: QWidget,
    title: str,
    folder: Path,
    filters: tuple[str, ...],
    chosen: Chosen,
    *,
    show: bool = True,
) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilters(filters)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    if show:
        dialog.open()
    return dialog
