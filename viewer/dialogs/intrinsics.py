"""Asks for the intrinsics.txt of an authors' checkpoint that has none beside it."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from dvox_core.data.deepvoxels_files import IntrinsicsFile, read_intrinsics
from dvox_core.errors import UserError
from viewer.dialogs.dialog import Dialog
from viewer.dialogs.files import ask_for_intrinsics
from viewer.text.units import significant
from viewer.theme import Spacing


class IntrinsicsDialog(Dialog):
    """Says what is missing and why, and takes no file that could not be used."""

    chosen = Signal(object, object)  # Path of the checkpoint, Path of the intrinsics.txt

    def __init__(self, parent: QWidget, checkpoint: Path) -> None:
        super().__init__(parent, "Which intrinsics.txt belongs to it?", width=520)
        self.checkpoint = checkpoint
        self.add_text(
            f"{checkpoint.name} holds the networks, but not the camera and the voxel grid that "
            "they were trained with. DeepVoxels keeps these in a small file, intrinsics.txt, in "
            "the folder of the training pictures; there is none beside the checkpoint nor in a "
            "folder above it."
        )
        row = QHBoxLayout()
        row.setSpacing(Spacing.CONTROL)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Path of the intrinsics.txt")
        self.field.setAccessibleName("Path of the intrinsics.txt")
        self.field.setToolTip("The intrinsics.txt that the checkpoint was trained with")
        choose = QPushButton("Choose a file…")
        choose.setToolTip("Look for the intrinsics.txt")
        choose.clicked.connect(self._choose)
        row.addWidget(self.field, 1)
        row.addWidget(choose)
        self.column.addLayout(row)
        self.verdict = self.add_text(" ", "muted")
        self.verdict.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.add_text("The answer is remembered for this checkpoint.", "muted")
        cancel = self.add_button("Cancel")
        cancel.clicked.connect(self.reject)
        self.open_button = self.add_button("Open the scene", primary=True)
        self.open_button.clicked.connect(self.accept)
        self.open_button.setEnabled(False)
        self.field.textChanged.connect(self._check)
        self.field.setFocus()

    def set_path(self, path: Path) -> None:
        """Fill in a path."""
        self.field.setText(str(path))

    def accept(self) -> None:
        """Give the file on and close."""
        if self.open_button.isEnabled():
            self.chosen.emit(self.checkpoint, Path(self.field.text().strip()).expanduser())
            super().accept()

    def _choose(self) -> None:
        written = Path(self.field.text().strip()).expanduser()
        folder = written.parent if self.field.text().strip() else self.checkpoint.parent
        ask_for_intrinsics(self, folder, self.set_path)

    def _check(self, text: str) -> None:
        text = text.strip()
        role, line, usable = "muted", " ", False
        if text:
            path = Path(text).expanduser()
            try:
                line, usable = summary(read_intrinsics(path)), True
            except UserError as error:
                role, line = "error", " ".join(str(error).split())
        self.verdict.setProperty("role", role)
        self.verdict.style().polish(self.verdict)
        self.verdict.setText(line)
        self.open_button.setEnabled(usable)


def summary(content: IntrinsicsFile) -> str:
    """What an intrinsics.txt says, in one line."""
    camera, placement = content.intrinsics, content.placement
    center = ", ".join(f"{value:g}" for value in placement.center).replace("-", "−")
    return (
        f"Pictures of {camera.width} × {camera.height} px, focal length {camera.focal:.1f} px; "
        f"grid of side {placement.scale:g} around ({center}); near plane "
        f"{significant(content.near_plane)}."
    )
