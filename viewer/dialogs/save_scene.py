"""Asks what of a scene to save."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from viewer.widgets.dialog import Dialog


class SaveSceneDialog(Dialog):
    """Precision, and whether the cameras go along; where to is asked afterwards."""

    chosen = Signal(bool, bool)  # half precision, with cameras

    def __init__(self, parent: QWidget, *, is_half: bool, camera_count: int) -> None:
        super().__init__(parent, "Save scene as", width=420)
        self.add_text(
            "One .dvox file, with all that is needed to look at the scene. It can be sent to "
            "somebody else; nothing in it runs when it is opened.",
            "muted",
        )
        self.half = QCheckBox("Half precision: half the size, the same to the eye")
        self.half.setChecked(True)
        self.half.setEnabled(not is_half)  # what is half already does not become whole again
        self.half.setToolTip(
            "The scene has it already" if is_half else "Store matrices and volumes as float16"
        )
        self.cameras = QCheckBox(f"With the {camera_count} cameras of its pictures")
        self.cameras.setChecked(camera_count > 0)
        self.cameras.setEnabled(camera_count > 0)
        self.cameras.setToolTip(
            "Where the pictures were taken from, and their names; not the pictures themselves"
        )
        self.column.addWidget(self.half)
        self.column.addWidget(self.cameras)
        cancel = self.add_button("Cancel")
        self.save = self.add_button("Choose where…", primary=True)
        cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._choose)

    def _choose(self) -> None:
        self.chosen.emit(self.half.isChecked(), self.cameras.isChecked())
        self.accept()
